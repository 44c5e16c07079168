using System.Data.Common;
using System.Net.Sockets;
using System.Text.Json;
using Npgsql;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Settings;
using WaOperator.Store.Leases;
using WaOperator.Store.Observed;
using WaOperator.Store.Ownership;
using WaOperator.Store.Sessions;

namespace WaOperator.SessionPod.Ownership;

/// <summary>
/// Follows the placement for one tenure: claims what is placed on this shard, passes changed wishes on, gives up what is placed
/// elsewhere. One query a poll; hints make it quick.
/// </summary>
internal sealed partial class OwnershipLoop(
    NpgsqlDataSource database,
    LeaseTenure lease,
    PodIdentity identity,
    SessionHost host,
    LivePool pool,
    TimeSpan pollEvery,
    IBootClock clock,
    TimeProvider time,
    ILogger<OwnershipLoop> logger
)
{
    // 1 s and 30 s with the poll of 5 s.
    private readonly TimeSpan retryAfter = pollEvery / 5;
    private readonly TimeSpan sweepEvery = pollEvery * 6;

    private readonly Assignments assignments = new(database);
    private readonly SessionClaims claims = new(database);
    private readonly SessionStates states = new(database);
    private readonly ObservedStore observed = new(database);
    private readonly ClaimQueue queue = new();
    private TaskCompletionSource hinted = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(Assignment Assignment, long Epoch)> granted = [];
    private TimeSpan nextPoll;
    private TimeSpan nextSweep;
    private bool away;
    private long lastTurn;

    /// <summary>When the loop last went round, on the boot clock.</summary>
    public TimeSpan LastTurn => new(Volatile.Read(ref lastTurn));

    /// <summary>Placement or settings changed: look now.</summary>
    public void Hint() => Volatile.Read(ref hinted).TrySetResult();

    /// <summary>Runs until the token is cancelled.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            Volatile.Write(ref lastTurn, clock.Now.Ticks);
            try
            {
                // First what was granted: an own session must not look like one that nobody runs.
                await StartAsync(ct);
                if (hinted.Task.IsCompleted || clock.Now >= nextPoll)
                    await PollAsync(ct);
                if (clock.Now >= nextSweep)
                    await SweepAsync(ct);
                var more = await ClaimAsync(ct);
                if (away)
                    Log.Back(logger);
                away = false;
                if (!more)
                    await WaitAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
                when (e is DbException or TimeoutException or SocketException or IOException)
            {
                if (!away)
                    Log.Away(logger, e.Message);
                away = true;
                await Task.Delay(retryAfter, time, ct)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task PollAsync(CancellationToken ct)
    {
        // Before the query: a hint that comes while it runs asks for another.
        Volatile.Write(ref hinted, new(TaskCreationOptions.RunContinuationsAsynchronously));
        await ReadPoolAsync(ct);
        var placed = await assignments.ReadAsync(identity.Shard, ct);
        var diff = AssignmentDiff.Between(placed, host.Sessions, s => s.Runner.Wanted);
        foreach (var changed in diff.Update)
            host.Update(changed);
        foreach (var id in diff.Leave)
            host.Leave(id);
        queue.Replace(diff.Claim, clock.Now);
        nextPoll = clock.Now + pollEvery;
    }

    /// <summary>
    /// Gives back what is owned without being run here: the answer to its claim was lost, and meanwhile it was placed elsewhere.
    /// </summary>
    private async Task SweepAsync(CancellationToken ct)
    {
        var misplaced = (await claims.ReadMisplacedAsync(identity.Shard, lease.Epoch, ct))
            .Where(s => !host.Sessions.ContainsKey(s.SessionId))
            .ToArray();
        if (misplaced.Length > 0)
        {
            await claims.ReleaseAsync(misplaced, ct);
            Log.Swept(logger, misplaced.Length);
        }
        nextSweep = clock.Now + sweepEvery;
    }

    private async Task ReadPoolAsync(CancellationToken ct)
    {
        try
        {
            if (await observed.ReadPoolAsync(identity.Shard.PoolUid, ct) is { } row)
                pool.Apply(row.Settings);
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
        var batch = queue.Due(clock.Now);
        if (batch.Count == 0)
            return false;
        IReadOnlyList<Claim> answers;
        try
        {
            answers = await claims.ClaimAsync(
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
            queue.Postpone(batch, clock.Now);
            await EndBackendsAsync(batch, ct);
            return false;
        }
        foreach (var answer in answers)
            if (queue.Answered(answer, clock.Now, Random.Shared.NextDouble()) is { } assignment)
                granted.Add((assignment, answer.Epoch!.Value));
        if (granted.Count == 0)
            return false;
        Hasten(batch, answers);
        await StartAsync(ct);
        return true;
    }

    /// <summary>Runs what was granted. What cannot be started since PostgreSQL went away stays granted for the next round.</summary>
    private async Task StartAsync(CancellationToken ct)
    {
        if (granted.Count == 0)
            return;
        var before = (
            await states.ReadAsync([.. granted.Select(g => g.Assignment.Id)], ct)
        ).ToDictionary(s => s.SessionId);
        foreach (var (assignment, epoch) in granted)
            host.Start(assignment, epoch, before.GetValueOrDefault(assignment.Id));
        Log.Claimed(logger, granted.Count);
        granted.Clear();
    }

    /// <summary>An owner that gave all it was asked for is gone: the rest of it is free as well.</summary>
    private void Hasten(IReadOnlyList<Assignment> batch, IReadOnlyList<Claim> answers)
    {
        var owners = batch.ToDictionary(a => a.Id, a => a.Owner);
        var holding = answers
            .Where(a => a.Refusal == ClaimRefusal.Held)
            .Select(a => owners[a.SessionId])
            .ToHashSet();
        queue.Hasten(
            answers
                .Where(a => a.Epoch is not null && !holding.Contains(owners[a.SessionId]))
                .Select(a => owners[a.SessionId])
                .OfType<ShardId>()
                .ToHashSet(),
            clock.Now
        );
    }

    /// <summary>
    /// A claim waited in vain for a lock. Whoever is stopped or cut off in the middle of a write may hold it; but only an owner that
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
            var ended = await claims.EndBackendsAsync(shard, epoch, ct);
            if (ended > 0)
                Log.Ended(logger, shard, epoch, ended);
        }
    }

    private async Task WaitAsync(CancellationToken ct)
    {
        var until = queue.NextDue is { } due && due < nextPoll ? due : nextPoll;
        var wait = until - clock.Now;
        if (wait <= TimeSpan.Zero)
            return;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
        await Task.WhenAny(hinted.Task, Task.Delay(wait, time, enough.Token));
        await enough.CancelAsync();
        ct.ThrowIfCancellationRequested();
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "claimed {Count} session(s)")]
        public static partial void Claimed(ILogger logger, int count);

        [LoggerMessage(
            LogLevel.Warning,
            "gave back {Count} session(s) that are placed elsewhere and were not run here"
        )]
        public static partial void Swept(ILogger logger, int count);

        [LoggerMessage(
            LogLevel.Warning,
            "placement cannot be read ({Error}); running sessions go on"
        )]
        public static partial void Away(ILogger logger, string error);

        [LoggerMessage(
            LogLevel.Error,
            "the pool's settings cannot be read, the former ones stay: {Error}"
        )]
        public static partial void PoolUnreadable(ILogger logger, string error);

        [LoggerMessage(LogLevel.Information, "placement is read again")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(
            LogLevel.Warning,
            "a claim waited for locks of {Shard}, epoch {Epoch}, which may not act any more: ended {Count} of its connections"
        )]
        public static partial void Ended(ILogger logger, ShardId shard, long epoch, long count);
    }
}
