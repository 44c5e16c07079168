using WaOperator.Store;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Sessions;

/// <summary>How soon a session may dial again.</summary>
internal enum Redial
{
    /// <summary>At once: the server asked for it.</summary>
    AtOnce,

    /// <summary>With exponential backoff.</summary>
    Backoff,

    /// <summary>With the longest backoff: nothing will change within minutes.</summary>
    Slowly,

    /// <summary>After a minute or more, doubling: somebody else uses the credentials.</summary>
    Replaced,

    /// <summary>When the server says, or after an hour.</summary>
    Banned,
}

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
        end switch
        {
            DisconnectKind.LoggedOut => new(SessionPhase.LoggedOut, Redial.Backoff, WipeKeys: true),
            DisconnectKind.PhoneMismatch => new(
                SessionPhase.PhoneMismatch,
                Redial.Backoff,
                WipeKeys: !paired
            ),
            // Another round of codes would end the same way until a person acts.
            DisconnectKind.PairingExpired
            or DisconnectKind.PairingRejected
            or DisconnectKind.PasskeyRequired => new(SessionPhase.PairingExpired, Redial.Backoff),
            DisconnectKind.Replaced => new(SessionPhase.Replaced, Redial.Replaced),
            DisconnectKind.Banned => new(SessionPhase.Banned, Redial.Banned),
            DisconnectKind.RestartRequired => new(Trying(phase, paired), Redial.AtOnce),
            DisconnectKind.ClientOutdated or DisconnectKind.CertificateRejected => new(
                Trying(phase, paired),
                Redial.Slowly
            ),
            _ => new(Trying(phase, paired), Redial.Backoff),
        };

    private static SessionPhase Trying(SessionPhase phase, bool paired) =>
        (paired, phase) switch
        {
            (false, _) => SessionPhase.Starting,
            (true, SessionPhase.Connected or SessionPhase.Reconnecting) =>
                SessionPhase.Reconnecting,
            (true, _) => SessionPhase.Connecting,
        };
}
