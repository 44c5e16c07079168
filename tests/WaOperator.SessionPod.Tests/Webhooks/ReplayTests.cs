using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>Events of a span that are posted once more, through whole pods, as the gateway asks for them.</summary>
public sealed class ReplayTests
{
    [Fact]
    public async Task Events_of_a_span_are_posted_once_more_with_their_ids_and_in_order()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await PostedAsync(world, session.Tenant, phone, 40);
        // Of those ten minutes ago the fifth to the thirtieth.
        await world.World.SqlAsync(
            $"update wa.session_event set at = timestamptz '2026-01-01 00:00+00' + (seq - {PodWorld.Linked}) * interval '1 minute'"
        );

        (
            await BeginAsync(world, webhook, session.Tenant, "2026-01-01 00:05", "2026-01-01 00:31")
        ).ShouldBe("(Begun,1,1)");
        await world.Receiver.TakenAsync(40 + 26);

        var (first, again) = (
            world.Receiver.Taken.Take(40).ToArray(),
            world.Receiver.Taken.Skip(40).ToArray()
        );
        first.ShouldAllBe(p => !p.Headers.ContainsKey("webhook-replay"));
        again.ShouldAllBe(p =>
            p.Headers["webhook-replay"] == "true" && p.IsSignedBy(WebhookWorld.Secret)
        );
        again.Select(p => p.Number).ShouldBe(Enumerable.Range(5, 26));
        again
            .Select(p => p.Id)
            .ShouldBe(first.OrderBy(p => p.Number).Skip(4).Take(26).Select(p => p.Id));
        await DoneAsync(world, webhook);
        (await SumAsync(world, "posted")).ShouldBe(26);
        (
            await world.NumberAsync(
                $"select seq from wa.webhook_cursor where webhook_id = {webhook}"
            )
        ).ShouldBe(PodWorld.Linked + 40, "the cursor of what is new is another one");
    }

    [Fact]
    public async Task There_is_one_at_a_time_and_a_cancelled_one_posts_no_more()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await PostedAsync(world, session.Tenant, phone, 60);
        var open = new TaskCompletionSource<int>();
        world.Receiver.Answer = post =>
            post.Headers.ContainsKey("webhook-replay") ? open.Task : Task.FromResult(200);

        (await BeginAsync(world, webhook, session.Tenant)).ShouldBe("(Begun,1,1)");
        await Eventually.True("it posts", () => world.Receiver.Seen.Count == 61);
        (await BeginAsync(world, webhook, session.Tenant)).ShouldBe("(Running,0,0)");
        (
            await world.NumberAsync(
                $"select wa.webhook_replay_cancel({webhook}, array[{session.Tenant}]::bigint[])"
            )
        ).ShouldBe(1);
        open.SetResult(200);

        // The page that had begun, and not the next.
        await phone.JournalAsync(WebhookWorld.Text("M61"));
        await Eventually.True(
            "what is new is posted",
            () => world.Receiver.Taken.Any(p => p.Number == 61)
        );
        (await BeginAsync(world, webhook, session.Tenant)).ShouldBe("(Begun,2,1)");
        await DoneAsync(world, webhook);
        var again = world.Receiver.Taken.Count(p => p.Headers.ContainsKey("webhook-replay"));
        again.ShouldBeInRange(61, 61 + 17);
    }

    [Fact]
    public async Task It_continues_where_it_was_on_the_next_pod_and_yields_to_what_is_new()
    {
        await using var world = await WebhookWorld.StartAsync();
        var pod = await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        var webhook = await PostedAsync(world, session.Tenant, phone, 50);
        var served = 0;
        var open = new TaskCompletionSource<int>();
        world.Receiver.Answer = post =>
            post.Headers.ContainsKey("webhook-replay") && Interlocked.Increment(ref served) > 30
                ? open.Task
                : Task.FromResult(200);
        await BeginAsync(world, webhook, session.Tenant);
        await Eventually.True("half of it is posted", () => Volatile.Read(ref served) > 30);
        // A replay that hangs keeps nothing that is new waiting.
        await phone.JournalAsync(WebhookWorld.Text("M51"));
        await Eventually.True(
            "what is new is posted",
            () => world.Receiver.Taken.Any(p => p.Number == 51)
        );

        await pod.StopAsync();
        world.Receiver.Answer = _ => Task.FromResult(200);
        open.SetResult(200);
        var before = world.Receiver.Taken.Count;
        await world.PodAsync(uid: "pod-b");
        await world.Network.ConnectionAsync(session, 3);
        await DoneAsync(world, webhook);

        var more = world
            .Receiver.Taken.Skip(before)
            .Where(p => p.Headers.ContainsKey("webhook-replay"))
            .Select(p => p.Number)
            .ToArray();
        more.Last().ShouldBe(50);
        more.Length.ShouldBeLessThan(50, "it began once more from the first");
        world
            .Receiver.Taken.Where(p => p.Headers.ContainsKey("webhook-replay"))
            .Select(p => p.Number)
            .Distinct()
            .Order()
            .ShouldBe(Enumerable.Range(1, 50), "51 was not posted when it was asked for");
    }

    [Fact]
    public async Task What_is_refused_is_passed_over_and_what_was_given_up_is_no_longer_dead_once_it_is_taken()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        world.Receiver.Answer = post => Task.FromResult(post.Number % 2 == 0 ? 400 : 200);
        var webhook = await world.WebhookAsync(session.Tenant, s => s with { BlockSeconds = 0 });
        for (var i = 1; i <= 6; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}"));
        await Eventually.True(
            "three are given up",
            async () =>
                await world.NumberAsync(
                    $"with u as (update wa.webhook_parked set due_at = null, dead_at = now() where webhook_id = {webhook} returning 1) select count(*) from u"
                ) == 3
        );
        var seen = world.Receiver.Seen.Count;
        world.Receiver.Answer = post => Task.FromResult(post.Number == 4 ? 400 : 200);

        (await BeginAsync(world, webhook, session.Tenant, failed: true)).ShouldBe("(Begun,1,1)");
        await DoneAsync(world, webhook);

        world.Receiver.Seen.Skip(seen).Select(p => p.Number).ShouldBe([2, 4, 6]);
        ((await SumAsync(world, "posted")), (await SumAsync(world, "refused"))).ShouldBe((2, 1));
        (await world.NumberAsync("select count(*) from wa.webhook_parked")).ShouldBe(1);
    }

    private static async Task<long> PostedAsync(
        WebhookWorld world,
        long tenant,
        Fakes.FakeTransport phone,
        int count
    )
    {
        var webhook = await world.WebhookAsync(tenant, s => s with { Events = ["message.*"] });
        for (var i = 1; i <= count; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}"));
        await world.Receiver.TakenAsync(count);
        await Eventually.True(
            "the cursor is at the end",
            async () =>
                await world.NumberAsync(
                    $"select coalesce(max(seq), 0) from wa.webhook_cursor where webhook_id = {webhook}"
                )
                == PodWorld.Linked + count
        );
        return webhook;
    }

    private static async Task<string?> BeginAsync(
        WebhookWorld world,
        long webhook,
        long tenant,
        string from = "2000-01-01",
        string to = "2100-01-01",
        bool failed = false
    ) =>
        (string?)
            await world.World.SqlAsync(
                $"select wa.webhook_replay_begin({webhook}, array[{tenant}]::bigint[], null, null, '{from}+00', '{to}+00', {failed}, 100)::text"
            );

    private static Task DoneAsync(WebhookWorld world, long webhook) =>
        Eventually.True(
            "the replay is done",
            async () =>
                await world.NumberAsync(
                    $"select count(*) from wa.webhook_replay where webhook_id = {webhook} and done_at is null"
                ) == 0
        );

    private static Task<long> SumAsync(WebhookWorld world, string what) =>
        world.NumberAsync($"select sum({what}) from wa.webhook_replay");
}
