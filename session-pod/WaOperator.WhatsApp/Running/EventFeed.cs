using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Running;

/// <summary>
/// Gives stored events to handlers, one at a time and in order, and confirms each when all its handlers are done with it. An event
/// that was given and not confirmed is given again by the next run.
/// </summary>
internal sealed partial class EventFeed(
    IWhatsAppStore store,
    Handlers<SessionEvent> handlers,
    Handlers<SkippedEvent> skipped,
    HandlerRetry retry,
    TimeProvider time,
    ILogger logger
)
{
    private const int Page = 100;

    private static readonly TimeSpan StoreRetry = TimeSpan.FromSeconds(5);

    private readonly Channel<bool> _more = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Says that events were committed.</summary>
    public void Wake() => _more.Writer.TryWrite(true);

    /// <summary>Runs until cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var events = await store.LoadEventsAsync(Page, ct);
                foreach (var stored in events)
                    await HandleAsync(stored, ct);
                if (events.Count == 0)
                    await _more.Reader.ReadAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                Log.StoreFailed(logger, e, StoreRetry);
                await DelayAsync(StoreRetry, ct);
            }
        }
    }

    private async Task HandleAsync(NumberedEvent stored, CancellationToken ct)
    {
        foreach (var handler in handlers.For(stored.Event))
            await HandleAsync(stored, handler, ct);
        await ConfirmAsync(stored.Number, ct);
    }

    /// <summary>Tries until it is confirmed: an event that its handlers are done with is not given to them again because of the store.</summary>
    private async Task ConfirmAsync(long number, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                // What was handled is confirmed even when the client is being stopped.
                await store.ConfirmEventsAsync(number, CancellationToken.None);
                return;
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                Log.StoreFailed(logger, e, StoreRetry);
                await DelayAsync(StoreRetry, ct);
            }
        }
    }

    private async Task HandleAsync(
        NumberedEvent stored,
        Func<SessionEvent, CancellationToken, Task> handler,
        CancellationToken ct
    )
    {
        for (var failures = 0; ; )
        {
            ct.ThrowIfCancellationRequested();
            try
            {
                await handler(stored.Event, ct);
                return;
            }
            catch (Exception e)
                when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                failures++;
                if (retry.After(failures) is not { } wait)
                {
                    Log.Skipped(logger, e, stored.Event.Type, stored.Number, failures);
                    await SkipAsync(new(stored.Number, stored.Event, e), ct);
                    return;
                }
                Log.HandlerFailed(logger, e, stored.Event.Type, stored.Number, failures, wait);
                await DelayAsync(wait, ct);
            }
        }
    }

    private async Task SkipAsync(SkippedEvent what, CancellationToken ct)
    {
        foreach (var handler in skipped.For(what))
        {
            try
            {
                await handler(what, ct);
            }
            catch (Exception e)
                when (e is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                Log.SkippedFailed(logger, e, what.Event.Type, what.Number);
            }
        }
    }

    private async Task DelayAsync(TimeSpan wait, CancellationToken ct) =>
        await Task.Delay(wait, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private static partial class Log
    {
        [LoggerMessage(
            EventId = EventIds.EventFeedHandlerFailed,
            Level = LogLevel.Warning,
            Message = "A handler failed on the event {Type} {Number}, attempt {Attempt}; it is given the event again in {Wait}"
        )]
        public static partial void HandlerFailed(
            ILogger logger,
            Exception e,
            string type,
            long number,
            int attempt,
            TimeSpan wait
        );

        [LoggerMessage(
            EventId = EventIds.EventFeedSkipped,
            Level = LogLevel.Error,
            Message = "The event {Type} {Number} is skipped: its handler failed {Attempts} times"
        )]
        public static partial void Skipped(
            ILogger logger,
            Exception e,
            string type,
            long number,
            int attempts
        );

        [LoggerMessage(
            EventId = EventIds.EventFeedSkippedFailed,
            Level = LogLevel.Error,
            Message = "The handler of skipped events failed on the event {Type} {Number}"
        )]
        public static partial void SkippedFailed(
            ILogger logger,
            Exception e,
            string type,
            long number
        );

        [LoggerMessage(
            EventId = EventIds.EventFeedStoreFailed,
            Level = LogLevel.Error,
            Message = "Stored events cannot be read or confirmed; next attempt in {Wait}"
        )]
        public static partial void StoreFailed(ILogger logger, Exception e, TimeSpan wait);
    }
}
