using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Reports;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Runs one session under one epoch: takes the next step of its plan, connects, reports what happened, connects again. What to do is
/// decided by <see cref="SessionPlan"/> and <see cref="Consequence"/>, what to report by <see cref="SessionReports"/>. All waiting is
/// shared: turns come from the pacer, time-outs from the transport, commits from the group commit.
/// </summary>
internal sealed partial class SessionRunner : ISessionRunner, IServedSession
{
    private readonly SessionContext _context;
    private readonly SessionControl _control;
    private readonly SessionJournal _journal;
    private readonly SessionTraffic _traffic;
    private readonly ISessionAccount _account;
    private readonly Timelock _timelock;
    private RedialPace _pace;
    private bool _failed;
    private ProxyAddress? _proxy;

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
        _timelock = new(context.Time, () => _ = ReportUnlockedAsync());
        _journal = new SessionJournal(context, wanted, epoch, before);
        _traffic = new(context, wanted, epoch);
        _account = accounts(context, wanted, _journal);
    }

    /// <inheritdoc/>
    public long Id => State.SessionId;

    /// <inheritdoc/>
    public long Epoch => State.Epoch;

    /// <inheritdoc/>
    public Assignment Wanted => _control.Wanted;

    /// <inheritdoc/>
    public SessionState State => _journal.State;

    /// <inheritdoc/>
    public PairingCode? Code => _journal.Code;

    /// <inheritdoc/>
    public bool Ended => _journal.Closed;

    /// <inheritdoc/>
    public Task NextChange() => _journal.NextChange();

    /// <inheritdoc/>
    public SessionOutbox Outbox => _traffic.Outbox;

    /// <inheritdoc/>
    public LimitState? Tokens => _traffic.Tokens;

    /// <inheritdoc/>
    public ISessionFiles? Files => State.Phase == SessionPhase.Connected ? _traffic.Files : null;

    /// <inheritdoc/>
    public ISocialTransport? Social =>
        State.Phase == SessionPhase.Connected ? _traffic.Social : null;

    /// <inheritdoc/>
    public ISessionTransport? Pairing =>
        State.Phase == SessionPhase.Pairing ? _traffic.Connection : null;

    /// <inheritdoc/>
    public Task TellAsync(HostEvent happened) => _journal.TellAsync(happened);

    /// <inheritdoc/>
    public bool Lost => _journal.Lost;

    /// <inheritdoc/>
    public bool InDoubt => _journal.InDoubt;

    /// <inheritdoc/>
    public IServedSession Served => this;

    /// <inheritdoc/>
    public Count Count() => _traffic.Count();

    /// <inheritdoc/>
    public void Update(Assignment wish) =>
        _control.Update(
            wish,
            !State.Paired,
            State.Paired && SessionPlan.IsLogoutDue(wish, State),
            _context.Proxies.IsElsewhere(wish, Volatile.Read(ref _proxy)),
            !State.Paired && SessionPlan.IsRestoreDue(wish, State)
        );

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
        _traffic.Close();
        _journal.Close();
        _context.Messages.Broadcasts.Call(Id);
        _context.Proxies.Forget(Id);
        _account.Forget();
    }

    /// <inheritdoc/>
    public async Task RunAsync()
    {
        try
        {
            await _journal.EnterAsync(SessionReports.Claimed);
            while (!_context.Dropped.IsCancellationRequested && _control.Rearm() is { } ct)
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

    private async Task StepAsync(CancellationToken ct)
    {
        try
        {
            // Also before a rest, which has no wait of its own.
            if (_failed)
                await PauseAsync(ct);
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
            if (plan.Step == SessionStep.Restore)
                await RestoreAsync(ct);
            else if (plan.Step != SessionStep.Rest)
            {
                await ExamineAsync(paired);
                await FollowAsync(await ConnectAsync(plan.Step, ct));
            }
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
            _traffic.End();
            _account.Forget();
        }
    }

    /// <summary>Says what looks wrong with the device, which then logs in all the same.</summary>
    private async Task ExamineAsync(bool paired)
    {
        var fault = paired ? _account.Examine(_context.Pool().SuspectDeviceIdAbove) : null;
        if (
            fault is { } found
            && _context.Suspects.Found(Id, $"{Wanted.Namespace}/{Wanted.Tenant}", found.Reason)
        )
            Log.Suspect(
                _context.Logger,
                _journal.Name,
                _journal.Phone,
                found.Reason,
                found.Detail,
                found.Reason.Meaning
            );
        if (!await _journal.TryAsync(_journal.EnterAsync(s => SessionReports.Examined(s, fault))))
            throw new SessionLostException();
    }

    /// <summary>No connection runs, and the next step loads what was restored.</summary>
    private async Task RestoreAsync(CancellationToken ct)
    {
        var wanted = Wanted;
        if (!SessionPlan.IsRestoreDue(wanted, State))
            return;
        var archive = await _context.Keys.ArchiveAsync(Id, ct);
        await _journal.RestoreAsync(wanted.RestoreRequest, archive);
    }

    private async Task PauseAsync(CancellationToken ct)
    {
        _failed = false;
        await WaitForTurnAsync(ct);
        _pace = _pace.AtOnce;
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
        var wanted = Wanted;
        var proxy = _context.Proxies.For(wanted);
        Volatile.Write(ref _proxy, proxy);
        var transport = _account.Connection(wanted, proxy, _traffic.Settled);
        var sending = _traffic.Begin(transport);
        return await new SessionConnection(
            _context,
            _control,
            _journal,
            _timelock,
            transport,
            sending,
            _traffic.Touch
        ).RunAsync(step, ct);
    }

    private async Task FollowAsync(ConnectionEnd end)
    {
        if (Lost || _context.Dropped.IsCancellationRequested)
            throw new SessionLostException();
        var left = end.Disconnect.Kind == DisconnectKind.LocalClose;
        var next = left
            ? Consequence.OfLeaving(
                end,
                _pace,
                _control.TakeSilenced(),
                _control.Closing,
                Random.Shared.NextDouble()
            )
            : Consequence.OfEnd(end, _pace, State, Wanted, Random.Shared.NextDouble());
        _pace = next.Pace;
        if (next.Report is { } report)
            await _journal.EnterAsync(report, next.WipeKeys);
    }

    /// <summary>A step failed. The session stays, says what is wrong where it can, and tries again later.</summary>
    private async Task FailAsync(Exception e)
    {
        var next = Consequence.OfFailure(e, _pace, Random.Shared.NextDouble());
        (_pace, _failed) = (next.Pace, true);
        if (next.Report is not { } report)
        {
            Log.DatabaseFailed(_context.Logger, _journal.Name, e.Message);
            return;
        }
        Log.Broken(_context.Logger, _journal.Name, e);
        if (!await _journal.TryAsync(_journal.EnterAsync(report)))
            throw new SessionLostException();
    }

    private async Task ReportUnlockedAsync()
    {
        var report = _journal.EnterAsync(s => SessionReports.Timelocked(s, _timelock.IsOn));
        if (!await _journal.TryAsync(report))
            await _control.InterruptAsync();
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
            EventIds.SessionRunnerSuspect,
            LogLevel.Warning,
            "session {Session} (phone {Phone}): {Reason} {Detail}: {Meaning}"
        )]
        public static partial void Suspect(
            ILogger logger,
            string session,
            string phone,
            string reason,
            string detail,
            string meaning
        );

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
