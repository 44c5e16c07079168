using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Reports;
using WaOperator.Store.Sessions;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Sessions;

/// <summary>
/// Runs one session under one epoch: decides what to do next, dials, reports transitions, dials again. All waiting is shared:
/// turns come from the pacer, time-outs from the wire library's wheel, commits from the group commit.
/// </summary>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A token source without a timer holds nothing; somebody may cancel it late."
)]
internal sealed partial class SessionRunner : ISessionRunner
{
    private static readonly TimeSpan BannedWait = TimeSpan.FromHours(1);

    private readonly SessionContext context;
    private readonly DeviceStore store;
    private readonly SessionJournal journal;
    private readonly Lock wishLock = new();
    private Assignment wanted;
    private Backoff backoff;
    private TimeSpan redial;
    private CancellationTokenSource interrupt = new();
    private bool connecting;
    private bool closing;
    private bool silenced;
    private string? notUnlinked;
    private bool restarted;
    private long connectedAt;
    private SessionOutbox? outbox;
    private OutboxSender? sender;
    private long activeAt;
    private WhatsAppClient? live;
    private readonly Timelock timelock;

    /// <param name="context">What all sessions share.</param>
    /// <param name="wanted">What the operator wants.</param>
    /// <param name="epoch">The epoch of the claim.</param>
    /// <param name="before">What the last owner reported; null for a session that nobody ran before.</param>
    public SessionRunner(
        SessionContext context,
        Assignment wanted,
        long epoch,
        SessionState? before
    )
    {
        this.context = context;
        this.wanted = wanted;
        activeAt = context.Time.GetTimestamp();
        timelock = new(context.Time, () => _ = UnlockAsync());
        journal = new SessionJournal(context, wanted, epoch, before);
        store = new DeviceStore(
            wanted.TenantId,
            wanted.Id,
            context.Keyring,
            context.Keys,
            journal.CommitKeysAsync
        );
    }

    /// <inheritdoc/>
    public long Id => journal.State.SessionId;

    /// <inheritdoc/>
    public long Epoch => journal.State.Epoch;

    /// <inheritdoc/>
    public Assignment Wanted => Volatile.Read(ref wanted);

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
        var client = Volatile.Read(ref live);
        return new(
            Id,
            Epoch,
            SessionSize.Of(client is not null, client?.HeldBytes ?? 0),
            context.Time.GetElapsedTime(Volatile.Read(ref activeAt))
        );
    }

    /// <inheritdoc/>
    public async Task RunAsync()
    {
        try
        {
            await AnnounceAsync();
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

    /// <inheritdoc/>
    public void Forget()
    {
        timelock.Forget();
        Volatile.Read(ref outbox)?.Close();
        journal.Close();
        store.Forget();
    }

    /// <inheritdoc/>
    public void Update(Assignment wish)
    {
        CancellationTokenSource? stop = null;
        lock (wishLock)
        {
            var before = wanted;
            Volatile.Write(ref wanted, wish);
            var turned = wish.Desired != before.Desired;
            // A connection goes on whatever else changes; waiting and resting look again.
            if (!connecting || turned)
                stop = interrupt;
            if (turned || wish.PairRequest != before.PairRequest)
                redial = TimeSpan.Zero;
        }
        stop?.Cancel();
    }

    /// <inheritdoc/>
    public void Reconnect()
    {
        lock (wishLock)
        {
            if (!connecting)
                return;
            silenced = true;
        }
        interrupt.Cancel();
    }

    /// <inheritdoc/>
    public void BeginClose()
    {
        lock (wishLock)
            closing = true;
        interrupt.Cancel();
    }

    /// <inheritdoc/>
    public Task ReportReleasedAsync() =>
        State.Phase is SessionPhase.Connected or SessionPhase.Connecting or SessionPhase.Pairing
            ? journal.EnterAsync(s =>
                s with
                {
                    Phase = Trying(s),
                    Reason = Reasons.Released,
                    Message = Reasons.Released.Sentence,
                }
            )
            : Task.CompletedTask;

    private static SessionPhase Trying(SessionState state) =>
        state.Paired ? SessionPhase.Reconnecting : SessionPhase.Starting;

    /// <summary>What the last owner reported may have been overtaken: it must not stay as a lie until our turn to dial comes.</summary>
    private Task AnnounceAsync() =>
        State.Phase is SessionPhase.Connected or SessionPhase.Pairing
            ? journal.EnterAsync(s =>
                s with
                {
                    Phase = s.Paired ? SessionPhase.Connecting : SessionPhase.Starting,
                    Reason = Reasons.Claimed,
                    Message = Reasons.Claimed.Sentence,
                }
            )
            : Task.CompletedTask;

    /// <summary>A fresh interrupt for the next step; null when the session closes.</summary>
    private CancellationToken? Rearm()
    {
        lock (wishLock)
        {
            if (closing || context.Dropped.IsCancellationRequested)
                return null;
            connecting = false;
            // The old one is left to the garbage collector: somebody may be about to cancel it once more.
            if (interrupt.IsCancellationRequested)
                interrupt = new();
            return interrupt.Token;
        }
    }

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
            await context.Pacer.WaitAsync(Wanted.TenantId, redial, ct);
            var paired = await store.PrepareAsync(ct);
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
            store.Forget();
        }
    }

    private async Task RestAsync(SessionPhase phase, CancellationToken ct)
    {
        if (phase != State.Phase)
            await journal.EnterAsync(s =>
                s with
                {
                    Phase = phase,
                    Reason = Reasons.Of(phase),
                    Message = "",
                    Paired = phase != SessionPhase.Unlinked && s.Paired,
                }
            );
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = ct.UnsafeRegister(
            static changed => ((TaskCompletionSource)changed!).TrySetResult(),
            changed
        );
        await using var dropped = context.Dropped.UnsafeRegister(
            static changed => ((TaskCompletionSource)changed!).TrySetResult(),
            changed
        );
        await changed.Task;
    }

    private async Task<Disconnect> ConnectAsync(SessionStep step, CancellationToken ct)
    {
        var messages = new PodMessageStore(
            context.Messages,
            Wanted.TenantId,
            Id,
            Epoch,
            done => Volatile.Read(ref outbox)?.Settled(done)
        );
        var client = new WhatsAppClient(
            context.Runtime,
            new DeviceOptions
            {
                Name = Wanted.DeviceName,
                ExpectedPhone = Wanted.Phone,
                Pairing = Wanted.PairingMethod == "Code" ? PairingMethod.Code : PairingMethod.Qr,
                FirstPreKeys = context.Pool().PreKeys,
            },
            store,
            context.Gate,
            new SessionLogger(context.Logger, journal.Name),
            messages
        );
        var sending = new OutboxSender(
            context.Messages,
            client,
            Wanted.TenantId,
            Id,
            context.Logger
        );
        // Before the connection looks for what waits: a message that comes meanwhile is not missed.
        Volatile.Write(ref sender, sending);
        lock (wishLock)
            connecting = true;
        connectedAt = 0;
        notUnlinked = null;
        context.Metrics.Login();
        Volatile.Write(ref live, client);
        var run = client.RunAsync(
            e =>
            {
                if (e is Connected)
                    sending.Open(messages.Waiting);
                return OnEventAsync(e);
            },
            context.Dropped
        );
        if (step == SessionStep.Unlink)
            _ = UnlinkAsync(client, ct);
        await using var registration = ct.UnsafeRegister(_ => _ = LeaveAsync(client), null);
        var end = await run;
        sending.Close();
        Volatile.Write(ref sender, null);
        await messages.SettledAsync();
        if (messages.InDoubt)
            journal.Doubt();
        context.Metrics.Disconnected(end.Kind.ToString());
        return end;
    }

    /// <summary>Leaves a live connection: a deletion uses it to unlink first.</summary>
    private Task LeaveAsync(WhatsAppClient client) =>
        Wanted is { Desired: DesiredState.Deleting, SkipUnlink: false }
        && State is { Paired: true, Phase: SessionPhase.Connected }
        && !closing
        && !Lost
            ? UnlinkAsync(client, context.Dropped)
            : client.CloseAsync();

    private async Task UnlinkAsync(WhatsAppClient client, CancellationToken ct)
    {
        try
        {
            // False: the connection ended for another reason, which tells itself.
            await client.UnlinkAsync(ct);
        }
        catch (Exception e)
        {
            if (!ct.IsCancellationRequested)
                notUnlinked = e.Message;
            Log.NotUnlinked(context.Logger, journal.Name, e.Message);
            await client.CloseAsync();
        }
    }

    private async ValueTask OnEventAsync(ClientEvent happened)
    {
        Volatile.Write(ref activeAt, context.Time.GetTimestamp());
        try
        {
            switch (happened)
            {
                case QrCode code:
                    await ShowAsync(
                        "QR",
                        code.Code,
                        code.Number,
                        code.Of,
                        code.ValidFor,
                        "a code waits to be scanned"
                    );
                    break;
                case PhoneCode code:
                    await ShowAsync(
                        "Code",
                        code.Code,
                        1,
                        1,
                        code.ValidFor,
                        "a code waits to be typed into the phone"
                    );
                    break;
                case Connected:
                    connectedAt = context.Time.GetTimestamp();
                    restarted = false;
                    redial = TimeSpan.Zero;
                    await ReportConnectedAsync();
                    break;
                case ReachOutLocked:
                    // What it stops is told message by message; the state only once.
                    if (timelock.Refused())
                        context.Metrics.Timelocked();
                    await journal.EnterAsync(s =>
                        s.Phase == SessionPhase.Connected ? s with { Reason = Settled } : s
                    );
                    break;
                default:
                    Log.Happened(context.Logger, journal.Name, happened);
                    break;
            }
        }
        catch (SessionLostException)
        {
            await interrupt.CancelAsync();
        }
        catch (DbException e)
        {
            // PostgreSQL refuses the report itself; the session goes on, and the next transition reports again.
            Log.DatabaseFailed(context.Logger, journal.Name, e.Message);
        }
    }

    /// <summary>The reason of a session that is connected.</summary>
    private Reason Settled => timelock.IsOn ? Reasons.ReachOutTimelock : Reasons.Connected;

    private async Task UnlockAsync()
    {
        try
        {
            await journal.EnterAsync(s =>
                s is { Phase: SessionPhase.Connected } ? s with { Reason = Settled } : s
            );
        }
        catch (SessionLostException)
        {
            await interrupt.CancelAsync();
        }
        catch (DbException e)
        {
            Log.DatabaseFailed(context.Logger, journal.Name, e.Message);
        }
    }

    private Task ReportConnectedAsync()
    {
        var again = State.LastConnectedAt is not null;
        if (again)
            context.Metrics.Reconnect();
        return journal.EnterAsync(s =>
            s with
            {
                Phase = SessionPhase.Connected,
                Reason = Settled,
                Message = "",
                LastConnectedAt = context.Time.GetUtcNow(),
                Reconnects = s.Reconnects + (again ? 1 : 0),
            }
        );
    }

    private Task ShowAsync(
        string kind,
        string code,
        int number,
        int total,
        TimeSpan validFor,
        string message
    ) =>
        journal.ShowAsync(
            new PairingCode(
                Id,
                Epoch,
                kind,
                code,
                number,
                total,
                context.Time.GetUtcNow() + validFor
            ),
            s =>
                s with
                {
                    Phase = SessionPhase.Pairing,
                    Reason = Reasons.CodeShown,
                    Message = message,
                    PairRequest = Wanted.PairRequest,
                }
        );

    /// <summary>Draws the consequences of a connection's end.</summary>
    private async Task FollowAsync(Disconnect end)
    {
        if (Lost || context.Dropped.IsCancellationRequested)
            throw new SessionLostException();
        var held = connectedAt == 0 ? TimeSpan.Zero : context.Time.GetElapsedTime(connectedAt);
        if (end.Kind == DisconnectKind.LocalClose)
        {
            await LeftAsync();
            return;
        }
        var after = Aftermath.Of(end.Kind, State.Phase, State.Paired);
        redial = Wait(after.Redial, end, held);
        if (redial > TimeSpan.Zero)
            await journal.EnterAsync(s => After(s, end, after), after.WipeKeys);
    }

    private SessionState After(SessionState state, Disconnect end, Aftermath after)
    {
        var next = state with
        {
            Phase = after.Phase,
            Reason = Reasons.Of(end.Kind),
            Message = end.Message,
            PairRequest = SessionPlan.NeedsRequest(after.Phase)
                ? Wanted.PairRequest
                : state.PairRequest,
        };
        if (!after.WipeKeys)
            return next;
        return next with
        {
            Phase = Wanted.Desired == DesiredState.Deleting ? SessionPhase.Unlinked : next.Phase,
            Paired = false,
            Phone = null,
            Jid = null,
            Lid = null,
            Platform = null,
        };
    }

    /// <summary>We closed the connection ourselves: after too long a silence, for another wish, or since it could not be unlinked.</summary>
    private async Task LeftAsync()
    {
        var (tooLong, failure) = (silenced, notUnlinked);
        (silenced, notUnlinked) = (false, null);
        if (closing || (!tooLong && failure is null))
            return;
        if (failure is not null)
            BackOff(TimeSpan.Zero);
        await journal.EnterAsync(s =>
            s with
            {
                Phase = Trying(s),
                Reason = failure is null ? Reasons.Silent : Reasons.NotUnlinked,
                Message = failure ?? Reasons.Silent.Meaning,
            }
        );
    }

    /// <summary>A step failed. The session stays, says what is wrong where it can, and tries again later.</summary>
    private async Task FailAsync(Exception e)
    {
        BackOff(TimeSpan.Zero);
        if (
            e is not InvalidDataException
            && e is DbException or TimeoutException or SocketException
        )
        {
            Log.DatabaseFailed(context.Logger, journal.Name, e.Message);
        }
        else
        {
            Log.Broken(context.Logger, journal.Name, e);
            redial = Backoff.Most;
            await ReportBrokenAsync(e);
        }
        // Also before a rest, which has no wait of its own.
        await PauseAsync();
    }

    private async Task ReportBrokenAsync(Exception e)
    {
        try
        {
            await journal.EnterAsync(s =>
                s with
                {
                    Phase = Trying(s),
                    Reason =
                        e is InvalidDataException ? Reasons.KeysUnreadable : Reasons.InternalError,
                    Message = e.Message,
                }
            );
        }
        catch (DbException refused)
        {
            Log.DatabaseFailed(context.Logger, journal.Name, refused.Message);
        }
    }

    private async Task PauseAsync()
    {
        if (Rearm() is not { } ct)
            return;
        try
        {
            await context.Pacer.WaitAsync(Wanted.TenantId, redial, ct);
            redial = TimeSpan.Zero;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Changed(context.Logger, journal.Name);
        }
    }

    private TimeSpan Wait(Redial how, Disconnect end, TimeSpan held)
    {
        switch (how)
        {
            case Redial.AtOnce when !restarted:
                restarted = true;
                return TimeSpan.Zero;
            case Redial.Replaced:
                (backoff, var replacedFor) = backoff.AfterReplacement(held);
                return replacedFor;
            case Redial.Banned:
                return end.RetryAfter ?? BannedWait;
            case Redial.Slowly:
                BackOff(held);
                return Backoff.Most;
            default:
                BackOff(held);
                return redial;
        }
    }

    private void BackOff(TimeSpan held) =>
        (backoff, redial) = backoff.AfterFailure(held, Random.Shared.NextDouble());

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "session {Session}: epoch {Epoch} is over, somebody else owns it or the pod gave it up; dropped"
        )]
        public static partial void Dropped(ILogger logger, string session, long epoch);

        [LoggerMessage(
            LogLevel.Warning,
            "session {Session}: a write under epoch {Epoch} got no answer from PostgreSQL and may still become durable; the session is claimed again, then loaded"
        )]
        public static partial void InDoubt(ILogger logger, string session, long epoch);

        [LoggerMessage(LogLevel.Debug, "session {Session}: {Event}")]
        public static partial void Happened(ILogger logger, string session, ClientEvent @event);

        [LoggerMessage(LogLevel.Debug, "session {Session}: something else is wanted")]
        public static partial void Changed(ILogger logger, string session);

        [LoggerMessage(LogLevel.Warning, "session {Session}: PostgreSQL failed: {Error}")]
        public static partial void DatabaseFailed(ILogger logger, string session, string error);

        [LoggerMessage(LogLevel.Warning, "session {Session}: could not unlink: {Error}")]
        public static partial void NotUnlinked(ILogger logger, string session, string error);

        [LoggerMessage(LogLevel.Error, "session {Session}: cannot run")]
        public static partial void Broken(ILogger logger, string session, Exception e);
    }
}
