using WaOperator.Kubernetes.Queue;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Queue;

public sealed class WorkQueueTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new("test", null, _time);

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task A_key_waits_once_however_often_it_is_added()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a");

        _queue.Count.ShouldBe(2);
        (await TakeAsync()).ShouldBe("a");
        (await TakeAsync()).ShouldBe("b");
        _queue.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_that_is_added_while_it_is_worked_on_comes_again_afterwards_and_not_before()
    {
        _queue.Add("a");
        (await TakeAsync()).ShouldBe("a");
        _queue.Add("a");
        _queue.Add("a");
        _queue.Count.ShouldBe(0);
        var next = _queue.GetAsync().AsTask();
        next.IsCompleted.ShouldBeFalse("it is never worked on twice at once");

        _queue.Done("a");
        (await next).ShouldBe((true, "a"));
        _queue.Done("a");
        _queue.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Fresh_changes_go_before_the_initial_list_and_a_key_moves_up_when_it_changes()
    {
        _queue.Add("old1", Priority.Low);
        _queue.Add("old2", Priority.Low);
        _queue.Add("old3", Priority.Low);
        _queue.Add("new");
        _queue.Add("old2");
        _queue.Add("old2", Priority.Low);

        _queue.Count.ShouldBe(4);
        (await TakeAsync()).ShouldBe("new");
        (await TakeAsync()).ShouldBe("old2");
        (await TakeAsync()).ShouldBe("old1");
        (await TakeAsync()).ShouldBe("old3");
        _queue.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_key_comes_after_its_delay_and_the_earliest_of_several_counts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _queue.AddAfter("a", TimeSpan.FromSeconds(7));
        _queue.AddAfter("now", TimeSpan.Zero);
        (await TakeAsync()).ShouldBe("now");
        _time.Advance(TimeSpan.FromSeconds(4.9));
        _queue.Count.ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        (await TakeAsync()).ShouldBe("a");
        _queue.Done("a");
        _time.Advance(TimeSpan.FromHours(1));
        _queue.Count.ShouldBe(0, "the later times were replaced by the earlier one");
    }

    [Fact]
    public async Task Failures_make_the_pauses_grow_until_the_key_is_forgotten()
    {
        for (var failure = 0; failure < 4; failure++)
        {
            _queue.AddRateLimited("a");
            _time.Advance(TimeSpan.FromMilliseconds((5 << failure) - 1));
            _queue.Count.ShouldBe(0);
            _time.Advance(TimeSpan.FromMilliseconds(1));
            (await TakeAsync()).ShouldBe("a");
            _queue.Done("a");
        }
        _queue.NumRequeues("a").ShouldBe(4);
        _queue.Forget("a");
        _queue.NumRequeues("a").ShouldBe(0);
        _queue.AddRateLimited("a");
        _time.Advance(TimeSpan.FromMilliseconds(5));
        (await TakeAsync()).ShouldBe("a");
    }

    [Fact]
    public async Task Whoever_waits_gets_the_next_key_or_the_news_of_the_end()
    {
        var first = _queue.GetAsync().AsTask();
        var second = _queue.GetAsync().AsTask();
        using var impatient = new CancellationTokenSource();
        var third = _queue.GetAsync(impatient.Token).AsTask();
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => third);

        _queue.Add("a");
        (await Task.WhenAny(first, second).Unwrap()).ShouldBe((true, "a"));
        _queue.ShutDown();
        (await Task.WhenAll(first, second)).Count(r => !r.Found).ShouldBe(1);
        _queue.Add("b");
        (await _queue.GetAsync()).Found.ShouldBeFalse();
        _queue.Done("a");
    }

    [Fact]
    public void Done_without_work_is_a_fault() =>
        Should.Throw<InvalidOperationException>(() => _queue.Done("a"));

    /// <summary>Many producers and workers: no key is worked on twice at once, and the last change of each is seen.</summary>
    [Fact]
    public async Task No_change_is_lost_and_no_key_worked_on_twice_at_once()
    {
        var seed = Environment.TickCount;
        const int Keys = 20;
        using var queue = new WorkQueue<int>("race");
        var wanted = new int[Keys];
        var seen = new int[Keys];
        var busy = new int[Keys];
        var clashes = 0;
        var workers = Enumerable
            .Range(0, 4)
            .Select(_ =>
                Task.Run(async () =>
                {
                    while (await queue.GetAsync() is (true, var key))
                    {
                        if (Interlocked.Increment(ref busy[key]) != 1)
                            Interlocked.Increment(ref clashes);
                        Volatile.Write(ref seen[key], Volatile.Read(ref wanted[key]));
                        await Task.Yield();
                        Interlocked.Decrement(ref busy[key]);
                        queue.Done(key);
                    }
                })
            )
            .ToArray();
        await Task.WhenAll(
            Enumerable
                .Range(0, 4)
                .Select(p =>
                    Task.Run(() =>
                    {
                        var random = new Random(seed + p);
                        for (var i = 0; i < 5000; i++)
                        {
                            var key = random.Next(Keys);
                            Interlocked.Increment(ref wanted[key]);
                            queue.Add(key, random.Next(2) == 0 ? Priority.Low : Priority.Normal);
                        }
                    })
                )
        );
        await Eventually.True(
            $"every change was seen (seed {seed})",
            () => wanted.SequenceEqual(seen) && queue.Count == 0
        );
        queue.ShutDown();
        await Task.WhenAll(workers);
        clashes.ShouldBe(0, $"seed {seed}");
    }

    private async Task<string?> TakeAsync()
    {
        _queue.Count.ShouldBeGreaterThan(0, "a key is waiting");
        return (await _queue.GetAsync()).Key;
    }
}

public sealed class RateLimiterTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Pauses_of_a_key_double_up_to_the_limit_and_are_its_own()
    {
        var limiter = new ItemExponentialFailureRateLimiter<string>(
            TimeSpan.FromMilliseconds(5),
            TimeSpan.FromSeconds(1000)
        );
        Enumerable
            .Range(0, 5)
            .Select(_ => limiter.When("a").TotalMilliseconds)
            .ShouldBe([5, 10, 20, 40, 80]);
        limiter.When("b").TotalMilliseconds.ShouldBe(5);
        for (var i = 0; i < 100; i++)
            limiter.When("a");
        limiter.When("a").ShouldBe(TimeSpan.FromSeconds(1000));
        limiter.Forget("a");
        limiter.When("a").TotalMilliseconds.ShouldBe(5);
    }

    [Fact]
    public void The_bucket_lets_a_burst_through_and_then_so_many_per_second()
    {
        var limiter = new BucketRateLimiter<int>(10, 100, _time);
        Enumerable.Range(0, 100).ShouldAllBe(k => limiter.When(k) == TimeSpan.Zero);
        limiter.When(1).TotalMilliseconds.ShouldBe(100, 0.001);
        limiter.When(2).TotalMilliseconds.ShouldBe(200, 0.001);
        _time.Advance(TimeSpan.FromSeconds(1));
        Enumerable.Range(0, 8).ShouldAllBe(k => limiter.When(k) == TimeSpan.Zero);
        limiter.When(3).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    [Fact]
    public void The_default_is_the_longer_of_both()
    {
        var limiter = RateLimiters.Default<int>(_time);
        for (var i = 0; i < 100; i++)
            limiter.When(i).TotalMilliseconds.ShouldBe(5);
        limiter.When(1000).TotalMilliseconds.ShouldBe(100, 0.001, "the bucket is empty");
    }
}
