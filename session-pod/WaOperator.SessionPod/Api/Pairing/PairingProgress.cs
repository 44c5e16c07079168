using System.Text.Json;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Api.Pairing;

/// <summary>Says how far a session is with its phone. Pure.</summary>
internal static class PairingProgress
{
    /// <summary>What is told of a session, without the picture.</summary>
    /// <param name="session">The session.</param>
    /// <param name="now">The time.</param>
    public static PairingAnswer Of(IServedSession session, DateTimeOffset now) =>
        Of(session.Wanted, session.State, session.Code, now);

    /// <summary>What is told of it, without the picture.</summary>
    /// <param name="wanted">What the operator wants.</param>
    /// <param name="state">What the session reported last.</param>
    /// <param name="code">The code that it shows; null for none.</param>
    /// <param name="now">The time.</param>
    public static PairingAnswer Of(
        Assignment wanted,
        SessionState state,
        PairingCode? code,
        DateTimeOffset now
    )
    {
        var shown = code is not null && code.ExpiresAt > now ? code : null;
        var stage = StateOf(wanted, state, shown);
        var answer = new PairingAnswer(stage.ToString(), state.Reason, state.Message);
        return stage switch
        {
            PairingState.Ready => answer with
            {
                Qr = IsTyped(shown!) ? null : shown!.Code,
                Code = IsTyped(shown!) ? shown!.Code : null,
                Number = shown!.Number,
                Of = shown.Total,
                ExpiresAt = shown.ExpiresAt,
            },
            PairingState.PasskeyRequired => answer with
            {
                Passkey = OptionsOf(shown!),
                ExpiresAt = shown!.ExpiresAt,
            },
            PairingState.Comparing => answer with
            {
                Code = shown!.Code,
                ExpiresAt = shown.ExpiresAt,
            },
            PairingState.Linked => answer with { Phone = state.Phone },
            _ => answer,
        };
    }

    /// <summary>Under which name a stream tells it; a stream ends with <c>complete</c> and <c>error</c>.</summary>
    /// <param name="answer">What is told.</param>
    /// <param name="first">Nothing was told before: what went wrong did so before the stream was opened, and a new round may follow.</param>
    public static string EventOf(PairingAnswer answer, bool first) =>
        Enum.Parse<PairingState>(answer.State) switch
        {
            PairingState.Ready when answer.Code is not null => "code",
            PairingState.Ready => "qr",
            PairingState.PasskeyRequired => "passkey",
            PairingState.Comparing => "compare",
            PairingState.Waiting or PairingState.Linking => "status",
            PairingState.Linked => "complete",
            _ => first ? "status" : "error",
        };

    private static PairingState StateOf(
        Assignment wanted,
        SessionState state,
        PairingCode? shown
    ) =>
        state.Phase switch
        {
            SessionPhase.Banned => PairingState.Banned,
            SessionPhase.Starting
            or SessionPhase.Pairing
            or SessionPhase.Connecting when state.Paired => PairingState.Linking,
            _ when state.Paired => PairingState.Linked,
            SessionPhase.Stopped or SessionPhase.Unlinked => PairingState.Stopped,
            _ when wanted.Desired != DesiredState.Active => PairingState.Stopped,
            SessionPhase.Pairing when shown is { Kind: PairingKinds.Passkey } =>
                PairingState.PasskeyRequired,
            SessionPhase.Pairing when shown is { Kind: PairingKinds.PasskeyCode } =>
                PairingState.Comparing,
            SessionPhase.Pairing when shown is not null => PairingState.Ready,
            // The next round was asked for and has not begun.
            SessionPhase.PairingExpired
            or SessionPhase.PhoneMismatch
            or SessionPhase.LoggedOut when state.PairRequest != wanted.PairRequest =>
                PairingState.Waiting,
            SessionPhase.PairingExpired => PairingState.Expired,
            SessionPhase.PhoneMismatch => PairingState.WrongPhone,
            SessionPhase.LoggedOut => PairingState.LoggedOut,
            _ => PairingState.Waiting,
        };

    /// <summary>As the server gave them: an object, or the connection would have ended.</summary>
    private static JsonElement OptionsOf(PairingCode code) => JsonElement.Parse(code.Code);

    private static bool IsTyped(PairingCode code) => code.Kind == PairingKinds.Code;
}
