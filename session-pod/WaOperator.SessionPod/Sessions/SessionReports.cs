using System.Globalization;
using WaOperator.Domain;
using WaOperator.SessionPod.Proxies;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Sessions;

/// <summary>What a session reports when something happens: the next state made of the last one. Pure.</summary>
internal static class SessionReports
{
    /// <summary>It was claimed: what the last owner reported may be out of date, and there is no connection yet.</summary>
    public static SessionState Claimed(SessionState state) =>
        state.Phase is SessionPhase.Connected or SessionPhase.Pairing
            ? state with
            {
                Phase = state.Paired ? SessionPhase.Connecting : SessionPhase.Starting,
                Reason = Reasons.Claimed,
                Message = Reasons.Claimed.Sentence,
            }
            : state;

    /// <summary>It is given back: no pod holds a connection of it.</summary>
    public static SessionState Released(SessionState state) =>
        state.Phase is SessionPhase.Connected or SessionPhase.Connecting or SessionPhase.Pairing
            ? state with
            {
                Phase = Trying(state),
                Reason = Reasons.Released,
                Message = Reasons.Released.Sentence,
            }
            : state;

    /// <summary>It rests in a phase.</summary>
    public static SessionState Resting(SessionState state, SessionPhase phase) =>
        state.Phase == phase
            ? state
            : state with
            {
                Phase = phase,
                Reason = Reasons.Of(phase),
                Message = "",
                Paired = phase != SessionPhase.Unlinked && state.Paired,
            };

    /// <summary>A code is shown.</summary>
    /// <param name="state">The last state.</param>
    /// <param name="request">The pair request that the code answers.</param>
    /// <param name="reason">What it waits for.</param>
    /// <param name="message">For people.</param>
    public static SessionState Pairing(
        SessionState state,
        string request,
        Reason reason,
        string message
    ) =>
        state with
        {
            Phase = SessionPhase.Pairing,
            Reason = reason,
            Message = message,
            PairRequest = request,
        };

    /// <summary>It is connected.</summary>
    /// <param name="state">The last state.</param>
    /// <param name="locked">Whether the account may not write to new chats.</param>
    /// <param name="now">The time.</param>
    public static SessionState Connected(SessionState state, bool locked, DateTimeOffset now) =>
        state with
        {
            Phase = SessionPhase.Connected,
            Reason = ReasonOfConnected(locked),
            Message = "",
            LastConnectedAt = now,
            Reconnects = state.Reconnects + (state.LastConnectedAt is null ? 0 : 1),
        };

    /// <summary>The account may no longer write to new chats, or may again. Told of a connected session only.</summary>
    public static SessionState Timelocked(SessionState state, bool locked) =>
        state.Phase == SessionPhase.Connected
            ? state with
            {
                Reason = ReasonOfConnected(locked),
            }
            : state;

    /// <summary>A connection ended by itself.</summary>
    /// <param name="state">The last state.</param>
    /// <param name="end">How.</param>
    /// <param name="after">What that means.</param>
    /// <param name="wanted">What the operator wants.</param>
    public static SessionState Ended(
        SessionState state,
        Disconnect end,
        Aftermath after,
        Assignment wanted
    )
    {
        var next = state with
        {
            Phase = after.Phase,
            Reason = Reasons.Of(end.Kind),
            Message = end.Message,
            PairRequest = SessionPlan.NeedsRequest(after.Phase)
                ? wanted.PairRequest
                : state.PairRequest,
        };
        if (!after.WipeKeys)
            return next;
        var requested =
            end.Kind == DisconnectKind.LoggedOut
            && wanted.Desired == DesiredState.Active
            && SessionPlan.IsLogoutDue(wanted, state);
        // What was found wrong with the device may be why it was refused, unless a person had it taken off.
        return (requested ? Examined(next, fault: null) : next) with
        {
            Phase = wanted.Desired == DesiredState.Deleting ? SessionPhase.Unlinked : next.Phase,
            Reason = requested ? Reasons.LogoutRequested : next.Reason,
            Paired = false,
            Phone = null,
            Jid = null,
            Lid = null,
            Platform = null,
            LogoutServed = Later(state.LogoutServed, wanted.LogoutAt),
            // Who asked while a device was linked did not mean its keys.
            RestoreRequest = state.Paired ? wanted.RestoreRequest : state.RestoreRequest,
        };
    }

    /// <summary>The pod ended the connection: after too long a silence, or because the device could not be unlinked.</summary>
    /// <param name="state">The last state.</param>
    /// <param name="notUnlinked">Why it could not be unlinked; null: that was not tried.</param>
    public static SessionState Left(SessionState state, string? notUnlinked) =>
        state with
        {
            Phase = Trying(state),
            Reason = notUnlinked is null ? Reasons.Silent : Reasons.NotUnlinked,
            Message = notUnlinked ?? Reasons.Silent.Meaning,
        };

    /// <summary>A step failed for a reason that the database has no part in.</summary>
    public static SessionState Broken(SessionState state, Exception failure) =>
        state with
        {
            Phase = Trying(state),
            Reason = failure switch
            {
                InvalidDataException => Reasons.KeysUnreadable,
                ProxyUnreadableException => Reasons.ProxyUnreadable,
                _ => Reasons.InternalError,
            },
            Message = failure.Message,
        };

    /// <summary>The device is linked: who asked before to take one off did not mean this one.</summary>
    public static SessionState Linked(SessionState state, DateTimeOffset now) =>
        Kept(state, now) with
        {
            Phase = SessionPhase.Connecting,
            Reason = Reasons.Paired,
            Message = "",
            Paired = true,
        };

    /// <summary>It was asked to restore archived keys, and did or had none.</summary>
    /// <param name="state">The last state.</param>
    /// <param name="request">What asked for it.</param>
    /// <param name="archive">What is restored; null: there is nothing.</param>
    /// <param name="now">The time.</param>
    public static SessionState Restored(
        SessionState state,
        string request,
        SessionArchive? archive,
        DateTimeOffset now
    ) =>
        archive is null
            ? state with
            {
                Reason = Reasons.NoKeysToRestore,
                Message = Reasons.NoKeysToRestore.Sentence,
                RestoreRequest = request,
            }
            : Linked(state, now) with
            {
                Reason = Reasons.KeysRestored,
                Message = string.Create(
                    CultureInfo.InvariantCulture,
                    $"the keys that were wiped at {archive.At.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ} are restored"
                ),
                Phone = archive.Phone,
                Jid = archive.Jid,
                Lid = archive.Lid,
                Platform = archive.Platform,
                RestoreRequest = request,
            };

    /// <summary>The stored address of its device was examined.</summary>
    /// <param name="state">The last state.</param>
    /// <param name="fault">What looks wrong; null: nothing.</param>
    public static SessionState Examined(SessionState state, DeviceFault? fault) =>
        state with
        {
            Suspect = fault?.Reason.Code ?? "",
            SuspectDetail = fault?.Detail ?? "",
        };

    /// <summary>A device is there from now on, and stays whatever was asked before.</summary>
    public static SessionState Kept(SessionState state, DateTimeOffset now) =>
        state with
        {
            LogoutServed = Later(state.LogoutServed, now),
        };

    private static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) =>
        other is null || one > other ? one : other;

    private static Reason ReasonOfConnected(bool locked) =>
        locked ? Reasons.ReachOutTimelock : Reasons.Connected;

    private static SessionPhase Trying(SessionState state) =>
        state.Paired ? SessionPhase.Reconnecting : SessionPhase.Starting;
}
