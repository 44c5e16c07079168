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
        var pace = new PostPace(perSecond, time);
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
    public async Task Those_that_wait_do_not_keep_the_end_waiting()
    {
        var time = new FakeTime();
        var pace = new PostPace(1, time);
        var over = false;
        (await pace.EnterAsync(() => over, CancellationToken.None)).ShouldBeTrue();
        var waiting = Enumerable
            .Range(0, 100)
            .Select(_ => pace.EnterAsync(() => over, CancellationToken.None).AsTask())
            .ToArray();

        over = true;
        time.Advance(TimeSpan.FromSeconds(1));

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
}
