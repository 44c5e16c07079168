using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Sessions;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

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
internal sealed partial class SessionRunner
{
    private static readonly TimeSpan BannedWait = TimeSpan.FromHours(1);

    private readonly SessionContext context;
    private readonly DeviceStore store;
    private readonly Lock wishLock = new();
    private Assignment wanted;
    private SessionState state;
    private Backoff backoff;
    private TimeSpan redial;
    private CancellationTokenSource interrupt = new();
    private bool connecting;
    private bool closing;
    private bool lost;
    private bool codeShown;
    private bool silenced;
    private string? notUnlinked;
    private bool restarted;
    private long connectedAt;

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
        state = before is null
            ? new(
                wanted.Id,
                epoch,
                SessionPhase.Starting,
                "",
                "",
                false,
                null,
                null,
                null,
                null,
                null,
                0,
                ""
            )
            : before with
            {
                Epoch = epoch,
            };
        context.Counts.Enter(state.Phase);
        store = new DeviceStore(
            wanted.TenantId,
            wanted.Id,
            context.Keyring,
            context.Keys,
            CommitKeysAsync
        );
    }

    /// <summary>The session's key.</summary>
    public long Id => state.SessionId;

    /// <summary>The epoch under which it writes.</summary>
    public long Epoch => state.Epoch;

    /// <summary>What the operator wants, as far as the session knows.</summary>
    public Assignment Wanted => Volatile.Read(ref wanted);

    /// <summary>The last reported state.</summary>
    public SessionState State => Volatile.Read(ref state);

    /// <summary>Somebody else owns the session: it has been dropped.</summary>
    public bool Lost => Volatile.Read(ref lost);

    /// <summary>Runs until <see cref="BeginClose"/> or until the session is lost. Once only.</summary>
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
            Log.Dropped(context.Logger, Name, Epoch);
        }
        finally
        {
            context.Counts.Leave(state.Phase);
            store.Forget();
        }
    }

    /// <summary>The operator wants something else.</summary>
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

    /// <summary>Ends the current connection; it is dialled again as soon as the gate is open.</summary>
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

    /// <summary>Begins the end: <see cref="RunAsync"/> completes when the socket is closed.</summary>
    public void BeginClose()
    {
        lock (wishLock)
            closing = true;
        interrupt.Cancel();
    }

    /// <summary>After <see cref="RunAsync"/>: reports that nobody holds the connection now. Writes nothing where that is no news.</summary>
    public async Task ReportReleasedAsync()
    {
        if (Lost)
            return;
        SessionPhase? phase = state.Phase switch
        {
            SessionPhase.Connected or SessionPhase.Connecting => SessionPhase.Reconnecting,
            SessionPhase.Pairing => SessionPhase.Starting,
            _ => null,
        };
        if (phase is null && !codeShown)
            return;
        await context.Commits.CommitAsync(
            new SessionWrite(Id, Epoch)
            {
                ClearPairing = codeShown,
                State = state with
                {
                    Phase = phase ?? state.Phase,
                    Reason = "Released",
                    Message = "closed and given back by its shard",
                },
            }
        );
    }

    private string Name => $"{wanted.Namespace}/{wanted.Name}";

    /// <summary>What the last owner reported may have been overtaken: it must not stay as a lie until our turn to dial comes.</summary>
    private Task AnnounceAsync() =>
        state.Phase switch
        {
            SessionPhase.Connected => EnterAsync(
                state with
                {
                    Phase = SessionPhase.Connecting,
                    Reason = "Claimed",
                    Message = "a new owner logs in",
                }
            ),
            SessionPhase.Pairing => EnterAsync(
                state with
                {
                    Phase = SessionPhase.Starting,
                    Reason = "Claimed",
                    Message = "a new owner shows another code",
                },
                clearPairing: true
            ),
            _ => Task.CompletedTask,
        };

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
            var plan = SessionPlan.Next(Wanted, state, state.Paired);
            if (plan.Step == SessionStep.Rest)
            {
                await RestAsync(plan.Phase, ct);
                return;
            }
            await context.Pacer.WaitAsync(redial, ct);
            var paired = await store.PrepareAsync(ct);
            if (paired != state.Paired)
                Volatile.Write(ref state, state with { Paired = paired });
            plan = SessionPlan.Next(Wanted, state, paired);
            if (plan.Step != SessionStep.Rest)
                await FollowAsync(await ConnectAsync(plan.Step, ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Changed(context.Logger, Name);
        }
        catch (Exception e) when (e is not SessionLostException)
        {
            await FailAsync(e);
        }
        finally
        {
            store.Forget();
        }
    }

    private async Task RestAsync(SessionPhase phase, CancellationToken ct)
    {
        if (phase != state.Phase)
            await EnterAsync(
                state with
                {
                    Phase = phase,
                    Reason = phase.ToString(),
                    Message = "",
                    Paired = phase != SessionPhase.Unlinked && state.Paired,
                },
                clearPairing: codeShown
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
        var client = new WhatsAppClient(
            context.Runtime,
            new DeviceOptions
            {
                Name = Wanted.DeviceName,
                ExpectedPhone = Wanted.Phone,
                FirstPreKeys = context.Pool().PreKeys,
            },
            store,
            context.Gate,
            new SessionLogger(context.Logger, Name)
        );
        lock (wishLock)
            connecting = true;
        connectedAt = 0;
        context.Metrics.Login();
        var run = client.RunAsync(OnEventAsync, context.Dropped);
        if (step == SessionStep.Unlink)
            _ = UnlinkAsync(client, ct);
        await using var registration = ct.UnsafeRegister(_ => _ = LeaveAsync(client), null);
        var end = await run;
        context.Metrics.Disconnected(end.Kind.ToString());
        return end;
    }

    /// <summary>Leaves a live connection: a deletion uses it to unlink first.</summary>
    private Task LeaveAsync(WhatsAppClient client) =>
        Wanted is { Desired: DesiredState.Deleting, SkipUnlink: false }
        && state is { Paired: true, Phase: SessionPhase.Connected }
        && !closing
        && !lost
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
            Log.NotUnlinked(context.Logger, Name, e.Message);
            await client.CloseAsync();
        }
    }

    private async ValueTask OnEventAsync(ClientEvent happened)
    {
        try
        {
            switch (happened)
            {
                case QrCode code:
                    await ShowAsync(code);
                    break;
                case Connected:
                    connectedAt = context.Time.GetTimestamp();
                    restarted = false;
                    redial = TimeSpan.Zero;
                    var again = state.LastConnectedAt is not null;
                    if (again)
                        context.Metrics.Reconnect();
                    await EnterAsync(
                        state with
                        {
                            Phase = SessionPhase.Connected,
                            Reason = "Connected",
                            Message = "",
                            LastConnectedAt = context.Time.GetUtcNow(),
                            Reconnects = state.Reconnects + (again ? 1 : 0),
                        },
                        clearPairing: codeShown
                    );
                    break;
                default:
                    Log.Happened(context.Logger, Name, happened);
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
            Log.DatabaseFailed(context.Logger, Name, e.Message);
        }
    }

    private async Task ShowAsync(QrCode code)
    {
        var expires = context.Time.GetUtcNow() + code.ValidFor;
        codeShown = true;
        await EnterAsync(
            state with
            {
                Phase = SessionPhase.Pairing,
                Reason = "CodeShown",
                Message =
                    Wanted.PairingMethod == "QR"
                        ? "a code waits to be scanned"
                        : "a code waits to be scanned; pairing by typed characters is not there yet",
                PairRequest = Wanted.PairRequest,
            },
            code: new PairingCode(Id, Epoch, "QR", code.Code, code.Number, code.Of, expires)
        );
    }

    /// <summary>Draws the consequences of a connection's end.</summary>
    private async Task FollowAsync(Disconnect end)
    {
        if (lost || context.Dropped.IsCancellationRequested)
            throw new SessionLostException();
        var held = connectedAt == 0 ? TimeSpan.Zero : context.Time.GetElapsedTime(connectedAt);
        if (end.Kind == DisconnectKind.LocalClose)
        {
            await LeftAsync();
            return;
        }
        var after = Aftermath.Of(end.Kind, state.Phase, state.Paired);
        redial = Wait(after.Redial, end, held);
        if (redial == TimeSpan.Zero)
            return;
        var served = SessionPlan.NeedsRequest(after.Phase) ? Wanted.PairRequest : state.PairRequest;
        var next = state with
        {
            Phase = after.Phase,
            Reason = end.Kind.ToString(),
            Message = end.Message,
            PairRequest = served,
        };
        if (after.WipeKeys)
            next = next with
            {
                Phase =
                    Wanted.Desired == DesiredState.Deleting ? SessionPhase.Unlinked : next.Phase,
                Paired = false,
                Phone = null,
                Jid = null,
                Lid = null,
                Platform = null,
            };
        await EnterAsync(next, clearPairing: codeShown, wipeKeys: after.WipeKeys);
    }

    /// <summary>We closed the connection ourselves: after too long a silence, for another wish, or since it could not be unlinked.</summary>
    private async Task LeftAsync()
    {
        var (tooLong, failure) = (silenced, notUnlinked);
        (silenced, notUnlinked) = (false, null);
        if (closing || (!tooLong && failure is null))
            return;
        if (failure is not null)
            Redial(TimeSpan.Zero);
        await EnterAsync(
            state with
            {
                Phase = state.Paired ? SessionPhase.Reconnecting : SessionPhase.Starting,
                Reason = failure is null ? "Silent" : "NotUnlinked",
                Message =
                    failure ?? "closed after the silent limit: the pod could not renew its lease",
            },
            clearPairing: codeShown
        );
    }

    /// <summary>A step failed. The session stays, says what is wrong where it can, and tries again later.</summary>
    private async Task FailAsync(Exception e)
    {
        Redial(TimeSpan.Zero);
        if (
            e is not InvalidDataException
            && e is DbException or TimeoutException or SocketException
        )
        {
            Log.DatabaseFailed(context.Logger, Name, e.Message);
        }
        else
        {
            Log.Broken(context.Logger, Name, e);
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
            await EnterAsync(
                state with
                {
                    Phase = state.Paired ? SessionPhase.Reconnecting : SessionPhase.Starting,
                    Reason = e is InvalidDataException ? "KeysUnreadable" : "InternalError",
                    Message = e.Message,
                }
            );
        }
        catch (DbException refused)
        {
            Log.DatabaseFailed(context.Logger, Name, refused.Message);
        }
    }

    private async Task PauseAsync()
    {
        if (Rearm() is not { } ct)
            return;
        try
        {
            await context.Pacer.WaitAsync(redial, ct);
            redial = TimeSpan.Zero;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Changed(context.Logger, Name);
        }
    }

    private TimeSpan Wait(Redial how, Disconnect end, TimeSpan held)
    {
        switch (how)
        {
            case Sessions.Redial.AtOnce when !restarted:
                restarted = true;
                return TimeSpan.Zero;
            case Sessions.Redial.Replaced:
                (backoff, var replacedFor) = backoff.AfterReplacement(held);
                return replacedFor;
            case Sessions.Redial.Banned:
                return end.RetryAfter ?? BannedWait;
            case Sessions.Redial.Slowly:
                Redial(held);
                return Backoff.Most;
            default:
                Redial(held);
                return redial;
        }
    }

    private void Redial(TimeSpan held) =>
        (backoff, redial) = backoff.AfterFailure(held, Random.Shared.NextDouble());

    private async Task<CommitOutcome> CommitKeysAsync(
        IReadOnlyList<KeyWrite> keys,
        DeviceCredentials? credentials
    )
    {
        // The news that the device is linked joins the transaction that makes it true.
        SessionState? linked =
            credentials is { IsPaired: true, Me: { } me } && !state.Paired
                ? state with
                {
                    Phase = SessionPhase.Connecting,
                    Reason = "Paired",
                    Message = "",
                    Paired = true,
                    Phone = me.User,
                    Jid = me.ToString(),
                    Lid = credentials.Lid?.ToString(),
                    Platform = credentials.Platform,
                }
                : null;
        var outcome = await context.Commits.CommitAsync(
            new SessionWrite(Id, Epoch)
            {
                Keys = keys,
                State = linked,
                ClearPairing = linked is not null,
            }
        );
        Note(outcome);
        if (outcome == CommitOutcome.Committed && linked is not null)
        {
            Moved(linked);
            codeShown = false;
        }
        return outcome;
    }

    /// <summary>Reports a transition, unless it is none.</summary>
    /// <exception cref="SessionLostException">Somebody else owns the session, or the pod gave it up.</exception>
    private async Task EnterAsync(
        SessionState next,
        PairingCode? code = null,
        bool clearPairing = false,
        bool wipeKeys = false
    )
    {
        var news = !IsSame(next, state);
        if (!news && code is null && !clearPairing && !wipeKeys)
            return;
        var write = new SessionWrite(Id, Epoch)
        {
            State = news ? next : null,
            Pairing = code,
            ClearPairing = clearPairing,
            WipeKeys = wipeKeys,
        };
        // It holds no counter that moved on: written once more by the same owner it says the same.
        CommitOutcome outcome;
        do Note(outcome = await context.Commits.CommitAsync(write));
        while (outcome == CommitOutcome.Unknown);
        if (outcome != CommitOutcome.Committed)
            throw new SessionLostException();
        if (clearPairing)
            codeShown = false;
        if (news)
            Moved(next);
    }

    private void Note(CommitOutcome outcome)
    {
        if (outcome == CommitOutcome.Fenced)
            context.Metrics.Fenced();
        if (outcome is CommitOutcome.Fenced or CommitOutcome.Dropped)
            Volatile.Write(ref lost, true);
    }

    private void Moved(SessionState next)
    {
        if (next.Phase != state.Phase)
        {
            Log.Transition(
                context.Logger,
                Name,
                PhoneNumber.Mask(wanted.Phone),
                state.Phase,
                next.Phase,
                next.Reason,
                next.Message
            );
            context.Counts.Leave(state.Phase);
            context.Counts.Enter(next.Phase);
        }
        Volatile.Write(ref state, next);
    }

    /// <summary>The message alone is no transition: texts of failures vary from try to try.</summary>
    private static bool IsSame(SessionState a, SessionState b) =>
        a with { Message = b.Message } == b;

    private sealed class SessionLostException : Exception;

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Information,
            "session {Session} (phone {Phone}): {From} -> {To} ({Reason}) {Message}"
        )]
        public static partial void Transition(
            ILogger logger,
            string session,
            string phone,
            SessionPhase from,
            SessionPhase to,
            string reason,
            string message
        );

        [LoggerMessage(
            LogLevel.Warning,
            "session {Session}: epoch {Epoch} is over, somebody else owns it or the pod gave it up; dropped"
        )]
        public static partial void Dropped(ILogger logger, string session, long epoch);

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
