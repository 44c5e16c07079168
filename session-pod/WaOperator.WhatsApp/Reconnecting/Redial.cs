namespace WaOperator.WhatsApp.Reconnecting;

/// <summary>How soon a device may connect again.</summary>
internal enum Redial
{
    /// <summary>At once: the server asked for it.</summary>
    AtOnce,

    /// <summary>With exponential backoff.</summary>
    Backoff,

    /// <summary>With the longest backoff: nothing will change within minutes.</summary>
    Slowly,

    /// <summary>After a minute or more, doubling: another program uses the credentials.</summary>
    Replaced,

    /// <summary>When the server says, or after an hour.</summary>
    Banned,
}

/// <summary>What the end of a connection means for the next one.</summary>
internal static class Redials
{
    /// <summary>How soon to connect again, where that is desired at all.</summary>
    public static Redial Of(DisconnectKind end) =>
        end switch
        {
            DisconnectKind.RestartRequired => Redial.AtOnce,
            DisconnectKind.Replaced => Redial.Replaced,
            DisconnectKind.Banned => Redial.Banned,
            DisconnectKind.ClientOutdated or DisconnectKind.CertificateRejected => Redial.Slowly,
            _ => Redial.Backoff,
        };

    /// <summary>Whether another connection would end the same way until a person has done something.</summary>
    public static bool NeedsPerson(DisconnectKind end) =>
        end
            is DisconnectKind.LoggedOut
                or DisconnectKind.Replaced
                or DisconnectKind.Banned
                or DisconnectKind.ClientOutdated
                or DisconnectKind.CertificateRejected
                or DisconnectKind.MultideviceMismatch
                or DisconnectKind.PairingExpired
                or DisconnectKind.PairingRejected
                or DisconnectKind.PasskeyRequired
                or DisconnectKind.PhoneMismatch;
}
