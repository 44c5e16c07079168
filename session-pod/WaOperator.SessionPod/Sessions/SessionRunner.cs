using System.Data.Common;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Reports;
using WaOperator.SessionPod.Transports;
using WaOperator.Store.Sessions;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Runs one session under one epoch: takes the next step of its plan, connects, reports what happened, connects again. What follows
/// from what is decided by <see cref="SessionPlan"/>, <see cref="Aftermath"/>, <see cref="RedialPace"/> and
/// <see cref="SessionReports"/>. All waiting is shared: turns come from the pacer, time-outs from the transport, commits from the
/// group commit.
/// </summary>
internal sealed partial class SessionRunner : ISessionRunner
{
    private readonly SessionContext context;
    private readonly SessionControl control;
    private readonly SessionJournal journal;
    private readonly ISessionAccount account;
    private readonly Timelock timelock;
    private RedialPace pace;
    private SessionOutbox? outbox;
    private OutboxSender? sender;
    private ISessionTransport? live;
    private long activeAt;

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
        this.context = context;
        control = new(wanted);
        activeAt = context.Time.GetTimestamp();
        timelock = new(context.Time, () => _ = ReportUnlockedAsync());
        journal = new SessionJournal(context, wanted, epoch, before);
        account = accounts(context, wanted, journal);
    }

    /// <inheritdoc/>
    public long Id => journal.State.SessionId;

    /// <inheritdoc/>
    public long Epoch => journal.State.Epoch;

    /// <inheritdoc/>
    public Assignment Wanted => control.Wanted;

    /// <inheritdoc/>
    public bool Lost => journal.Lost;

    /// <inheritdoc/>
    public bool InDoubt => journal.InDoubt;

    /// <summary>The session's state as last reported.</summary>
    public SessionState State => journal.State;

    /// <summary>Where messages are queued.</summary>
    public SessionOutbox Outbox =>
        Volatile.Read(ref outbox)
        ?? Interlocked.CompareExchange(
            ref outbox,
            new SessionOutbox(
                context.Messages,
                Wanted.TenantId,
                Id,
                Epoch,
                () => Volatile.Read(ref sender)
            ),
            null
        )
        ?? outbox!;

    /// <inheritdoc/>
    public Count Count()
    {
        var connection = Volatile.Read(ref live);
        return new(
            Id,
            Epoch,
            SessionSize.Of(connection is not null, connection?.HeldBytes ?? 0),
            context.Time.GetElapsedTime(Volatile.Read(ref activeAt))
        );
    }

    /// <inheritdoc/>
    public void Update(Assignment wish) => control.Update(wish);

    /// <inheritdoc/>
    public void Reconnect() => control.Reconnect();

    /// <inheritdoc/>
    public void BeginClose() => control.BeginClose();

    /// <inheritdoc/>
    public Task ReportReleasedAsync() => journal.EnterAsync(SessionReports.Released);

    /// <inheritdoc/>
    public void Forget()
    {
        timelock.Forget();
        Volatile.Read(ref outbox)?.Close();
        journal.Close();
        account.Forget();
    }

    /// <inheritdoc/>
    public async Task RunAsync()
    {
        try
        {
            await journal.EnterAsync(SessionReports.Claimed);
            while (Rearm() is { } ct)
                await StepAsync(ct);
        }
        catch (SessionLostException)
        {
            if (InDoubt)
                Log.InDoubt(context.Logger, journal.Name, Epoch);
            else
                Log.Dropped(context.Logger, journal.Name, Epoch);
        }
    }

    private CancellationToken? Rearm() =>
        context.Dropped.IsCancellationRequested ? null : control.Rearm();

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
            var paired = await account.PrepareAsync(ct);
            journal.SetPaired(paired);
            plan = SessionPlan.Next(Wanted, State, paired);
            if (plan.Step != SessionStep.Rest)
                await FollowAsync(await ConnectAsync(plan.Step, ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Changed(context.Logger, journal.Name);
        }
        catch (Exception e) when (e is not SessionLostException)
        {
            await FailAsync(e);
        }
        finally
        {
            Volatile.Write(ref live, null);
            account.Forget();
        }
    }

    private async Task WaitForTurnAsync(CancellationToken ct)
    {
        if (control.TakeHurry())
            pace = pace.AtOnce;
        await context.Pacer.WaitAsync(Wanted.TenantId, pace.Wait, ct);
    }

    private async Task RestAsync(SessionPhase phase, CancellationToken ct)
    {
        await journal.EnterAsync(s => SessionReports.Resting(s, phase));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct, context.Dropped);
        await Task.Delay(Timeout.Infinite, over.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<ConnectionEnd> ConnectAsync(SessionStep step, CancellationToken ct)
    {
        var transport = account.Connection(
            Wanted,
            done => Volatile.Read(ref outbox)?.Settled(done)
        );
        var sending = new OutboxSender(
            context.Messages,
            transport,
            Wanted.TenantId,
            Id,
            context.Logger
        );
        // Before the connection looks for what waits: a message that comes meanwhile is not missed.
        Volatile.Write(ref sender, sending);
        Volatile.Write(ref live, transport);
        var end = await new SessionConnection(
            context,
            control,
            journal,
            timelock,
            transport,
            sending,
            () => Volatile.Write(ref activeAt, context.Time.GetTimestamp())
        ).RunAsync(step, ct);
        Volatile.Write(ref sender, null);
        return end;
    }

    private async Task ReportUnlockedAsync()
    {
        try
        {
            await journal.EnterAsync(s => SessionReports.Timelocked(s, timelock.IsOn));
        }
        catch (SessionLostException)
        {
            await control.InterruptAsync();
        }
        catch (DbException e)
        {
            Log.DatabaseFailed(context.Logger, journal.Name, e.Message);
        }
    }

    /// <summary>Draws the consequences of a connection's end.</summary>
    private async Task FollowAsync(ConnectionEnd end)
    {
        if (Lost || context.Dropped.IsCancellationRequested)
            throw new SessionLostException();
        if (end.Held is not null)
            pace = pace.Connected;
        if (end.Disconnect.Kind == DisconnectKind.LocalClose)
        {
            await LeftAsync(end.NotUnlinked);
            return;
        }
        var after = Aftermath.Of(end.Disconnect.Kind, State.Phase, State.Paired);
        pace = pace.After(
            after.Redial,
            end.Disconnect,
            end.Held ?? TimeSpan.Zero,
            Random.Shared.NextDouble()
        );
        if (pace.Wait > TimeSpan.Zero)
            await journal.EnterAsync(
                s => SessionReports.Ended(s, end.Disconnect, after, Wanted),
                after.WipeKeys
            );
    }

    /// <summary>We closed the connection ourselves: after too long a silence, for another desired state, or because unlinking failed.</summary>
    private async Task LeftAsync(string? failure)
    {
        var silenced = control.TakeSilenced();
        if (control.Closing || (!silenced && failure is null))
            return;
        if (failure is not null)
            pace = pace.Failed(TimeSpan.Zero, Random.Shared.NextDouble());
        await journal.EnterAsync(s => SessionReports.Left(s, failure));
    }

    /// <summary>A step failed. The session stays, says what is wrong where it can, and tries again later.</summary>
    private async Task FailAsync(Exception e)
    {
        pace = pace.Failed(TimeSpan.Zero, Random.Shared.NextDouble());
        if (CommitFailure.Classify(e) is not null)
        {
            Log.DatabaseFailed(context.Logger, journal.Name, e.Message);
        }
        else
        {
            Log.Broken(context.Logger, journal.Name, e);
            pace = pace with { Wait = Backoff.Most };
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
            await journal.EnterAsync(s => SessionReports.Broken(s, e));
        }
        catch (DbException refused)
        {
            Log.DatabaseFailed(context.Logger, journal.Name, refused.Message);
        }
    }

    private async Task PauseAsync(CancellationToken ct)
    {
        try
        {
            await WaitForTurnAsync(ct);
            pace = pace.AtOnce;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Changed(context.Logger, journal.Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "session {Session}: epoch {Epoch} is over (another pod owns it, or this one gave it up); dropped"
        )]
        public static partial void Dropped(ILogger logger, string session, long epoch);

        [LoggerMessage(
            LogLevel.Warning,
            "session {Session}: a write under epoch {Epoch} got no answer from PostgreSQL and may still become durable; the session is claimed again, then loaded"
        )]
        public static partial void InDoubt(ILogger logger, string session, long epoch);

        [LoggerMessage(LogLevel.Debug, "session {Session}: desired state changed")]
        public static partial void Changed(ILogger logger, string session);

        [LoggerMessage(LogLevel.Warning, "session {Session}: PostgreSQL failed: {Error}")]
        public static partial void DatabaseFailed(ILogger logger, string session, string error);

        [LoggerMessage(LogLevel.Error, "session {Session}: cannot run")]
        public static partial void Broken(ILogger logger, string session, Exception e);
    }
}
