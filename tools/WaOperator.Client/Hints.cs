using WaOperator.WhatsApp;

namespace WaOperator.Client;

/// <summary>What to do about an end that was not wanted.</summary>
internal static class Hints
{
    public static string For(DisconnectKind kind) =>
        kind switch
        {
            DisconnectKind.LocalClose =>
                "The program was stopped before the command was done; run it again.",
            DisconnectKind.ConnectFailed =>
                "Check --url and, for a server with its own authority, --ca.",
            DisconnectKind.ProxyUnreachable =>
                "Check host and port of --proxy, and whether the proxy runs.",
            DisconnectKind.ProxyAddressRefused => "Name a proxy at an address that is allowed.",
            DisconnectKind.ProxyRefused => "Let the proxy allow the server's name and port.",
            DisconnectKind.ProxyCredentialsRefused =>
                "Check user and password of --proxy; special characters in them are percent-encoded.",
            DisconnectKind.ProxyTlsFailed =>
                "Check whether the proxy speaks TLS (else --proxy begins with http://); for a proxy with its own authority give --ca.",
            DisconnectKind.ConnectionLost or DisconnectKind.StreamEnd =>
                "Check the network and the server, and run the command again.",
            DisconnectKind.Timeout or DisconnectKind.ServerError =>
                "The server does not work properly now; try again later.",
            DisconnectKind.RestartRequired => "Run connect.",
            DisconnectKind.Replaced =>
                "Another program uses a copy of this state directory; stop it.",
            DisconnectKind.LoggedOut =>
                "The phone no longer lists the device: remove the state directory and pair again.",
            DisconnectKind.Banned => "Open WhatsApp on the phone: it says what to do.",
            DisconnectKind.ClientOutdated => "Use a newer release of this program.",
            DisconnectKind.ReachOutTimelock => "Wait; answering existing chats is still allowed.",
            DisconnectKind.MultideviceMismatch => "Update WhatsApp on the phone.",
            DisconnectKind.CertificateRejected =>
                "Give the server's own root with --root-key, and check the clock.",
            DisconnectKind.ProtocolError =>
                "The server is not one that speaks this protocol, or something on the way changes the bytes.",
            DisconnectKind.PairingExpired => "Run pair again and scan a code while it is valid.",
            DisconnectKind.PairingRejected =>
                "Run pair again; if it happens again, do not trust the server.",
            DisconnectKind.PhoneMismatch =>
                "Scan with the phone that --phone names, or leave --phone out.",
            DisconnectKind.StoreFailed =>
                "Check space and rights of the directory given by --state.",
            DisconnectKind.HeldTooMuch or DisconnectKind.InternalError =>
                "This is a defect; please report it with the lines above.",
            _ => "Run the command again.",
        };
}
