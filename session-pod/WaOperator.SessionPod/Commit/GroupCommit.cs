using System.Threading.Channels;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.Store.Sessions;

namespace WaOperator.SessionPod.Commit;

/// <summary>
/// Commits the writes of a tenure's sessions in groups. While one group is on its way the next gathers, so a lone write waits for
/// nobody and a storm shares its round trips. Nothing is committed while the gate is closed; the fence in the database
/// stands behind that.
/// </summary>
/// <param name="writer">Writes one group.</param>
/// <param name="gate">Whether the tenure may act.</param>
/// <param name="stateWritten">Called after each group that wrote a state or a code; must be quick.</param>
/// <param name="time">The clock.</param>
/// <param name="metrics">Measures groups.</param>
/// <param name="logger">Where the loss of PostgreSQL is told.</param>
internal sealed partial class GroupCommit(
    SessionWriter writer,
    ActGate gate,
    Action stateWritten,
    TimeProvider time,
    PodMetrics metrics,
    ILogger<GroupCommit> logger
)
{
    /// <summary>Sessions in one group at most.</summary>
    public const int MaxGroup = 256;

    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);
    private readonly Channel<Item> queue = Channel.CreateUnbounded<Item>(
        new() { SingleReader = true }
    );
    private readonly List<Item> waiting = [];
    private volatile bool outside;
    private bool away;

    /// <summary>Commits a session's write; those of one session stay in order.</summary>
    /// <returns>What became of it.</returns>
    /// <exception cref="Npgsql.PostgresException">PostgreSQL refuses this very write.</exception>
    public Task<CommitOutcome> CommitAsync(SessionWrite write)
    {
        var item = new Item(write);
        if (!queue.Writer.TryWrite(item))
            item.Done.TrySetResult(CommitOutcome.Dropped);
        return item.Done.Task;
    }

    /// <summary>Calls back when the loop comes by; at once while it waits for the database or the gate, which is no hang.</summary>
    public void Probe(Action passed)
    {
        if (outside || !queue.Writer.TryWrite(new Item(null, passed)))
            passed();
    }

    /// <summary>The loop: runs until the token is cancelled; what is left then is dropped.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var group = new List<Item>(MaxGroup);
        try
        {
            while (waiting.Count > 0 || await queue.Reader.WaitToReadAsync(ct))
            {
                Gather(group);
                if (group.Count > 0)
                    await CommitAsync(group, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
        finally
        {
            queue.Writer.TryComplete();
            while (queue.Reader.TryRead(out var item))
                waiting.Add(item);
            foreach (var item in group.Concat(waiting))
                item.Drop();
            waiting.Clear();
        }
    }

    private void Gather(List<Item> group)
    {
        group.Clear();
        var sessions = new HashSet<long>();
        var before = waiting.ToArray();
        waiting.Clear();
        foreach (var item in before)
            Add(item);
        while (group.Count < MaxGroup && queue.Reader.TryRead(out var item))
            Add(item);

        void Add(Item item)
        {
            if (item.Write is not { } write)
                item.Passed!();
            else if (!sessions.Add(write.SessionId) || group.Count == MaxGroup)
                waiting.Add(item);
            else
                group.Add(item);
        }
    }

    private async Task CommitAsync(List<Item> group, CancellationToken ct)
    {
        while (group.Count > 0)
        {
            outside = true;
            try
            {
                await gate.WaitUntilOpenAsync(ct);
                var start = time.GetTimestamp();
                var fenced = await writer.CommitAsync([.. group.Select(i => i.Write!)], ct);
                metrics.Committed(time.GetElapsedTime(start), group.Count);
                Succeeded(group, fenced);
                return;
            }
            catch (Exception e) when (CommitFailure.Classify(e) is { } reaction)
            {
                await FailedAsync(group, e, reaction, ct);
            }
            finally
            {
                outside = false;
            }
        }
    }

    private void Succeeded(List<Item> group, IReadOnlySet<long> fenced)
    {
        if (away)
            Log.Back(logger);
        away = false;
        foreach (var item in group)
            item.Done.TrySetResult(
                fenced.Contains(item.Write!.SessionId)
                    ? CommitOutcome.Fenced
                    : CommitOutcome.Committed
            );
        if (group.Exists(i => i.Write is { State: not null } or { Pairing: not null }))
            stateWritten();
        group.Clear();
    }

    private async Task FailedAsync(
        List<Item> group,
        Exception failure,
        CommitReaction reaction,
        CancellationToken ct
    )
    {
        switch (reaction)
        {
            case CommitReaction.Unknown:
                Log.Unknown(logger, group.Count, failure);
                foreach (var item in group)
                    item.Done.TrySetResult(CommitOutcome.Unknown);
                group.Clear();
                break;
            case CommitReaction.Reject when group.Count == 1:
                Log.Rejected(logger, group[0].Write!.SessionId, failure.Message);
                group[0].Done.TrySetException(failure);
                group.Clear();
                break;
            case CommitReaction.Reject:
                // One write is at fault: alone each shows what it is worth.
                foreach (var item in group.ToArray())
                    await CommitAsync([item], ct);
                group.Clear();
                break;
            default:
                if (!away)
                    Log.Away(logger, group.Count, failure.Message);
                away = true;
                await Task.Delay(RetryAfter, time, ct);
                break;
        }
    }

    private sealed record Item(SessionWrite? Write, Action? Passed = null)
    {
        public TaskCompletionSource<CommitOutcome> Done { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Drop()
        {
            Done.TrySetResult(CommitOutcome.Dropped);
            Passed?.Invoke();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "group commit ended")]
        public static partial void Ended(ILogger logger);

        [LoggerMessage(
            LogLevel.Warning,
            "group commit of {Count} session(s) waits for PostgreSQL: {Error}"
        )]
        public static partial void Away(ILogger logger, int count, string error);

        [LoggerMessage(LogLevel.Information, "group commit goes on")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(
            LogLevel.Warning,
            "outcome of a group commit of {Count} session(s) is unknown; they load and connect again"
        )]
        public static partial void Unknown(ILogger logger, int count, Exception e);

        [LoggerMessage(
            LogLevel.Error,
            "PostgreSQL refuses a write of session {SessionId}: {Error}"
        )]
        public static partial void Rejected(ILogger logger, long sessionId, string error);
    }
}
