using System.Collections.Concurrent;
using System.Threading.Channels;
using Npgsql;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Sharing;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Commit;

/// <summary>
/// Commits the writes of a tenure's sessions in groups, one group at a time. While one is on its way the next gathers, so a lone
/// write does not wait and a storm shares its round trips, be it of many sessions or of one. Tenants take turns: in the next group
/// each has a place before any has a second one. Nothing is committed while the gate is closed; the fence in the database stands
/// behind that.
/// </summary>
/// <param name="writer">Writes one group.</param>
/// <param name="gate">Whether the tenure may act.</param>
/// <param name="stateWritten">Called after each group that wrote a state or a code; must be quick.</param>
/// <param name="time">The clock.</param>
/// <param name="metrics">Measures groups.</param>
/// <param name="logger">Where the loss of PostgreSQL is logged.</param>
internal sealed partial class GroupCommit(
    SessionWriter writer,
    ActGate gate,
    Action stateWritten,
    TimeProvider time,
    PodMetrics metrics,
    ILogger<GroupCommit> logger
) : ITenureLoop
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromMilliseconds(200);
    private readonly Channel<CommitItem> _queue = Channel.CreateUnbounded<CommitItem>(
        new() { SingleReader = true }
    );
    private readonly TurnQueue<CommitItem> _waiting = new();
    private readonly ConcurrentQueue<Action> _probes = [];
    private volatile bool _outside;
    private bool _away;

    /// <summary>Commits a session's write; those of one session become durable in the order of the calls.</summary>
    /// <param name="tenant">Whose turn it takes; the same for all writes of a session.</param>
    /// <param name="write">What to write.</param>
    /// <param name="lane">The writes that this one builds on; null for none.</param>
    /// <param name="committed">Called when it is durable, in the order of the writes; must be quick and must not throw.</param>
    /// <returns>What became of it.</returns>
    /// <exception cref="Npgsql.PostgresException">PostgreSQL refuses this very write.</exception>
    public Task<CommitOutcome> CommitAsync(
        long tenant,
        SessionWrite write,
        CommitLane? lane = null,
        Action? committed = null
    )
    {
        var item = new CommitItem(tenant, write, lane, committed);
        if (!_queue.Writer.TryWrite(item))
            item.Lost(CommitOutcome.Dropped);
        return item.Outcome;
    }

    /// <summary>Calls back when the loop comes by; at once while it waits for the database or the gate, which is no hang.</summary>
    public void Probe(Action passed)
    {
        // Left where the loop looks also after it said that it waits: a probe that came just before must not wait with it, for
        // without the probe the lease is not renewed, and without the lease the gate does not open.
        _probes.Enqueue(passed);
        if (_outside || !_queue.Writer.TryWrite(new CommitItem(0, null)))
            Pass();
    }

    /// <summary>Runs until the token is cancelled; what is left then is dropped, but for a commit in doubt, whose outcome stays unknown.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var group = new CommitGroup();
        try
        {
            while (_waiting.Count > 0 || await _queue.Reader.WaitToReadAsync(ct))
            {
                group = Gather();
                await CommitAsync(group, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(logger);
        }
        finally
        {
            _queue.Writer.TryComplete();
            foreach (var item in group.Items)
                item.Lost(CommitOutcome.Dropped);
            while (_waiting.Count > 0)
                _waiting.Dequeue().Lost(CommitOutcome.Dropped);
            while (_queue.Reader.TryRead(out var item))
                if (item.Write is null)
                    Pass();
                else
                    item.Lost(CommitOutcome.Dropped);
        }
    }

    private void Pass()
    {
        while (_probes.TryDequeue(out var passed))
            passed();
    }

    private CommitGroup Gather()
    {
        while (_queue.Reader.TryRead(out var item))
            if (item.Write is null)
                Pass();
            else
                _waiting.Enqueue(item.Tenant, item);
        var group = new CommitGroup();
        while (_waiting.TryPeek(out var next) && group.TryAdd(next))
            _waiting.Dequeue();
        return group;
    }

    private async Task CommitAsync(CommitGroup group, CancellationToken ct)
    {
        while (true)
        {
            group.DropBroken();
            if (group.Items.Count == 0)
                return;
            _outside = true;
            Interlocked.MemoryBarrier();
            Pass();
            try
            {
                await gate.WaitUntilOpenAsync(ct);
                var writes = group.Join();
                var start = time.GetTimestamp();
                var fenced = await writer.CommitAsync(writes, ct);
                metrics.Committed(
                    time.GetElapsedTime(start),
                    writes.Count,
                    group.Items.Count,
                    writes.Sum(w => w.Events.Sum(e => (long)e.Ciphertext.Length))
                );
                Succeeded(group, fenced);
                return;
            }
            catch (Exception e) when (CommitFailure.Classify(e) is { } reaction)
            {
                await FailedAsync(group, e, reaction, ct);
            }
            finally
            {
                _outside = false;
            }
        }
    }

    private void Succeeded(CommitGroup group, IReadOnlySet<long> fenced)
    {
        if (_away)
            Log.Back(logger);
        _away = false;
        foreach (var item in group.Items)
            if (fenced.Contains(item.Write!.SessionId))
                item.Lost(CommitOutcome.Fenced);
            else
                item.Committed();
        if (group.Items.Exists(i => IsSeen(i.Write!)))
            stateWritten();
        group.Items.Clear();
    }

    /// <summary>Whether a write changes what the operator reports.</summary>
    private static bool IsSeen(SessionWrite write) =>
        write is { State: not null } or { Pairing: not null }
        || (write.Past is { } past && past.Progress != PastProgress.None);

    private async Task FailedAsync(
        CommitGroup group,
        Exception failure,
        CommitReaction reaction,
        CancellationToken ct
    )
    {
        switch (reaction)
        {
            case CommitReaction.Ask:
                Log.Unanswered(logger, group.Sessions, failure.Message);
                await AskAsync(group, ct);
                break;
            case CommitReaction.Reject when group.Items is [var only]:
                Log.Rejected(logger, only.Write!.SessionId, failure.Message);
                only.Refused(failure);
                group.Items.Clear();
                break;
            case CommitReaction.Reject:
                // One write is at fault: alone each shows what it is worth.
                foreach (var part in group.Split().ToArray())
                    await CommitAsync(part, ct);
                group.Items.Clear();
                break;
            default:
                await AwayAsync(group, failure, ct);
                break;
        }
    }

    /// <summary>Asks for the fate of a group until it is known: written, or never to be written, and then the same group is tried again.</summary>
    private async Task AskAsync(CommitGroup group, CancellationToken ct)
    {
        try
        {
            while (!await TryAskAsync(group, ct)) { }
        }
        catch (PostgresException e) when (e.SqlState == SqlStates.CommitSuperseded)
        {
            Log.Unknown(logger, group.Sessions, e);
            Doubt(group);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Dropped would say that it was not written.
            Doubt(group);
            throw;
        }
    }

    private async Task<bool> TryAskAsync(CommitGroup group, CancellationToken ct)
    {
        try
        {
            await gate.WaitUntilOpenAsync(ct);
            if (await writer.AskAsync(ct) is { } fenced)
                Succeeded(group, fenced);
            return true;
        }
        catch (Exception e)
            when (e is not PostgresException { SqlState: SqlStates.CommitSuperseded }
                && CommitFailure.Classify(e) is not null
            )
        {
            await AwayAsync(group, e, ct);
            return false;
        }
    }

    private static void Doubt(CommitGroup group)
    {
        foreach (var item in group.Items)
            item.Lost(CommitOutcome.Unknown);
        group.Items.Clear();
    }

    private Task AwayAsync(CommitGroup group, Exception failure, CancellationToken ct)
    {
        if (!_away)
            Log.Away(logger, group.Sessions, failure.Message);
        _away = true;
        return Task.Delay(RetryAfter, time, ct);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.GroupCommitEnded, LogLevel.Debug, "group commit ended")]
        public static partial void Ended(ILogger logger);

        [LoggerMessage(
            EventIds.GroupCommitAway,
            LogLevel.Warning,
            "group commit of {Count} session(s) waits for PostgreSQL: {Error}"
        )]
        public static partial void Away(ILogger logger, int count, string error);

        [LoggerMessage(EventIds.GroupCommitBack, LogLevel.Information, "group commit resumed")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(
            EventIds.GroupCommitUnanswered,
            LogLevel.Warning,
            "PostgreSQL did not answer a group commit of {Count} session(s); its fate is asked for: {Error}"
        )]
        public static partial void Unanswered(ILogger logger, int count, string error);

        [LoggerMessage(
            EventIds.GroupCommitUnknown,
            LogLevel.Warning,
            "outcome of a group commit of {Count} session(s) is unknown; they load and connect again"
        )]
        public static partial void Unknown(ILogger logger, int count, Exception e);

        [LoggerMessage(
            EventIds.GroupCommitRejected,
            LogLevel.Error,
            "PostgreSQL refuses a write of session {SessionId}: {Error}"
        )]
        public static partial void Rejected(ILogger logger, long sessionId, string error);
    }
}
