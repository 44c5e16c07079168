using System.Net.Http.Json;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store.Operator;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Api.Messages;

/// <summary>Messages that WhatsApp's server refused are queued again, many at once.</summary>
public sealed class RetryTests
{
    [Fact]
    public async Task Those_that_fit_are_sent_again_in_their_order_and_those_of_other_sessions_stay()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (ana, ben) = (await world.PairedAsync(0), await world.PairedAsync(0));
        var (cleo, other) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        await world.PostAsync(
            "/faults/refuse-messages",
            new RefuseMessagesRequest(other.Phone, null, 1)
        );
        var foreign = await api.TextAsync(other.Name, ben.Phone, "foreign");
        await api.StateAsync(other.Name, foreign, "Failed");
        await world.PostAsync(
            "/faults/refuse-messages",
            new RefuseMessagesRequest(ana.Phone, null, 5)
        );
        string[] ids =
        [
            await api.TextAsync(ana.Name, ben.Phone, "0"),
            await api.TextAsync(ana.Name, cleo.Phone, "to another"),
            await api.TextAsync(ana.Name, ben.Phone, "1"),
            await api.TextAsync(ana.Name, ben.Phone, "2"),
            await api.TextAsync(ana.Name, ben.Phone, "3"),
        ];
        foreach (var id in ids)
            await api.StateAsync(ana.Name, id, "Failed");
        var acked = await api.TextAsync(ana.Name, ben.Phone, "passes");
        await api.StateAsync(ana.Name, acked, "Acked");

        foreach (
            var wrong in (object[])
                [
                    new { chats = ben.Phone },
                    new { chat = "12" },
                    new { limit = 0 },
                    new { limit = 1001 },
                    new { reason = "" },
                    new { after = "2026-01-02T00:00:00Z", before = "2026-01-02T00:00:00Z" },
                    new { before = "yesterday" },
                    new { ids = Array.Empty<string>() },
                    new { ids = new[] { "../x" } },
                    new { ids = new string?[] { null } },
                    new { ids = Enumerable.Repeat(ids[0], 101) },
                    new { ids, after = "2026-01-01T00:00:00Z" },
                ]
        )
        {
            var (status, problem, type) = await RetryAsync(api, ana.Name, wrong);
            status.ShouldBe(400, problem?.ToJsonString());
            type.ShouldBe("application/problem+json");
            ((string?)problem!["errors"]![0]!["pointer"]).ShouldNotBeNull();
        }
        using (var stranger = new ApiClient(pod.Api, "acme-9999456789abcdef0123456789abcdef"))
            (await RetryAsync(stranger, ana.Name, new { })).Status.ShouldBe(401);
        foreach (
            var none in (object[])
                [
                    new { reason = "(404)" },
                    new { before = "2026-01-01T00:00:00Z" },
                    new { after = "2099-01-01T00:00:00Z" },
                    new { chat = "491709999999" },
                    new { ids = new[] { acked, foreign, "3EB0C767D26A8D1A3F" } },
                    new { ids = new[] { ids[0] }, reason = "(404)" },
                ]
        )
            (await QueuedAsync(api, ana.Name, none)).ShouldBe((0, false));

        (
            await QueuedAsync(
                api,
                ana.Name,
                new
                {
                    chat = ben.Phone,
                    reason = "(463)",
                    limit = 2,
                }
            )
        ).ShouldBe((2, true));
        foreach (var id in (string[])[ids[0], ids[2]])
            await api.StateAsync(ana.Name, id, "Acked");
        foreach (var id in (string[])[ids[1], ids[3], ids[4], foreign])
            (
                await api.GetAsync(
                    $"/v1/sessions/ns/{(id == foreign ? other : ana).Name}/messages/{id}"
                )
            ).Body!["state"]!
                .ToString()
                .ShouldBe("Failed");
        (await QueuedAsync(api, ana.Name, new { ids = new[] { ids[1], ids[1] } })).ShouldBe(
            (1, false)
        );
        await api.StateAsync(ana.Name, ids[1], "Acked");
        (await QueuedAsync(api, ana.Name, new { after = "2026-01-01T00:00:00Z" })).ShouldBe(
            (2, false)
        );
        foreach (var id in ids)
            await api.StateAsync(ana.Name, id, "Acked");
        (await QueuedAsync(api, ana.Name, new { })).ShouldBe((0, false));

        using var events = await api.FollowAsync(ben.Name, 0);
        var texts = new List<string>();
        while (texts.Count < 5)
            texts.Add((await events.NextAsync("message")).Data["text"]!.ToString());
        texts.ShouldBe(["passes", "0", "1", "2", "3"]);
        (await api.GetAsync($"/v1/sessions/ns/{other.Name}/messages/{foreign}")).Body!["state"]!
            .ToString()
            .ShouldBe("Failed");
        // In the chat's history each stands once, where it was settled last.
        var (_, history, _) = await api.GetAsync(
            $"/v1/sessions/ns/{ana.Name}/messages?chat={ben.Phone}"
        );
        history!["data"]!
            .AsArray()
            .Select(m => (string)m!["id"]!)
            .ShouldBe([ids[4], ids[3], ids[2], ids[0], acked]);
    }

    [Fact]
    public async Task Two_calls_at_once_queue_each_once_and_limits_hold()
    {
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var (ana, ben) = (await world.PairedAsync(0), await world.PairedAsync(0));
        using var api = new ApiClient(pod.Api);
        const int many = 120;
        await world.PostAsync(
            "/faults/refuse-messages",
            new RefuseMessagesRequest(ana.Phone, null, many)
        );
        var ids = await Task.WhenAll(
            Enumerable.Range(0, many).Select(i => api.TextAsync(ana.Name, ben.Phone, $"{i}"))
        );
        await Eventually.True(
            "all have failed",
            async () =>
                await world.SqlAsync(
                    $"select count(*) from wa.session_outbox where session_id = {ana.Id} and state = 3"
                )
                    is (long)many
        );
        await world.SqlAsync("create table wa.seen (id text)");
        await world.SqlAsync(
            """
            create function see() returns trigger language plpgsql security definer as
            $$ begin insert into wa.seen values (new.id); return null; end $$;
            create trigger see after update on wa.session_outbox for each row when (old.state = 3 and new.state = 0)
              execute function see();
            """
        );
        await world.Desired.PutTenantAsync(
            new TenantRow("ns", "acme", false, """{"limits":{"messagesPerMinute":50}}""")
        );
        await world.SqlAsync($"select pg_sleep({SendPolicy.SettingsLife.TotalSeconds})");

        // The limit ends the first; the second is as a message that is refused.
        var (first, second) = (
            await RetryAsync(api, ana.Name, new { limit = 1000 }),
            await RetryAsync(api, ana.Name, new { })
        );
        first.Status.ShouldBe(200);
        ((int)first.Body!["retried"]!, (bool)first.Body!["more"]!).ShouldBe((50, true));
        second.Status.ShouldBe(429);
        ((string?)second.Body!["type"]).ShouldBe("urn:wa:problem:rate-limited");
        await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        await world.SqlAsync($"select pg_sleep({SendPolicy.SettingsLife.TotalSeconds})");

        var calls = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => QueuedAsync(api, ana.Name, new { limit = 1000 }))
        );
        calls.Sum(c => c.Retried).ShouldBe(many - 50);
        foreach (var id in ids)
            await api.StateAsync(ana.Name, id, "Acked");
        (await world.SqlAsync("select count(*) from wa.seen")).ShouldBe((long)many);
        (await world.SqlAsync("select count(distinct id) from wa.seen")).ShouldBe((long)many);
    }

    private static async Task<(int Status, JsonNode? Body, string? Type)> RetryAsync(
        ApiClient api,
        string session,
        object body
    )
    {
        using var content = JsonContent.Create(body);
        return await api.AskAsync(
            HttpMethod.Post,
            $"/v1/sessions/ns/{session}/messages/retry",
            content
        );
    }

    private static async Task<(int Retried, bool More)> QueuedAsync(
        ApiClient api,
        string session,
        object body
    )
    {
        var (status, answer, _) = await RetryAsync(api, session, body);
        status.ShouldBe(200, answer?.ToJsonString());
        ((int)answer!["skipped"]!).ShouldBe(0);
        return ((int)answer["retried"]!, (bool)answer["more"]!);
    }
}
