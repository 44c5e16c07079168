using WaOperator.Store;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Reconnecting;

namespace WaOperator.SessionPod.Sessions;

/// <summary>What the end of a connection means for its session.</summary>
/// <param name="Phase">The phase from now on.</param>
/// <param name="Redial">How soon it may dial again, where its plan wants that at all.</param>
/// <param name="WipeKeys">The keys are worthless: they are removed in the same transaction.</param>
internal readonly record struct Aftermath(SessionPhase Phase, Redial Redial, bool WipeKeys = false)
{
    /// <summary>Decides by the kind of end.</summary>
    /// <param name="end">How the connection ended; not for those that we closed ourselves.</param>
    /// <param name="phase">The phase until now.</param>
    /// <param name="paired">Whether the device is linked.</param>
    public static Aftermath Of(DisconnectKind end, SessionPhase phase, bool paired) =>
        new(
            end switch
            {
                DisconnectKind.LoggedOut => SessionPhase.LoggedOut,
                DisconnectKind.PhoneMismatch => SessionPhase.PhoneMismatch,
                // Another round of codes would end the same way until a person acts.
                DisconnectKind.PairingExpired
                or DisconnectKind.PairingRejected
                or DisconnectKind.PasskeyRequired => SessionPhase.PairingExpired,
                DisconnectKind.Replaced => SessionPhase.Replaced,
                DisconnectKind.Banned => SessionPhase.Banned,
                _ => Trying(phase, paired),
            },
            Redials.Of(end),
            WipeKeys: end == DisconnectKind.LoggedOut
                || (end == DisconnectKind.PhoneMismatch && !paired)
        );

    private static SessionPhase Trying(SessionPhase phase, bool paired) =>
        (paired, phase) switch
        {
            (false, _) => SessionPhase.Starting,
            (true, SessionPhase.Connected or SessionPhase.Reconnecting) =>
                SessionPhase.Reconnecting,
            (true, _) => SessionPhase.Connecting,
        };
}
