using Npgsql;
using WaOperator.SessionPod.Lease;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Messages;

/// <summary>
/// Goes round all sessions of the tenure once in <see cref="Round"/> and removes what is older than its retention, a few sessions at
/// a time.
/// </summary>
internal sealed partial class Pruner(
    MessageRetention retention,
    Retention keep,
    ActGate gate,
    Func<IEnumerable<OwnedSession>> sessions,
    TimeProvider time,
    ILogger<Pruner> logger
) : ITenureLoop
{
    /// <summary>How long a round takes.</summary>
    public static readonly TimeSpan Round = TimeSpan.FromHours(1);

    private static readonly TimeSpan Least = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var chunks = sessions().Chunk(MessageRetention.MaxSessions).ToArray();
                var pause = chunks.Length == 0 ? Round : Round / chunks.Length;
                foreach (var chunk in chunks)
                {
                    await Task.Delay(pause > Least ? pause : Least, time, ct);
                    await PruneAsync(chunk, ct);
                }
                if (chunks.Length == 0)
                    await Task.Delay(TimeSpan.FromMinutes(1), time, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
    }

    /// <summary>Prunes some sessions until nothing old is left of them.</summary>
    public async Task PruneAsync(IReadOnlyCollection<OwnedSession> some, CancellationToken ct)
    {
        try
        {
            while (some.Count > 0)
            {
                await gate.WaitUntilOpenAsync(ct);
                var more = await retention.PruneAsync(some, keep, ct);
                some = [.. some.Where(s => more.Contains(s.SessionId))];
                // Many small transactions instead of one that everybody waits for.
                if (some.Count > 0)
                    await Task.Delay(TimeSpan.FromMilliseconds(100), time, ct);
            }
        }
        catch (PostgresException e) when (e.SqlState == SqlStates.Fenced && some.Count > 1)
        {
            // One of them moved away: the others do not wait a round for that.
            foreach (var one in some)
                await PruneAsync([one], ct);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            Log.Failed(logger, some.Count, e.Message);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.PrunerEnded, LogLevel.Debug, "pruning ended")]
        public static partial void Ended(ILogger logger);

        [LoggerMessage(
            EventIds.PrunerFailed,
            LogLevel.Information,
            "{Count} session(s) could not be pruned; the next round tries again: {Error}"
        )]
        public static partial void Failed(ILogger logger, int count, string error);
    }
}
