using System.Data.Common;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Reports;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Runs one session under one epoch: takes the next step of its plan, connects, reports what happened, connects again. What follows
/// from what is decided by <see cref="SessionPlan"/>, <see cref="Aftermath"/>, <see cref="RedialPace"/> and
/// <see cref="SessionReports"/>. All waiting is shared: turns come from the pacer, time-outs from the transport, commits from the
/// group commit.
/// </summary>
internal sealed partial class SessionRunner : ISessionRunner, IServedSession
{
    private readonly SessionContext _context;
    private readonly SessionControl _control;
    private readonly SessionJournal _journal;
    private readonly ISessionAccount _account;
    private readonly Timelock _timelock;
    private RedialPace _pace;
    private SessionOutbox? _outbox;
    private OutboxSender? _sender;
    private ISessionTransport? _live;
    private long _activeAt;

    /// <param name="context">What all sessions share.</param>
    /// <param name="accounts">Makes the session's account.</param>
    /// <param name="wanted">What the operator wants.</param>
    /// <param name="epoch">The epoch of the claim.</param>
    /// <param name="before">What the last owner reported; null for a session that has not run before.</param>
    public SessionRunner(
        SessionContext context,
        AccountFactory accounts,
        Assignment wanted,
        long epoch,
        SessionState? before
    )
    {
        _context = context;
        _control = new(wanted);
        _activeAt = context.Time.GetTimestamp();
        _timelock = new(context.Time, () => _ = ReportUnlockedAsync());
        _journal = new SessionJournal(context, wanted, epoch, before);
        _account = accounts(context, wanted, _journal);
    }

    /// <inheritdoc/>
    public long Id => _journal.State.SessionId;

    /// <inheritdoc/>
    public long Epoch => _journal.State.Epoch;

    /// <inheritdoc/>
    public Assignment Wanted => _control.Wanted;

    /// <inheritdoc/>
    public bool Lost => _journal.Lost;

    /// <inheritdoc/>
    public bool InDoubt => _journal.InDoubt;

    /// <inheritdoc/>
    public IServedSession Served => this;

    /// <inheritdoc/>
    public SessionState State => _journal.State;

    /// <inheritdoc/>
    public SessionOutbox Outbox =>
        Volatile.Read(ref _outbox)
        ?? Interlocked.CompareExchange(
            ref _outbox,
            new SessionOutbox(
                _context.Messages,
                Wanted.TenantId,
                Id,
                Epoch,
                () => Volatile.Read(ref _sender)
            ),
            null
        )
        ?? _outbox!;

    /// <inheritdoc/>
    public Count Count()
    {
        var connection = Volatile.Read(ref _live);
        return new(
            Id,
            Epoch,
            SessionSize.Of(connection is not null, connection?.HeldBytes ?? 0),
            _context.Time.GetElapsedTime(Volatile.Read(ref _activeAt))
        );
    }

    /// <inheritdoc/>
    public void Update(Assignment wish) => _control.Update(wish);

    /// <inheritdoc/>
    public void Reconnect() => _control.Reconnect();

    /// <inheritdoc/>
    public void BeginClose() => _control.BeginClose();

    /// <inheritdoc/>
    public Task ReportReleasedAsync() => _journal.EnterAsync(SessionReports.Released);

    /// <inheritdoc/>
    public void Forget()
    {
        _timelock.Forget();
        Volatile.Read(ref _outbox)?.Close();
        _journal.Close();
        _account.Forget();
    }

    /// <inheritdoc/>
    public async Task RunAsync()
    {
        try
        {
            await _journal.EnterAsync(SessionReports.Claimed);
            while (Rearm() is { } ct)
                await StepAsync(ct);
        }
        catch (SessionLostException)
        {
            if (InDoubt)
                Log.InDoubt(_context.Logger, _journal.Name, Epoch);
            else
                Log.Dropped(_context.Logger, _journal.Name, Epoch);
        }
    }

    private CancellationToken? Rearm() =>
        _context.Dropped.IsCancellationRequested ? null : _control.Rearm();

    private async Task StepAsync(CancellationToken ct)
    {
        try
        {
            var plan = SessionPlan.Next(Wanted, State, State.Paired);
            if (plan.Step == SessionStep.Rest)
            {
                await RestAsync(plan.Phase, ct);
                return;
            }
            await WaitForTurnAsync(ct);
            var paired = await _account.PrepareAsync(ct);
            _journal.SetPaired(paired);
            plan = SessionPlan.Next(Wanted, State, paired);
            if (plan.Step != SessionStep.Rest)
                await FollowAsync(await ConnectAsync(plan.Step, ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Changed(_context.Logger, _journal.Name);
        }
        catch (Exception e) when (e is not SessionLostException)
        {
            await FailAsync(e);
        }
        finally
        {
            Volatile.Write(ref _live, null);
            _account.Forget();
        }
    }

    private async Task WaitForTurnAsync(CancellationToken ct)
    {
        if (_control.TakeHurry())
            _pace = _pace.AtOnce;
        await _context.Pacer.WaitAsync(Wanted.TenantId, _pace.Wait, ct);
    }

    private async Task RestAsync(SessionPhase phase, CancellationToken ct)
    {
        await _journal.EnterAsync(s => SessionReports.Resting(s, phase));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, _context.Dropped);
        await Task.Delay(Timeout.Infinite, over.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<ConnectionEnd> ConnectAsync(SessionStep step, CancellationToken ct)
    {
        var transport = _account.Connection(
            Wanted,
            done => Volatile.Read(ref _outbox)?.Settled(done)
        );
        var sending = new OutboxSender(
            _context.Messages,
            transport,
            Wanted.TenantId,
            Id,
            _context.Logger
        );
        // Before the connection looks for what waits: a message that comes meanwhile is not missed.
        Volatile.Write(ref _sender, sending);
        Volatile.Write(ref _live, transport);
        var end = await new SessionConnection(
            _context,
            _control,
            _journal,
            _timelock,
            transport,
            sending,
            () => Volatile.Write(ref _activeAt, _context.Time.GetTimestamp())
        ).RunAsync(step, ct);
        Volatile.Write(ref _sender, null);
        return end;
    }

    private async Task ReportUnlockedAsync()
    {
        try
        {
            await _journal.EnterAsync(s => SessionReports.Timelocked(s, _timelock.IsOn));
        }
        catch (SessionLostException)
        {
            await _control.InterruptAsync();
        }
        catch (DbException e)
        {
            Log.DatabaseFailed(_context.Logger, _journal.Name, e.Message);
        }
    }

    /// <summary>Draws the consequences of a connection's end.</summary>
    private async Task FollowAsync(ConnectionEnd end)
    {
        if (Lost || _context.Dropped.IsCancellationRequested)
            throw new SessionLostException();
        if (end.Held is not null)
            _pace = _pace.Connected;
        if (end.Disconnect.Kind == DisconnectKind.LocalClose)
        {
            await LeftAsync(end.NotUnlinked);
            return;
        }
        var after = Aftermath.Of(end.Disconnect.Kind, State.Phase, State.Paired);
        _pace = _pace.After(
            after.Redial,
            end.Disconnect,
            end.Held ?? TimeSpan.Zero,
            Random.Shared.NextDouble()
        );
        if (_pace.Wait > TimeSpan.Zero)
            await _journal.EnterAsync(
                s => SessionReports.Ended(s, end.Disconnect, after, Wanted),
                after.WipeKeys
            );
    }

    /// <summary>We closed the connection ourselves: after too long a silence, for another desired state, or because unlinking failed.</summary>
    private async Task LeftAsync(string? failure)
    {
        var silenced = _control.TakeSilenced();
        if (_control.Closing || (!silenced && failure is null))
            return;
        if (failure is not null)
            _pace = _pace.Failed(TimeSpan.Zero, Random.Shared.NextDouble());
        await _journal.EnterAsync(s => SessionReports.Left(s, failure));
    }

    /// <summary>A step failed. The session stays, says what is wrong where it can, and tries again later.</summary>
    private async Task FailAsync(Exception e)
    {
        _pace = _pace.Failed(TimeSpan.Zero, Random.Shared.NextDouble());
        if (CommitFailure.Classify(e) is not null)
        {
            Log.DatabaseFailed(_context.Logger, _journal.Name, e.Message);
        }
        else
        {
            Log.Broken(_context.Logger, _journal.Name, e);
            _pace = _pace with { Wait = Backoff.Most };
            await ReportBrokenAsync(e);
        }
        // Also before a rest, which has no wait of its own.
        if (Rearm() is { } ct)
            await PauseAsync(ct);
    }

    private async Task ReportBrokenAsync(Exception e)
    {
        try
        {
            await _journal.EnterAsync(s => SessionReports.Broken(s, e));
        }
        catch (DbException refused)
        {
            Log.DatabaseFailed(_context.Logger, _journal.Name, refused.Message);
        }
    }

    private async Task PauseAsync(CancellationToken ct)
    {
        try
        {
            await WaitForTurnAsync(ct);
            _pace = _pace.AtOnce;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Changed(_context.Logger, _journal.Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionRunnerDropped,
            LogLevel.Warning,
            "session {Session}: epoch {Epoch} is over (another pod owns it, or this one gave it up); dropped"
        )]
        public static partial void Dropped(ILogger logger, string session, long epoch);

        [LoggerMessage(
            EventIds.SessionRunnerInDoubt,
            LogLevel.Warning,
            "session {Session}: a write under epoch {Epoch} got no answer from PostgreSQL and may still become durable; the session is claimed again, then loaded"
        )]
        public static partial void InDoubt(ILogger logger, string session, long epoch);

        [LoggerMessage(
            EventIds.SessionRunnerChanged,
            LogLevel.Debug,
            "session {Session}: desired state changed"
        )]
        public static partial void Changed(ILogger logger, string session);

        [LoggerMessage(
            EventIds.SessionRunnerDatabaseFailed,
            LogLevel.Warning,
            "session {Session}: PostgreSQL failed: {Error}"
        )]
        public static partial void DatabaseFailed(ILogger logger, string session, string error);

        [LoggerMessage(
            EventIds.SessionRunnerBroken,
            LogLevel.Error,
            "session {Session}: cannot run"
        )]
        public static partial void Broken(ILogger logger, string session, Exception e);
    }
}
