using System.Text.Json;
using Npgsql;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Proxies;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Settings;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Ownership;

/// <summary>
/// Follows the placement for one tenure: claims what is placed on this shard, passes changed wishes on, gives up what is placed
/// elsewhere. One query a poll; hints make it quick.
/// </summary>
internal sealed partial class OwnershipLoop(
    PodStore store,
    LeaseTenure lease,
    PodIdentity identity,
    SessionHost host,
    ProxyShelf proxies,
    LivePool pool,
    TimeSpan pollEvery,
    IBootClock clock,
    TimeProvider time,
    ILogger<OwnershipLoop> logger
)
{
    // 1 s and 30 s with the poll of 5 s.
    private readonly TimeSpan _retryAfter = pollEvery / 5;
    private readonly TimeSpan _sweepEvery = pollEvery * 6;

    private readonly ClaimQueue _queue = new();
    private TaskCompletionSource _hinted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(Assignment Assignment, long Epoch)> _granted = [];
    private TimeSpan _nextPoll;
    private TimeSpan _nextSweep;
    private bool _away;
    private long _lastTurn;

    /// <summary>When the loop last went round, on the boot clock.</summary>
    public TimeSpan LastTurn => new(Volatile.Read(ref _lastTurn));

    /// <summary>Placement or settings changed: look now.</summary>
    public void Hint() => Volatile.Read(ref _hinted).TrySetResult();

    /// <summary>Runs until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            Volatile.Write(ref _lastTurn, clock.Now.Ticks);
            try
            {
                // First what was granted: an own session must not look like one that no one runs.
                await StartAsync(ct);
                if (_hinted.Task.IsCompleted || clock.Now >= _nextPoll)
                    await PollAsync(ct);
                if (clock.Now >= _nextSweep)
                    await SweepAsync(ct);
                var more = await ClaimAsync(ct);
                if (_away)
                    Log.Back(logger);
                _away = false;
                if (!more)
                    await WaitAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (DatabaseFailure.IsAway(e))
            {
                if (!_away)
                    Log.Away(logger, e.Message);
                _away = true;
                await Task.Delay(_retryAfter, time, ct)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PollAsync(CancellationToken ct)
    {
        // Before the query: a hint that comes while it runs asks for another.
        Volatile.Write(ref _hinted, new(TaskCreationOptions.RunContinuationsAsynchronously));
        await ReadPoolAsync(ct);
        var placed = await store.Assignments.ReadAsync(identity.Shard, ct);
        var diff = AssignmentDiff.Between(placed, host.Sessions, s => s.Runner.Wanted);
        await LoadProxiesAsync(placed, diff.Update, ct);
        foreach (var changed in diff.Update)
            host.Update(changed);
        foreach (var id in diff.Leave)
            host.Leave(id);
        _queue.Replace(diff.Claim, clock.Now);
        _nextPoll = clock.Now + pollEvery;
    }

    private async Task LoadProxiesAsync(
        IReadOnlyList<Assignment> placed,
        IReadOnlyList<Assignment> changed,
        CancellationToken ct
    )
    {
        await proxies.LoadAsync(
            changed.Concat(placed.Where(a => proxies.Lacks(a) && host.Sessions.ContainsKey(a.Id))),
            ct
        );
        // Those that have left meanwhile.
        foreach (var one in changed.Where(a => !host.Sessions.ContainsKey(a.Id)))
            proxies.Forget(one.Id);
    }

    /// <summary>
    /// Gives back what is owned without being run here: the answer to its claim was lost, and meanwhile it was placed elsewhere.
    /// </summary>
    private async Task SweepAsync(CancellationToken ct)
    {
        var misplaced = (await store.Claims.ReadMisplacedAsync(identity.Shard, lease.Epoch, ct))
            .Where(s => !host.Sessions.ContainsKey(s.SessionId))
            .ToArray();
        if (misplaced.Length > 0)
        {
            await store.Claims.ReleaseAsync(misplaced, ct);
            Log.Swept(logger, misplaced.Length);
        }
        _nextSweep = clock.Now + _sweepEvery;
    }

    private async Task ReadPoolAsync(CancellationToken ct)
    {
        try
        {
            if (await store.Pools.ReadSettingsAsync(identity.Shard.PoolUid, ct) is { } settings)
                pool.Apply(settings);
        }
        catch (JsonException e)
        {
            Log.PoolUnreadable(logger, e.Message);
        }
    }

    /// <summary>Asks for one batch.</summary>
    /// <returns>Whether the next one is to be asked for at once.</returns>
    private async Task<bool> ClaimAsync(CancellationToken ct)
    {
        var batch = _queue.Due(clock.Now);
        if (batch.Count == 0)
            return false;
        IReadOnlyList<Claim> answers;
        try
        {
            answers = await store.Claims.ClaimAsync(
                [.. batch.Select(a => a.Id)],
                identity.Shard,
                lease.Epoch,
                ct
            );
        }
        catch (PostgresException e)
            when (e.SqlState
                    is PostgresErrorCodes.LockNotAvailable
                        or PostgresErrorCodes.DeadlockDetected
                        or PostgresErrorCodes.QueryCanceled
            )
        {
            _queue.Postpone(batch, clock.Now);
            await EndBackendsAsync(batch, ct);
            return false;
        }
        foreach (var answer in answers)
            if (_queue.Answered(answer, clock.Now, Random.Shared.NextDouble()) is { } assignment)
                _granted.Add((assignment, answer.Epoch!.Value));
        if (_granted.Count == 0)
            return false;
        Hasten(batch, answers);
        await StartAsync(ct);
        return true;
    }

    /// <summary>Runs what was granted. What cannot be started since PostgreSQL went away stays granted for the next round.</summary>
    private async Task StartAsync(CancellationToken ct)
    {
        if (_granted.Count == 0)
            return;
        // The assignments are those of the last look: a proxy that was declared since must not be missed.
        var renewed = await proxies.RenewAsync([.. _granted.Select(g => g.Assignment)], ct);
        var before = (
            await store.States.ReadAsync([.. _granted.Select(g => g.Assignment.Id)], ct)
        ).ToDictionary(s => s.SessionId);
        foreach (var (assignment, (_, epoch)) in renewed.Zip(_granted))
            host.Start(assignment, epoch, before.GetValueOrDefault(assignment.Id));
        Log.Claimed(logger, _granted.Count);
        _granted.Clear();
    }

    /// <summary>An owner that gave all it was asked for is gone: the rest of it is free as well.</summary>
    private void Hasten(IReadOnlyList<Assignment> batch, IReadOnlyList<Claim> answers)
    {
        var owners = batch.ToDictionary(a => a.Id, a => a.Owner);
        var holding = answers
            .Where(a => a.Refusal == ClaimRefusal.Held)
            .Select(a => owners[a.SessionId])
            .ToHashSet();
        _queue.Hasten(
            answers
                .Where(a => a.Epoch is not null && !holding.Contains(owners[a.SessionId]))
                .Select(a => owners[a.SessionId])
                .OfType<ShardId>()
                .ToHashSet(),
            clock.Now
        );
    }

    /// <summary>
    /// A claim waited in vain for a lock. An owner that is stopped or cut off in the middle of a write may hold it; but only one that
    /// may not act any more is ended.
    /// </summary>
    private async Task EndBackendsAsync(IReadOnlyList<Assignment> batch, CancellationToken ct)
    {
        var owners = batch
            .Where(a => a is { Owner: not null, OwnerLeaseEpoch: not null })
            .Select(a => (Shard: a.Owner!.Value, Epoch: a.OwnerLeaseEpoch!.Value))
            .Distinct();
        foreach (var (shard, epoch) in owners)
        {
            var ended = await store.Claims.EndBackendsAsync(shard, epoch, ct);
            if (ended > 0)
                Log.Ended(logger, shard, epoch, ended);
        }
    }

    private async Task WaitAsync(CancellationToken ct)
    {
        var until = _queue.NextDue is { } due && due < _nextPoll ? due : _nextPoll;
        var wait = until - clock.Now;
        if (wait <= TimeSpan.Zero)
            return;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(_hinted.Task, Task.Delay(wait, time, enough.Token));
        await enough.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.OwnershipLoopClaimed,
            LogLevel.Information,
            "claimed {Count} session(s)"
        )]
        public static partial void Claimed(ILogger logger, int count);

        [LoggerMessage(
            EventIds.OwnershipLoopSwept,
            LogLevel.Warning,
            "gave back {Count} session(s) that are placed elsewhere and were not run here"
        )]
        public static partial void Swept(ILogger logger, int count);

        [LoggerMessage(
            EventIds.OwnershipLoopAway,
            LogLevel.Warning,
            "placement cannot be read ({Error}); running sessions continue"
        )]
        public static partial void Away(ILogger logger, string error);

        [LoggerMessage(
            EventIds.OwnershipLoopPoolUnreadable,
            LogLevel.Error,
            "the pool's settings cannot be read; keeping the previous ones: {Error}"
        )]
        public static partial void PoolUnreadable(ILogger logger, string error);

        [LoggerMessage(
            EventIds.OwnershipLoopBack,
            LogLevel.Information,
            "placement can be read again"
        )]
        public static partial void Back(ILogger logger);

        [LoggerMessage(
            EventIds.OwnershipLoopEnded,
            LogLevel.Warning,
            "a claim waited for locks of {Shard}, epoch {Epoch}, which may not act any more: ended {Count} of its connections"
        )]
        public static partial void Ended(ILogger logger, ShardId shard, long epoch, long count);
    }
}
