using System.Diagnostics;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Webhooks;

/// <summary>How many posts a webhook makes in a second.</summary>
public sealed class PaceTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(10, 1)]
    [InlineData(50, 5)]
    [InlineData(1000, 100)]
    public async Task After_a_rest_a_tenth_passes_at_once_and_then_one_each_turn(
        int perSecond,
        int atOnce
    )
    {
        var time = new FakeTime();
        var pace = new PostPace(perSecond, _ => Task.FromResult(1), time);
        time.Advance(TimeSpan.FromMinutes(1));

        for (var i = 0; i < atOnce; i++)
            (await pace.EnterAsync(() => false, CancellationToken.None)).ShouldBeTrue();
        for (var i = 0; i < 3; i++)
        {
            var next = pace.EnterAsync(() => false, CancellationToken.None).AsTask();
            next.IsCompleted.ShouldBeFalse();
            time.Advance(TimeSpan.FromSeconds(1.0 / perSecond));
            (await next.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Pods_share_it_evenly_and_are_counted_again_after_a_while()
    {
        var time = new FakeTime();
        var pods = 4;
        var pace = new PostPace(8, _ => Task.FromResult(pods), time);
        (await pace.EnterAsync(() => false, CancellationToken.None)).ShouldBeTrue();
        await PassesAfterAsync(TimeSpan.FromSeconds(0.5));

        pods = 2;
        await PassesAfterAsync(TimeSpan.FromSeconds(0.5));
        time.Advance(PostPace.ShareLife);
        (await pace.EnterAsync(() => false, CancellationToken.None)).ShouldBeTrue();
        await PassesAfterAsync(TimeSpan.FromSeconds(0.25));

        async Task PassesAfterAsync(TimeSpan turn)
        {
            var next = pace.EnterAsync(() => false, CancellationToken.None).AsTask();
            time.Advance(turn - TimeSpan.FromMilliseconds(1));
            next.IsCompleted.ShouldBeFalse();
            time.Advance(TimeSpan.FromMilliseconds(1));
            (await next.WaitAsync(TimeSpan.FromSeconds(10))).ShouldBeTrue();
        }
    }

    [Fact]
    public async Task Those_that_wait_do_not_keep_the_end_waiting()
    {
        var time = new FakeTime();
        // One post a minute.
        var pace = new PostPace(1, _ => Task.FromResult(60), time);
        var over = false;
        (await pace.EnterAsync(() => over, CancellationToken.None)).ShouldBeTrue();
        var waiting = Enumerable
            .Range(0, 100)
            .Select(_ => pace.EnterAsync(() => over, CancellationToken.None).AsTask())
            .ToArray();

        over = true;
        time.Advance(PostPace.LookEvery);

        (await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(10))).ShouldAllBe(p => !p);
    }

    [Fact]
    public async Task A_webhook_with_a_limit_posts_all_no_faster_than_that()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync();
        var (session, phone) = await world.SessionAsync();
        await world.WebhookAsync(session.Tenant, s => s with { RatePerSecond = 10 });
        for (var i = 1; i <= 30; i++)
            await phone.JournalAsync(WebhookWorld.Text($"M{i}", chat: i));
        await world.Receiver.TakenAsync(1);
        var began = Stopwatch.GetTimestamp();

        await world.Receiver.TakenAsync(21);

        Stopwatch.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromSeconds(1.5));
        await world.Receiver.TakenAsync(30);
        world.Receiver.Taken.Select(t => t.Id).ShouldBeUnique();
    }

    [Fact]
    public async Task Two_pods_together_post_no_faster_than_that()
    {
        await using var world = await WebhookWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        await world.PodAsync(1, "pod-b");
        var (session, one) = await world.SessionAsync(0);
        var (_, other) = await world.SessionAsync(1);
        await world.WebhookAsync(session.Tenant, s => s with { RatePerSecond = 10 });
        for (var i = 1; i <= 20; i++)
        {
            await one.JournalAsync(WebhookWorld.Text($"M{i}", chat: i));
            await other.JournalAsync(WebhookWorld.Text($"M{20 + i}", chat: i));
        }
        await world.Receiver.TakenAsync(1);
        var began = Stopwatch.GetTimestamp();

        await world.Receiver.TakenAsync(31);

        // Each alone would have posted 10 a second.
        Stopwatch.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromSeconds(2.5));
        await world.Receiver.TakenAsync(40);
    }
}
