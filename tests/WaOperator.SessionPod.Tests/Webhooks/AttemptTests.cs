using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>What a pod remembers of its posts.</summary>
public sealed class AttemptTests
{
    private const string Path = "/v1/webhooks/ns/hook-1/attempts";
    private const string Stranger = "stranger-0123456789abcdef0123456789abcd";

    [Fact]
    public async Task Each_post_is_told_with_what_came_of_it_and_nothing_that_was_said()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await world.WebhookAsync(session.Tenant);
        world.Receiver.Says = "M1 of +4915100000001 is no good";
        world.Receiver.Answer = post => Task.FromResult(post.MessageId == "M1" ? 422 : 200);
        await phone.JournalAsync(
            WebhookWorld.Text("M1", chat: 1),
            WebhookWorld.Text("M2", chat: 2)
        );
        await world.Receiver.TakenAsync(1);
        using var api = new ApiClient(pod.Api);

        var all = await ListAsync(api, "", 2);

        var refused = all.Single(a => (string?)a!["outcome"] == "EventRefused")!;
        ((int)refused["status"]!, (int)refused["attempt"]!).ShouldBe((422, 1));
        ((string?)refused["error"])!.ShouldStartWith("HTTP 422");
        ((string?)refused["session"]).ShouldBe($"ns/{session.Name}");
        ((string?)refused["type"]).ShouldBe("message.received");
        ((string?)refused["id"]).ShouldBe(world.Receiver.Seen.Single(p => p.MessageId == "M1").Id);
        var taken = all.Single(a => (string?)a!["outcome"] == "Delivered")!;
        ((int)taken["status"]!).ShouldBe(200);
        taken["error"].ShouldBeNull();
        all.ToJsonString().ShouldNotContain("is no good");
        (await ListAsync(api, "?failed=true", 1))
            .Select(a => (string?)a!["outcome"])
            .ShouldBe(["EventRefused"]);

        // A change of the webhook makes another worker, which continues the list.
        await world.ChangeAsync(webhook, s => s with { Ordering = WebhookOrdering.None });
        await phone.JournalAsync(WebhookWorld.Text("M3", chat: 2));
        await world.Receiver.TakenAsync(2);
        (await ListAsync(api, "", 3)).Count.ShouldBeGreaterThanOrEqualTo(3);
        using var stranger = new ApiClient(pod.Api, Stranger);
        (await stranger.GetAsync(Path)).Status.ShouldBe(401);
        (await api.GetAsync("/v1/webhooks/ns/none/attempts")).Status.ShouldBe(503);
    }

    [Fact]
    public void What_fails_is_not_pushed_out_by_what_passes()
    {
        var log = new AttemptLog();
        log.Add(Of(0), PostOutcome.EndpointFailure);
        for (var i = 1; i <= 3 * AttemptLog.Most; i++)
            log.Add(Of(i), PostOutcome.Delivered);

        log.Read(failed: true).Select(a => a.Attempt).ShouldBe([0]);
        var all = log.Read(failed: false);
        all.Count.ShouldBe(AttemptLog.Most + 1);
        all[0].Attempt.ShouldBe(3 * AttemptLog.Most);
        all[^1].Attempt.ShouldBe(0);
        all.Select(a => a.At).ShouldBeInOrder(SortDirection.Descending);

        static WaOperator.Api.WebhookAttempt Of(int number) =>
            new()
            {
                At = DateTimeOffset.UnixEpoch.AddSeconds(number),
                Id = "evt_1_1",
                Type = "message.received",
                Session = "ns/s",
                Attempt = number,
                Outcome = "",
                Milliseconds = 1,
                Replay = false,
            };
    }

    private static async Task<JsonArray> ListAsync(ApiClient api, string query, int count)
    {
        JsonArray? found = null;
        await Eventually.True(
            $"{count} attempts are told",
            async () =>
            {
                var (status, body, _) = await api.GetAsync(Path + query);
                found = status == 200 ? body!["data"]!.AsArray() : null;
                return found?.Count >= count;
            }
        );
        return found!;
    }
}
