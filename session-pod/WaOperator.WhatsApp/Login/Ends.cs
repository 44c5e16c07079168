using System.Globalization;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Login;

/// <summary>What the stanzas by which a server ends a connection mean. Pure.</summary>
internal static class Ends
{
    /// <summary>True for the stanzas after which a connection is over.</summary>
    public static bool IsEnd(BinaryNode node) =>
        node.Tag is "stream:error" or "failure" or "xmlstreamend";

    /// <summary>Reads such a stanza.</summary>
    public static Disconnect Read(BinaryNode node) =>
        node.Tag switch
        {
            "failure" => OfCode(Number(node["reason"]), node["message"]) with
            {
                RetryAfter = Seconds(node["expire"]),
            },
            "stream:error" => StreamError(node),
            _ => new(DisconnectKind.StreamEnd, null, "The server ended the stream."),
        };

    private static Disconnect StreamError(BinaryNode node)
    {
        if (node.Child("conflict") is { } conflict)
        {
            return conflict["type"] == "device_removed"
                ? OfCode(401, null)
                : new(
                    DisconnectKind.Replaced,
                    440,
                    "Another connection logged in with this device's credentials."
                );
        }
        if (node.Child("xml-not-well-formed") is not null)
            return new(
                DisconnectKind.ProtocolError,
                null,
                "The server calls a stanza of ours malformed."
            );
        return OfCode(Number(node["code"]), node.FirstChild?.Tag);
    }

    private static Disconnect OfCode(int? code, string? detail)
    {
        var (kind, text) = code switch
        {
            401 or 406 or 419 => (
                DisconnectKind.LoggedOut,
                "The device is no longer linked to the account; it must be paired again."
            ),
            402 => (DisconnectKind.Banned, "The account is banned for a time."),
            403 => (
                DisconnectKind.Banned,
                "The account is locked or banned, or its phone is gone."
            ),
            405 => (
                DisconnectKind.ClientOutdated,
                "The server no longer accepts this client version; set a newer one."
            ),
            409 => (
                DisconnectKind.ClientOutdated,
                "The server does not accept how this client describes itself; set a newer version."
            ),
            411 => (
                DisconnectKind.MultideviceMismatch,
                "The account does not take part in multi-device."
            ),
            463 => (
                DisconnectKind.ReachOutTimelock,
                "The account may not reach out to new chats for some time."
            ),
            515 => (DisconnectKind.RestartRequired, "The server asked the device to reconnect."),
            >= 500 and < 600 => (DisconnectKind.ServerError, "The server has a problem."),
            null => (DisconnectKind.ServerError, "The server ended the connection without a code."),
            _ => (
                DisconnectKind.ServerError,
                "The server ended the connection with a code that is not known."
            ),
        };
        var suffix = (code, Clean(detail)) switch
        {
            (null, null) => "",
            (null, { } words) => $" ({words})",
            ({ } number, null) => $" ({number})",
            ({ } number, { } words) => $" ({number}, {words})",
        };
        return new(kind, code, text + suffix);
    }

    /// <summary>The server's words go into status and logs: a few printable characters of them are enough.</summary>
    private static string? Clean(string? detail)
    {
        const int Most = 80;
        if (string.IsNullOrEmpty(detail))
            return null;
        var words = new string([
            .. detail.Take(Most).Select(c => c is >= ' ' and <= '~' ? c : '?'),
        ]);
        return detail.Length > Most ? words + "..." : words;
    }

    private static TimeSpan? Seconds(string? text) =>
        Number(text) is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null;

    private static int? Number(string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
}
