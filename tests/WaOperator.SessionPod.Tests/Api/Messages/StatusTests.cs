using System.Text;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Messages;

/// <summary>Statuses over the API: posted, seen, liked, deleted, and refused.</summary>
public sealed class StatusTests
{
    [Fact]
    public async Task A_status_is_shown_to_its_audience_until_it_is_deleted()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var ana = await world.PairedAsync(0);
        var ben = await world.PairedAsync(0);
        var cleo = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        using var toBen = await api.FollowAsync(ben.Name, 0);
        using var toAna = await api.FollowAsync(ana.Name, 0);

        var posted = await TakenAsync(
            api,
            ana,
            $$""" "text":"story","id":"3EB0AAAA01","audience":["{{ben.Phone}}"] """
        );
        var seen = await MessageAsync(toBen, posted);
        ((string?)seen["chat"]).ShouldBe("status@broadcast");
        await api.StateAsync(ana.Name, posted, "Acked");
        // Asked again it is the same; for others it is another.
        await TakenAsync(
            api,
            ana,
            $$""" "text":"story","id":"3EB0AAAA01","audience":["{{ben.Phone}}"] """
        );
        (
            await PostAsync(
                api,
                ana,
                $$""" "text":"story","id":"3EB0AAAA01","audience":["{{cleo.Phone}}"] """
            )
        ).Status.ShouldBe(409);

        // Ben has seen it, and says so.
        using (
            var read = Json(
                $$"""{"chat":"status@broadcast","from":"{{ana.Phone}}","messages":["{{posted}}"]}"""
            )
        )
            (
                await api.AskAsync(HttpMethod.Post, $"/v1/sessions/ns/{ben.Name}/read", read)
            ).Status.ShouldBeInRange(200, 204);
        await Eventually.True(
            "Ana to see who has viewed it",
            async () =>
            {
                var (_, page, _) = await api.GetAsync(
                    $"/v1/sessions/ns/{ana.Name}/messages/{posted}/receipts"
                );
                return page!["data"]!.AsArray() is [{ } one]
                    && (string?)one["participant"]!["phone"] == ben.Phone
                    && one["read"] is not null;
            }
        );
        var liked = await TakenAsync(
            api,
            ben,
            $$$""" "reaction":{"message":"{{{posted}}}","emoji":"+"} """
        );
        var reaction = await MessageAsync(toAna, liked);
        ((string?)reaction["content"]!["target"]!["id"]).ShouldBe(posted);
        ((string?)reaction["chat"]).ShouldBe("status@broadcast");

        (
            await PostAsync(
                api,
                ana,
                $$$""" "delete":{"message":"{{{posted}}}"},"audience":["{{{cleo.Phone}}}"] """
            )
        ).Status.ShouldBe(400);
        // Those who were shown it hear of the deletion.
        var deleted = await TakenAsync(api, ana, $$$""" "delete":{"message":"{{{posted}}}"} """);
        var gone = await MessageAsync(toBen, deleted);
        ((string?)gone["content"]!["target"]!["id"]).ShouldBe(posted);
        // It is no chat.
        foreach (var one in new[] { ana, ben })
        {
            var (_, chats, _) = await api.GetAsync($"/v1/sessions/ns/{one.Name}/chats");
            chats!.ToJsonString().ShouldNotContain("broadcast");
        }
        // What Cleo is sent last shows that nothing of it was on its way to her.
        using var toCleo = await api.FollowAsync(cleo.Name, 0);
        await MessageAsync(toCleo, await api.TextAsync(ana.Name, cleo.Phone, "not a status"));
        (
            await world.SqlAsync(
                $"select count(*) from wa.session_event e join wa.session s on s.id = e.session_id where s.name = '{cleo.Name}' and e.type like 'message%'"
            )
        ).ShouldBe(1L);
    }

    [Fact]
    public async Task One_that_the_tenant_may_not_write_to_is_shown_no_status()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var ana = await world.PairedAsync(0);
        using var api = new ApiClient(pod.Api);
        await world.Desired.PutTenantAsync(
            new Store.Operator.TenantRow(
                "ns",
                "acme",
                false,
                """{"phoneRules":{"blockedNumbers":["4917055555555"]}}"""
            )
        );
        await Eventually.True(
            "the rules to be known",
            async () =>
                (
                    await PostAsync(
                        api,
                        ana,
                        """ "text":"story","audience":["4917044444444","4917055555555"] """
                    )
                ).Status == 403
        );
    }

    private static async Task<string> TakenAsync(ApiClient api, TestSession from, string rest)
    {
        var (status, body) = await PostAsync(api, from, rest);
        status.ShouldBe(202, $"{rest} {body?.ToJsonString()}");
        return (string)body!["id"]!;
    }

    private static async Task<(int Status, JsonNode? Body)> PostAsync(
        ApiClient api,
        TestSession from,
        string rest
    )
    {
        using var content = Json($$"""{"to":"status@broadcast",{{rest}}}""");
        var (status, body, _) = await api.AskAsync(
            HttpMethod.Post,
            $"/v1/sessions/ns/{from.Name}/messages",
            content
        );
        return (status, body);
    }

    private static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    private static async Task<JsonNode> MessageAsync(EventReader reader, string id)
    {
        while (await reader.NextAsync() is { } seen)
            if (seen.Type == "message" && (string?)seen.Data["id"] == id)
                return seen.Data;
        throw new ShouldAssertException($"the stream ended without {id}");
    }
}
