namespace WaOperator.WhatsApp;

/// <summary>The client does not connect again: another connection would end the same way until a person has done something.</summary>
/// <param name="end">How the last connection ended.</param>
public sealed class SessionEndedException(Disconnect end)
    : Exception($"{end.Message.TrimEnd('.', ' ')}. {Advice(end.Kind)}".TrimEnd())
{
    /// <summary>How the last connection ended: <see cref="DisconnectKind.LoggedOut"/>, <see cref="DisconnectKind.Replaced"/>, <see cref="DisconnectKind.Banned"/>, ...</summary>
    public Disconnect End { get; } = end;

    private static string Advice(DisconnectKind kind) =>
        kind switch
        {
            DisconnectKind.LoggedOut =>
                "The phone no longer lists the device: clear the store and pair again.",
            DisconnectKind.Replaced =>
                "Another program uses a copy of this device's keys: stop one of the two.",
            DisconnectKind.Banned => "Open WhatsApp on the phone: it says what to do.",
            DisconnectKind.ClientOutdated => "Use a newer version of the library.",
            DisconnectKind.CertificateRejected =>
                "Check the clock and the network; a test server needs its own root key.",
            DisconnectKind.MultideviceMismatch => "Update WhatsApp on the phone.",
            DisconnectKind.PairingExpired =>
                "No phone used any of the codes: start again, and use one while it is valid.",
            DisconnectKind.PairingRejected =>
                "Start again; if it happens again, do not trust the server.",
            DisconnectKind.PasskeyRequired =>
                "Start again, and use the account's passkey when it is asked for.",
            DisconnectKind.PhoneMismatch => "Use the phone whose number was expected.",
            _ => "",
        };
}
