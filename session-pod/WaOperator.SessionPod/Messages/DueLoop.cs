using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Messages;

/// <summary>Queues scheduled messages when their time has come: one timer for all sessions of the tenure, set to the next of them.</summary>
/// <param name="context">What all sessions share.</param>
/// <param name="host">The sessions.</param>
/// <param name="logger">Where failures are logged.</param>
internal sealed partial class DueLoop(
    MessageContext context,
    SessionHost host,
    ILogger<DueLoop> logger
) : ITenureLoop
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var (next, changed) = context.Due.Wait();
                var wait = next - context.Time.GetUtcNow() ?? Longest;
                if (wait > TimeSpan.Zero)
                    await (
                        (Task)changed.WaitAsync(wait < Longest ? wait : Longest, context.Time, ct)
                    ).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ct.ThrowIfCancellationRequested();
                await ReadClaimedAsync(ct);
                foreach (var session in context.Due.TakeDue(context.Time.GetUtcNow()))
                    await QueueAsync(session);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
    }

    private async Task ReadClaimedAsync(CancellationToken ct)
    {
        var claimed = context.Due.TakeUnread();
        if (claimed.Count == 0)
            return;
        var due = await context.ReadAsync(c => context.Stored.FirstDueAsync(claimed, c), ct);
        foreach (var (session, at) in due)
            if (host.Sessions.ContainsKey(session))
                context.Due.At(session, at);
    }

    private async Task QueueAsync(long session)
    {
        if (host.Sessions.GetValueOrDefault(session)?.Runner.Served is not { } served)
            return;
        try
        {
            if (await served.Outbox.QueueDueAsync() is { } next)
                context.Due.At(session, next);
        }
        catch (Exception e) when (CommitFailure.Classify(e) is not null)
        {
            Log.Failed(logger, session, e.Message);
            context.Due.At(session, context.Time.GetUtcNow() + RetryAfter);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.DueLoopEnded,
            LogLevel.Debug,
            "scheduled messages wait for the next owner"
        )]
        public static partial void Ended(ILogger logger);

        [LoggerMessage(
            EventIds.DueLoopFailed,
            LogLevel.Warning,
            "session {SessionId}: its scheduled messages could not be queued; tried again in a second: {Error}"
        )]
        public static partial void Failed(ILogger logger, long sessionId, string error);
    }
}
