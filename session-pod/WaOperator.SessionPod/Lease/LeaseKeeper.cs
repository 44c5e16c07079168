using WaOperator.SessionPod.Metrics;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Lease;

/// <summary>
/// Holds the shard's lease: acquires it, runs a tenure under it, renews it for all sessions at once, gives it back.
/// </summary>
/// <remarks>
/// The rule that everything rests on: the gate opens for the act deadline, counted from a moment <em>before</em> a renewal was
/// sent that later succeeded. The database counts the lease's life from a moment after that, and the deadline is shorter than the
/// life; so however late the answer comes, acting ends before anybody may take the lease over.
/// The thread is its own and its statements run on it synchronously: neither a busy thread pool nor a slow query of a session
/// delays a renewal. The reverse must not hide a hang, so a renewal is withheld while the sessions' loops do not move.
/// </remarks>
internal sealed partial class LeaseKeeper : IDisposable
{
    private readonly PodLeases _leases;
    private readonly PodIdentity _identity;
    private readonly IBootClock _clock;
    private readonly Func<LeaseTimings> _timings;
    private readonly IHeartbeat _heartbeat;
    private readonly Func<LeaseTenure, Task> _run;
    private readonly PodMetrics _metrics;
    private readonly ILogger<LeaseKeeper> _logger;
    private readonly AutoResetEvent _wake = new(false);
    private readonly TaskCompletionSource _completion = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private volatile bool _stopping;
    private long _lastTurn;
    private TimeSpan? _failingSince;
    private string? _heldBy;
    private bool _withholding;

    /// <param name="leases">On a connection of its own, see <see cref="Store.Database.ForLease"/>.</param>
    /// <param name="identity">Whose lease.</param>
    /// <param name="clock">Measures the act deadline.</param>
    /// <param name="timings">Asked before each call, so that a change of the pool acts at once.</param>
    /// <param name="heartbeat">Asked before each renewal.</param>
    /// <param name="run">
    /// Runs a tenure until it is over: all sockets closed, and unless it was refused all sessions persisted and released.
    /// Must not throw; if it does no one knows what still acts, and the keeper ends without giving the lease back.
    /// </param>
    /// <param name="metrics">Counts renewals.</param>
    /// <param name="logger">One line for each transition.</param>
    public LeaseKeeper(
        PodLeases leases,
        PodIdentity identity,
        IBootClock clock,
        Func<LeaseTimings> timings,
        IHeartbeat heartbeat,
        Func<LeaseTenure, Task> run,
        PodMetrics metrics,
        ILogger<LeaseKeeper> logger
    )
    {
        _leases = leases;
        _identity = identity;
        _clock = clock;
        _timings = timings;
        _heartbeat = heartbeat;
        _run = run;
        _metrics = metrics;
        _logger = logger;
        _lastTurn = clock.Now.Ticks;
    }

    /// <summary>Ends when the keeper has stopped and the lease is given back; fails when it broke.</summary>
    public Task Completion => _completion.Task;

    /// <summary>When the thread last went round, on the boot clock.</summary>
    public TimeSpan LastTurn => new(Volatile.Read(ref _lastTurn));

    /// <summary>Starts the thread. Once only.</summary>
    public void Start() => new Thread(Loop) { IsBackground = true, Name = "lease" }.Start();

    /// <summary>Asks for the end: the tenure closes, then the lease is released. See <see cref="Completion"/>.</summary>
    public void Stop()
    {
        _stopping = true;
        _wake.Set();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_completion.Task.IsCompleted)
            _wake.Dispose();
    }

    private void Loop()
    {
        try
        {
            while (!_stopping)
            {
                if (TryAcquire() is not { } tenure)
                {
                    Pause(_timings().RetryAfter);
                    continue;
                }
                using (tenure)
                    Hold(tenure);
                if (tenure.End == LeaseEnd.StepDown && !_stopping)
                    // The pod that waits asks every moment: leave it the time to be first.
                    Pause(_timings().Ttl * 3);
            }
            _completion.SetResult();
        }
        catch (Exception e)
        {
            Log.Broke(_logger, e);
            _completion.SetException(e);
        }
    }

    private LeaseTenure? TryAcquire()
    {
        Turn();
        var process = Guid.NewGuid();
        var times = _timings();
        var sentAt = _clock.Now;
        Acquisition answer;
        try
        {
            answer = _leases.Acquire(
                _identity.Shard,
                _identity.PodUid,
                _identity.PodName,
                process,
                times.Ttl
            );
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            Failed(e);
            return null;
        }
        _failingSince = null;
        if (answer.Epoch is not { } epoch)
        {
            if (_heldBy != answer.HeldBy && answer.HeldBy.Length == 0)
                Log.Unknown(_logger, _identity.Shard);
            else if (_heldBy != answer.HeldBy)
                Log.Held(_logger, _identity.Shard, answer.HeldBy);
            _heldBy = answer.HeldBy;
            return null;
        }
        _heldBy = null;
        _metrics.LeaseRenewal("acquired");
        Log.Acquired(_logger, _identity.Shard, epoch);
        var gate = new ActGate(_clock);
        gate.Extend(sentAt, times.ActDeadline);
        return new LeaseTenure(epoch, process, gate);
    }

    private void Hold(LeaseTenure tenure)
    {
        var work = Task.Run(() => _run(tenure));
        _ = work.ContinueWith(
            static (_, wake) => ((AutoResetEvent)wake!).Set(),
            _wake,
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
        var next = _clock.Now + _timings().RenewEvery;
        while (!work.IsCompleted)
        {
            if (next - _clock.Now is { Ticks: > 0 } wait)
                _wake.WaitOne(wait);
            Turn();
            if (_stopping && tenure.End is null)
                tenure.EndBy(LeaseEnd.Stopping);
            if (!work.IsCompleted && _clock.Now >= next)
                next =
                    tenure.End == LeaseEnd.Refused
                        ? _clock.Now + _timings().RenewEvery
                        : Renew(tenure);
        }
        tenure.Gate.Shut();
        work.GetAwaiter().GetResult();
        if (tenure.End != LeaseEnd.Refused)
            Release(tenure);
    }

    /// <summary>Renews once.</summary>
    /// <returns>When to try next.</returns>
    private TimeSpan Renew(LeaseTenure tenure)
    {
        var times = _timings();
        if (!_heartbeat.IsBeating)
        {
            _metrics.LeaseRenewal("withheld");
            if (!_withholding)
                Log.Withheld(_logger, _identity.Shard);
            _withholding = true;
            return _clock.Now + times.RetryAfter;
        }
        _withholding = false;
        var sentAt = _clock.Now;
        Renewal renewal;
        try
        {
            renewal = _leases.Renew(_identity.Shard, tenure.Epoch, tenure.Process, times.Ttl);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            _metrics.LeaseRenewal("failed");
            Failed(e);
            return _clock.Now + times.RetryAfter;
        }
        if (_failingSince is { } since)
        {
            Log.Back(_logger, _identity.Shard, (_clock.Now - since).TotalSeconds, renewal.Outcome);
            tenure.Recovering?.Invoke();
        }
        _failingSince = null;
        switch (renewal.Outcome)
        {
            case RenewOutcome.Refused:
                _metrics.LeaseRenewal("refused");
                Log.Refused(_logger, _identity.Shard, tenure.Epoch);
                tenure.EndBy(LeaseEnd.Refused);
                break;
            case RenewOutcome.Retaken:
                _metrics.LeaseRenewal("retaken");
                tenure.Gate.Extend(sentAt, times.ActDeadline);
                break;
            case RenewOutcome.Renewed:
                _metrics.LeaseRenewal("renewed");
                tenure.Gate.Extend(sentAt, times.ActDeadline);
                break;
            default:
                throw new InvalidOperationException($"unknown outcome {renewal.Outcome}");
        }
        if (renewal.StepDown && tenure.End is null)
        {
            Log.StepDown(_logger, _identity.Shard);
            tenure.EndBy(LeaseEnd.StepDown);
        }
        return sentAt + times.RenewEvery;
    }

    private void Release(LeaseTenure tenure)
    {
        try
        {
            var held = _leases.Release(_identity.Shard, tenure.Epoch, tenure.Process);
            Log.Released(_logger, _identity.Shard, tenure.Epoch, held);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            Log.NotReleased(_logger, _identity.Shard, e.Message);
        }
    }

    private void Failed(Exception e)
    {
        if (_failingSince is null)
            Log.Failing(_logger, _identity.Shard, e.Message);
        _failingSince ??= _clock.Now;
    }

    private void Pause(TimeSpan time)
    {
        var until = _clock.Now + time;
        while (!_stopping && until - _clock.Now is { Ticks: > 0 } left)
        {
            Turn();
            _wake.WaitOne(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
        }
    }

    private void Turn() => Volatile.Write(ref _lastTurn, _clock.Now.Ticks);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.LeaseKeeperAcquired,
            LogLevel.Information,
            "lease {Shard}: acquired with epoch {Epoch}"
        )]
        public static partial void Acquired(ILogger logger, ShardId shard, long epoch);

        [LoggerMessage(
            EventIds.LeaseKeeperUnknown,
            LogLevel.Warning,
            "lease {Shard}: the operator has not registered this pod under its ordinal yet; waiting"
        )]
        public static partial void Unknown(ILogger logger, ShardId shard);

        [LoggerMessage(
            EventIds.LeaseKeeperHeld,
            LogLevel.Warning,
            "lease {Shard}: held by pod {HeldBy}, which may still act; waiting"
        )]
        public static partial void Held(ILogger logger, ShardId shard, string heldBy);

        [LoggerMessage(
            EventIds.LeaseKeeperFailing,
            LogLevel.Warning,
            "lease {Shard}: PostgreSQL does not answer ({Error}); sockets stay open and silent until it does"
        )]
        public static partial void Failing(ILogger logger, ShardId shard, string error);

        [LoggerMessage(
            EventIds.LeaseKeeperBack,
            LogLevel.Information,
            "lease {Shard}: PostgreSQL answers again after {Seconds:0.0} s: {Outcome}"
        )]
        public static partial void Back(
            ILogger logger,
            ShardId shard,
            double seconds,
            RenewOutcome outcome
        );

        [LoggerMessage(
            EventIds.LeaseKeeperRefused,
            LogLevel.Error,
            "lease {Shard}: renewal of epoch {Epoch} refused: the lease has another holder; dropping everything and starting empty"
        )]
        public static partial void Refused(ILogger logger, ShardId shard, long epoch);

        [LoggerMessage(
            EventIds.LeaseKeeperWithheld,
            LogLevel.Error,
            "lease {Shard}: renewal withheld because the sessions' loops make no progress"
        )]
        public static partial void Withheld(ILogger logger, ShardId shard);

        [LoggerMessage(
            EventIds.LeaseKeeperStepDown,
            LogLevel.Warning,
            "lease {Shard}: a newer pod of this ordinal waits; closing, persisting and releasing"
        )]
        public static partial void StepDown(ILogger logger, ShardId shard);

        [LoggerMessage(
            EventIds.LeaseKeeperReleased,
            LogLevel.Information,
            "lease {Shard}: released epoch {Epoch} (still held: {Held})"
        )]
        public static partial void Released(ILogger logger, ShardId shard, long epoch, bool held);

        [LoggerMessage(
            EventIds.LeaseKeeperNotReleased,
            LogLevel.Warning,
            "lease {Shard}: could not be released ({Error}); it ends by itself when it expires"
        )]
        public static partial void NotReleased(ILogger logger, ShardId shard, string error);

        [LoggerMessage(
            EventIds.LeaseKeeperBroke,
            LogLevel.Critical,
            "the lease's thread failed; this process must end"
        )]
        public static partial void Broke(ILogger logger, Exception e);
    }
}
