using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Testing;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Running;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Tests.Running;

/// <summary>Events reach the handlers in order and at least once, and none is lost without a word.</summary>
public sealed class EventFeedTests
{
    private readonly MemoryMessageStore _store = new();
    private readonly FakeTime _time = new();
    private readonly Handlers<SessionEvent> _handlers = new();
    private readonly Handlers<SkippedEvent> _skipped = new();
    private readonly ConcurrentQueue<string> _got = new();

    [Fact]
    public async Task Events_come_in_order_to_those_who_want_them_and_are_confirmed()
    {
        _handlers.Add<MessageSent>(
            (e, _) =>
            {
                _got.Enqueue(e.Id);
                return Task.CompletedTask;
            }
        );
        await CommitAsync("1", "2");
        var feed = Feed();
        await RunAsync(
            feed,
            async () =>
            {
                await GotAsync("1", "2");
                await _store.CommitAsync(
                    new() { Events = [new MessageFailed("other", "1@lid", null, null)] },
                    default
                );
                await CommitAsync("3");
                feed.Wake();
                await GotAsync("1", "2", "3");
                await ConfirmedAsync();
            }
        );
    }

    [Fact]
    public async Task What_was_being_handled_when_the_run_ended_comes_again_in_the_next()
    {
        var reached = new TaskCompletionSource();
        var waits = true;
        _handlers.Add<MessageSent>(
            async (e, ct) =>
            {
                _got.Enqueue(e.Id);
                if (!waits || e.Id != "2")
                    return;
                reached.TrySetResult();
                await new TaskCompletionSource().Task.WaitAsync(ct);
            }
        );
        await CommitAsync("1", "2");
        await RunAsync(Feed(), () => reached.Task);
        waits = false;
        await RunAsync(Feed(), ConfirmedAsync);
        _got.ShouldBe(["1", "2", "2"]);
    }

    [Fact]
    public async Task A_handler_that_fails_is_given_the_event_again_before_the_next_one()
    {
        var failures = 2;
        _handlers.Add<MessageSent>(
            (e, _) =>
            {
                _got.Enqueue(e.Id);
                return failures-- > 0
                    ? throw new InvalidOperationException("not yet")
                    : Task.CompletedTask;
            }
        );
        await CommitAsync("1", "2");
        await RunAsync(
            Feed(),
            async () =>
            {
                await WaitedAsync(TimeSpan.FromSeconds(1));
                await WaitedAsync(TimeSpan.FromSeconds(2));
                await ConfirmedAsync();
            }
        );
        _got.ShouldBe(["1", "1", "1", "2"]);
    }

    [Fact]
    public async Task An_event_that_fails_too_often_is_skipped_and_said_to_be()
    {
        var skipped = new ConcurrentQueue<SkippedEvent>();
        _handlers.Add<MessageSent>(
            (e, _) =>
                e.Id == "1" ? throw new InvalidOperationException("never") : Task.CompletedTask
        );
        _skipped.Add<SkippedEvent>(
            (e, _) =>
            {
                skipped.Enqueue(e);
                throw new InvalidOperationException("this one, too");
            }
        );
        await CommitAsync("1", "2");
        await RunAsync(
            Feed(attempts: 2),
            async () =>
            {
                await WaitedAsync(TimeSpan.FromSeconds(1));
                await ConfirmedAsync();
            }
        );
        skipped
            .Select(e => (e.Number, ((MessageSent)e.Event).Id, e.Error.Message))
            .ShouldBe([(1, "1", "never")]);
    }

    [Fact]
    public async Task An_event_that_cannot_be_confirmed_is_not_given_to_its_handlers_again()
    {
        _handlers.Add<MessageSent>(
            (e, _) =>
            {
                _got.Enqueue(e.Id);
                return Task.CompletedTask;
            }
        );
        await CommitAsync("1", "2");
        await RunAsync(
            Feed(new FullDisk(_store, failures: 2)),
            async () =>
            {
                await WaitedAsync(TimeSpan.FromSeconds(5));
                await WaitedAsync(TimeSpan.FromSeconds(5));
                await ConfirmedAsync();
            }
        );
        _got.ShouldBe(["1", "2"]);
    }

    private Task CommitAsync(params IEnumerable<string> ids) =>
        _store.CommitAsync(
            new() { Events = [.. ids.Select(id => new MessageSent(id, "1@lid", null))] },
            default
        );

    private EventFeed Feed(int attempts = 5) => Feed(_store, attempts);

    private EventFeed Feed(IWhatsAppStore store, int attempts = 5) =>
        new(
            store,
            _handlers,
            _skipped,
            new(attempts, TimeSpan.FromMinutes(1)),
            _time,
            NullLogger.Instance
        );

    private static async Task RunAsync(EventFeed feed, Func<Task> meanwhile)
    {
        using var stop = new CancellationTokenSource();
        var run = feed.RunAsync(stop.Token);
        try
        {
            await meanwhile().WaitAsync(TimeSpan.FromSeconds(30));
        }
        finally
        {
            await stop.CancelAsync();
            await run;
        }
    }

    private Task GotAsync(params string[] ids) =>
        Eventually.True(
            $"the events {string.Join(", ", ids)} (got {string.Join(", ", _got)})",
            () => _got.SequenceEqual(ids)
        );

    private async Task WaitedAsync(TimeSpan wait)
    {
        await Eventually.True($"a wait of {wait}", () => _time.NextDueIn == wait);
        _time.Advance(wait);
    }

    private Task ConfirmedAsync() =>
        Eventually.True(
            "all events to be confirmed",
            async () => (await _store.LoadEventsAsync(1, default)).Count == 0
        );

    /// <summary>A store that cannot confirm events at first.</summary>
    private sealed class FullDisk(MemoryMessageStore store, int failures) : IWhatsAppStore
    {
        private int _left = failures;

        public Task ConfirmEventsAsync(long number, CancellationToken ct) =>
            _left-- > 0
                ? throw new IOException("no space left")
                : store.ConfirmEventsAsync(number, ct);

        public Task<IReadOnlyList<NumberedEvent>> LoadEventsAsync(int most, CancellationToken ct) =>
            store.LoadEventsAsync(most, ct);

        public Task ClearAsync(CancellationToken ct) => throw new NotSupportedException();

        public Task<DeviceCredentials?> LoadAsync(CancellationToken ct) =>
            throw new NotSupportedException();

        public Task SaveAsync(DeviceCredentials credentials, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task SavePreKeysAsync(PreKeyBatch batch, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<PreKey>> LoadPreKeysAsync(
            uint firstId,
            int count,
            CancellationToken ct
        ) => throw new NotSupportedException();

        public Task<IReadOnlyList<byte[]?>> LoadAsync(
            IReadOnlyList<RecordKey> keys,
            CancellationToken ct
        ) => throw new NotSupportedException();

        public Task<IReadOnlySet<MessageKey>> FindHandledAsync(
            IReadOnlyList<MessageKey> keys,
            CancellationToken ct
        ) => throw new NotSupportedException();

        public Task CommitAsync(DeviceChange change, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<OutboundMessage?> FindOutboundAsync(string id, CancellationToken ct) =>
            throw new NotSupportedException();

        public Task<IReadOnlyList<OutboundMessage>> LoadUnackedAsync(CancellationToken ct) =>
            throw new NotSupportedException();
    }
}
