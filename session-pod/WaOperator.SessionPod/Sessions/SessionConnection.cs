using WaOperator.Domain;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Transports;
using WaOperator.Store;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Sessions;

/// <summary>How a connection ended.</summary>
/// <param name="Disconnect">What the transport says.</param>
/// <param name="Held">How long it was established; null if it never was.</param>
/// <param name="NotUnlinked">Why the device could not be unlinked; null: that was not tried, or worked.</param>
internal readonly record struct ConnectionEnd(
    Disconnect Disconnect,
    TimeSpan? Held,
    string? NotUnlinked
);

/// <summary>One connection of a session: reports what its transport says, and leaves it when the session is interrupted.</summary>
/// <param name="context">What all sessions share.</param>
/// <param name="control">What is asked of the session meanwhile.</param>
/// <param name="journal">Where it reports.</param>
/// <param name="timelock">Remembers refusals of new chats.</param>
/// <param name="transport">The connection itself.</param>
/// <param name="sending">Gives it the messages that are queued.</param>
/// <param name="touched">Called with each event.</param>
internal sealed partial class SessionConnection(
    SessionContext context,
    SessionControl control,
    SessionJournal journal,
    Timelock timelock,
    ISessionTransport transport,
    OutboxSender sending,
    Action touched
)
{
    private long? _connectedAt;
    private string? _notUnlinked;

    /// <summary>From the first packet to the end, when all of its writes are settled. Once only.</summary>
    /// <param name="step">What it is for.</param>
    /// <param name="ct">Leaves it.</param>
    public async Task<ConnectionEnd> RunAsync(SessionStep step, CancellationToken ct)
    {
        control.Connecting();
        context.Metrics.Login();
        var run = transport.RunAsync(OnEventAsync, context.Dropped);
        if (step == SessionStep.Unlink)
            _ = UnlinkAsync(ct);
        await using var registration = ct.UnsafeRegister(
            static connection => _ = ((SessionConnection)connection!).LeaveAsync(),
            this
        );
        var end = await run;
        sending.Close();
        await transport.SettledAsync();
        if (transport.InDoubt)
            journal.Doubt();
        context.Metrics.Disconnected(end.Kind.ToString());
        return new(
            end,
            _connectedAt is { } since ? context.Time.GetElapsedTime(since) : null,
            _notUnlinked
        );
    }

    /// <summary>A deletion, and a logout, use a live connection to unlink first.</summary>
    private Task LeaveAsync() =>
        SessionPlan.Next(control.Wanted, journal.State, paired: true).Step == SessionStep.Unlink
        && journal.State is { Paired: true, Phase: SessionPhase.Connected }
        && !control.Closing
        && !journal.Lost
            ? UnlinkAsync(context.Dropped)
            : transport.CloseAsync();

    private async Task UnlinkAsync(CancellationToken ct)
    {
        try
        {
            if (await transport.UnlinkAsync(ct))
                return;
            // It has ended for another reason, which is reported as such; or the server does not do it, and the connection would stay with
            // nothing left that could end it.
            _notUnlinked = "the server did not take the device off";
            await transport.CloseAsync();
        }
        catch (Exception e)
        {
            if (!ct.IsCancellationRequested)
                _notUnlinked = e.Message;
            Log.NotUnlinked(context.Logger, journal.Name, e.Message);
            await transport.CloseAsync();
        }
    }

    private async ValueTask OnEventAsync(ClientEvent happened)
    {
        touched();
        if (!await journal.TryAsync(ReportAsync(happened)))
            await control.InterruptAsync();
    }

    private Task ReportAsync(ClientEvent happened)
    {
        switch (happened)
        {
            case QrCode code:
                return ShowAsync(
                    PairingKinds.Qr,
                    code.Code,
                    (code.Number, code.Of),
                    code.ValidFor,
                    (Reasons.CodeShown, "a code waits to be scanned")
                );
            case PhoneCode code:
                return ShowAsync(
                    PairingKinds.Code,
                    code.Code,
                    (1, 1),
                    code.ValidFor,
                    (Reasons.CodeShown, "a code waits to be typed into the phone")
                );
            case PasskeyRequest request:
                return ShowAsync(
                    PairingKinds.Passkey,
                    request.Options,
                    (1, 1),
                    request.ValidFor,
                    (Reasons.PasskeyRequired, Reasons.PasskeyRequired.Meaning)
                );
            case PasskeyCode code:
                return ShowAsync(
                    PairingKinds.PasskeyCode,
                    code.Code,
                    (1, 1),
                    code.ValidFor,
                    (Reasons.PasskeyCodeShown, Reasons.PasskeyCodeShown.Meaning)
                );
            case Connected:
                sending.Open(transport.HasWaiting);
                _connectedAt = context.Time.GetTimestamp();
                if (journal.State.LastConnectedAt is not null)
                    context.Metrics.Reconnect();
                return journal.EnterAsync(s =>
                    SessionReports.Connected(s, timelock.IsOn, context.Time.GetUtcNow())
                );
            case ReachOutLocked:
                // What it stops is told message by message; the state only once.
                if (timelock.Refused())
                    context.Metrics.Timelocked();
                return journal.EnterAsync(s => SessionReports.Timelocked(s, timelock.IsOn));
            case PresenceChanged heard:
                return Pass(
                    new PresenceHeard
                    {
                        Account = heard.Jid,
                        Available = heard.Available,
                        LastSeen = heard.LastSeen,
                        At = context.Time.GetUtcNow(),
                    }
                );
            case ChatStateChanged heard:
                return Pass(
                    new TypingHeard
                    {
                        Chat = heard.Chat,
                        Sender = heard.Sender,
                        State = heard.State,
                        At = context.Time.GetUtcNow(),
                    }
                );
            default:
                Log.Happened(context.Logger, journal.Name, happened);
                return Task.CompletedTask;
        }
    }

    private Task Pass(PassingEvent heard)
    {
        context.Messages.Events.Pass(journal.State.SessionId, heard);
        return Task.CompletedTask;
    }

    private Task ShowAsync(
        string kind,
        string code,
        (int Number, int Of) place,
        TimeSpan validFor,
        (Reason Reason, string Message) why
    )
    {
        var (session, epoch) = (journal.State.SessionId, journal.State.Epoch);
        var until = context.Time.GetUtcNow() + validFor;
        return journal.ShowAsync(
            new(session, epoch, kind, code, place.Number, place.Of, until),
            s => SessionReports.Pairing(s, control.Wanted.PairRequest, why.Reason, why.Message)
        );
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionConnectionHappened,
            LogLevel.Debug,
            "session {Session}: {Event}"
        )]
        public static partial void Happened(ILogger logger, string session, ClientEvent @event);

        [LoggerMessage(
            EventIds.SessionConnectionNotUnlinked,
            LogLevel.Warning,
            "session {Session}: could not unlink: {Error}"
        )]
        public static partial void NotUnlinked(ILogger logger, string session, string error);
    }
}
