using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Objects;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Cache;

/// <summary>What an informer makes of servers that cannot be had here, or not on demand.</summary>
public sealed class ReflectorTests : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly FakeTime _time = new();
    private readonly ConcurrentQueue<string> _told = new();
    private Task _running = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running.WaitAsync(TimeSpan.FromSeconds(30));
        _stop.Dispose();
    }

    [Fact]
    public async Task The_first_list_takes_what_the_servers_cache_has_page_by_page_and_the_watch_continues_from_there()
    {
        var watch = new FakeWatch();
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(20)
            : c.IsWatch ? watch.Response
            : c.Query.ContainsKey("continue") ? FakeApi.List("7", null, FakeApi.Widget("b", 4))
            : FakeApi.List("7", "next", FakeApi.Widget("a", 3))
        );
        var informer = Start(api);
        await Told("added a initially", "added b initially");
        watch
            .Send("ADDED", FakeApi.Widget("c", 8))
            .Send("MODIFIED", FakeApi.Widget("a", 9))
            .Send("DELETED", FakeApi.Widget("b", 10))
            .Bookmark(20);
        await Told("added c", "updated a 3 to 9", "deleted b");
        await Eventually.True("the bookmark counts as seen", () => informer.HasSeen("ns", "20"));

        informer.HasSeen("ns", "21").ShouldBeFalse();
        informer.Store.Select(w => w.Metadata.Name).Order().ShouldBe(["a", "c"]);
        api.Lists.First().Query["resourceVersion"].ShouldBe("0");
        api.Lists.First().Query["limit"].ShouldBe("500");
        api.Lists.Last().Query.ShouldContainKeyAndValue("continue", "next");
        api.Lists.Last().Query.ShouldNotContainKey("resourceVersion");
        var asked = api.Watches.Single().Query;
        asked["resourceVersion"].ShouldBe("7");
        asked["allowWatchBookmarks"].ShouldBe("true");
        int.Parse(asked["timeoutSeconds"], System.Globalization.CultureInfo.InvariantCulture)
            .ShouldBeInRange(300, 600);
    }

    [Fact]
    public async Task A_server_that_can_sends_the_state_through_the_watch()
    {
        var first = new FakeWatch();
        var second = new FakeWatch();
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(32)
            : c.Query.ContainsKey("sendInitialEvents") ? first.Response
            : second.Response
        );
        var informer = Start(api);
        first
            .Send("ADDED", FakeApi.Widget("a", 3))
            .Send("ADDED", FakeApi.Widget("b", 4))
            .Send("DELETED", FakeApi.Widget("b", 5))
            .Bookmark(5);
        await Eventually.True("the server was asked", () => api.Watches.Any());
        informer.HasSynced.ShouldBeFalse("the state is not complete yet");
        first.Bookmark(6, initialEventsEnd: true);
        await Told("added a initially");
        await informer.WaitForSyncAsync(_stop.Token);
        second.Send("ADDED", FakeApi.Widget("c", 7));
        await Told("added c");

        api.Lists.ShouldBeEmpty();
        api.Watches.First().Query["resourceVersionMatch"].ShouldBe("NotOlderThan");
        api.Watches.Last().Query["resourceVersion"].ShouldBe("6");
    }

    [Theory]
    [InlineData(422, "Invalid")]
    [InlineData(500, "InternalError")]
    public async Task A_server_that_refuses_to_send_the_state_through_the_watch_is_asked_for_a_list(
        int code,
        string reason
    )
    {
        var watch = new FakeWatch();
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(28)
            : c.Query.ContainsKey("sendInitialEvents") ? FakeApi.Refusal(code, reason)
            : c.IsWatch ? watch.Response
            : FakeApi.List("7", null, FakeApi.Widget("a", 3))
        );
        Start(api);
        await Told("added a initially");
        watch.Send("ADDED", FakeApi.Widget("b", 8));
        await Told("added b");
    }

    [Fact]
    public async Task A_watch_that_breaks_or_is_refused_for_load_continues_from_where_it_stood_without_a_list()
    {
        var first = new FakeWatch();
        var watches = new Queue<HttpResponseMessage>([
            first.Response,
            FakeApi.Refusal(429, "TooManyRequests", TimeSpan.FromSeconds(90)),
            FakeApi.Refusal(503, "ServiceUnavailable"),
            new FakeWatch().Error(429, "TooManyRequests").Response,
            new FakeWatch().Send("ADDED", FakeApi.Widget("b", 9)).Response,
        ]);
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(20)
            : c.IsWatch ? watches.Dequeue()
            : FakeApi.List("7", null)
        );
        Start(api);
        first.Send("ADDED", FakeApi.Widget("a", 8));
        await Told("added a");
        first.Break();
        await Eventually.True(
            "the reflector pauses",
            () => _time.NextDueIn < TimeSpan.FromSeconds(2)
        );
        _time.Advance(_time.NextDueIn!.Value);
        await Eventually.True(
            "the reflector grants the server the 90 seconds of peace that it asked for",
            () => api.Watches.Count() == 2 && _time.NextDueIn == TimeSpan.FromSeconds(90)
        );
        await Told("added b");

        api.Lists.Count().ShouldBe(1);
        api.Watches.Select(w => w.Query["resourceVersion"]).ShouldBe(["7", "8", "8", "8", "8"]);
    }

    [Fact]
    public async Task After_410_a_new_list_is_compared_so_that_deletions_in_the_gap_are_seen()
    {
        var lists = new Queue<HttpResponseMessage>([
            FakeApi.List(
                "7",
                null,
                FakeApi.Widget("gone", 1),
                FakeApi.Widget("same", 2),
                FakeApi.Widget("changed", 3),
                FakeApi.Widget("reborn", 4)
            ),
            FakeApi.Refusal(410, "Expired"),
            FakeApi.List(
                "70",
                null,
                FakeApi.Widget("same", 2),
                FakeApi.Widget("changed", 30),
                FakeApi.Widget("reborn", 40, "other"),
                FakeApi.Widget("new", 50)
            ),
        ]);
        var watches = new Queue<FakeWatch>([new FakeWatch().Error(410, "Expired"), new()]);
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(20)
            : c.IsWatch ? watches.Dequeue().Response
            : lists.Dequeue()
        );
        var informer = Start(api);
        await Told(
            "added gone initially",
            "added same initially",
            "added changed initially",
            "added reborn initially"
        );
        await Told(
            "updated changed 3 to 30",
            "deleted reborn unseen",
            "added reborn",
            "added new",
            "deleted gone unseen"
        );

        informer
            .Store.Select(w => w.Metadata.Name)
            .Order()
            .ShouldBe(["changed", "new", "reborn", "same"]);
        var last = api.Lists.Last().Query;
        last.ShouldNotContainKey(
            "resourceVersion",
            "only the latest state is certain to be newer than ours"
        );
        last.ShouldNotContainKey("limit", "a list whose pages expired is asked for in one piece");
    }

    [Fact]
    public async Task A_watch_that_outlives_its_timeout_in_silence_is_cut()
    {
        var watches = new Queue<FakeWatch>([
            new(),
            new FakeWatch().Send("ADDED", FakeApi.Widget("a", 8)),
        ]);
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(20)
            : c.IsWatch ? watches.Dequeue().Response
            : FakeApi.List("7", null)
        );
        Start(api);
        await Eventually.True("the watch hangs", () => api.Watches.Count() == 1);
        var timeout = int.Parse(
            api.Watches.Single().Query["timeoutSeconds"],
            System.Globalization.CultureInfo.InvariantCulture
        );
        await Eventually.True(
            "only the watchdog is armed, half a minute above the server's own timeout",
            () => _time.NextDueIn == TimeSpan.FromSeconds(timeout + 30)
        );
        _time.Advance(TimeSpan.FromSeconds(timeout + 30));
        await Told("added a");
        api.Lists.Count().ShouldBe(1);
    }

    [Fact]
    public async Task A_server_that_ends_every_watch_at_once_is_not_hammered()
    {
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(20)
            : c.IsWatch ? new FakeWatch().End().Response
            : FakeApi.List("7", null)
        );
        Start(api);
        for (var watches = 1; watches < 6; watches++)
        {
            // Every other timer of the client is set to half a minute at least.
            await Eventually.True(
                "the reflector pauses",
                () => api.Watches.Count() == watches && _time.NextDueIn < TimeSpan.FromSeconds(26)
            );
            var least = 0.8 * (1 << (watches - 1));
            var pause = _time.NextDueIn!.Value;
            pause.TotalSeconds.ShouldBeInRange(least - 0.001, 2 * least + 0.001);
            _time.Advance(pause);
        }
    }

    [Fact]
    public async Task A_missing_kind_is_tried_again_until_it_is_there()
    {
        var served = false;
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(20)
            : c.IsWatch ? new FakeWatch().Response
            : Volatile.Read(ref served) ? FakeApi.List("7", null, FakeApi.Widget("a", 1))
            : FakeApi.Refusal(404, "NotFound")
        );
        var informer = Start(api);
        await Eventually.True(
            "the kind was asked for in vain",
            Advancing(() => api.Lists.Count() >= 3)
        );
        informer.HasSynced.ShouldBeFalse();
        Volatile.Write(ref served, true);
        await Told("added a initially");
    }

    [Fact]
    public async Task A_handler_that_fails_harms_no_one_else()
    {
        var watch = new FakeWatch();
        var api = new FakeApi(c =>
            c.IsVersion ? FakeApi.Version(20)
            : c.IsWatch ? watch.Response
            : FakeApi.List("7", null)
        );
        Start(
            api,
            new ResourceEventHandler<Widget>
            {
                Added = (_, _) => throw new InvalidOperationException("broken"),
            }
        );
        watch.Send("ADDED", FakeApi.Widget("a", 8)).Send("ADDED", FakeApi.Widget("b", 9));
        await Told("added a", "added b");
    }

    [Fact]
    public void Pauses_double_with_jitter_up_to_the_limit_and_begin_again_after_healthy_minutes()
    {
        var seed = Environment.TickCount;
        var backoff = new ReflectorBackoff(new(), _time, new Random(seed));
        double[] least = [0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30];
        foreach (var seconds in least)
            backoff.Next().TotalSeconds.ShouldBeInRange(seconds, seconds * 2, $"seed {seed}");
        _time.Advance(TimeSpan.FromMinutes(2));
        backoff
            .Next()
            .TotalSeconds.ShouldBeGreaterThanOrEqualTo(
                30,
                $"seed {seed}: not longer than the healthy time"
            );
        _time.Advance(TimeSpan.FromMinutes(2) + TimeSpan.FromSeconds(1));
        backoff.Next().TotalSeconds.ShouldBeInRange(0.8, 1.6, $"seed {seed}");
    }

    [Theory]
    [InlineData("10", "9", true)]
    [InlineData("9", "10", false)]
    [InlineData("10", "10", true)]
    [InlineData("340282366920938463463374607431768211455", "2", true)]
    [InlineData(null, "1", false)]
    [InlineData("1", null, true)]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abd", false)]
    public void Versions_are_ordered_as_numbers(string? a, string? b, bool atLeast) =>
        ResourceVersion.IsAtLeast(a, b).ShouldBe(atLeast);

    private Informer<Widget> Start(FakeApi api, IResourceEventHandler<Widget>? first = null)
    {
        var informer = new Informer<Widget>(
            api.Client(_time),
            new(),
            NullLoggerFactory.Instance,
            _time
        );
        if (first is not null)
            informer.AddEventHandler(first);
        informer.AddEventHandler(
            new ResourceEventHandler<Widget>
            {
                Added = (w, initial) =>
                    _told.Enqueue($"added {w.Metadata.Name}{(initial ? " initially" : "")}"),
                Updated = (old, w) =>
                    _told.Enqueue(
                        $"updated {w.Metadata.Name} {old.Metadata.ResourceVersion} to {w.Metadata.ResourceVersion}"
                    ),
                Deleted = (w, unseen) =>
                    _told.Enqueue($"deleted {w.Metadata.Name}{(unseen ? " unseen" : "")}"),
            }
        );
        _running = informer.RunAsync(_stop.Token);
        return informer;
    }

    /// <summary>Waits for exactly these, in this order, after those that were waited for before.</summary>
    private async Task Told(params string[] what)
    {
        foreach (var line in what)
        {
            string? next = null;
            await Eventually.True(
                $"the handler is told: {line}",
                Advancing(() => _told.TryDequeue(out next))
            );
            next.ShouldBe(line);
        }
    }

    private Func<bool> Advancing(Func<bool> probe) =>
        () =>
        {
            if (probe())
                return true;
            _time.Advance(TimeSpan.FromSeconds(5));
            return false;
        };
}
