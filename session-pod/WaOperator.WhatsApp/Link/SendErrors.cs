using System.Globalization;

namespace WaOperator.WhatsApp.Link;

/// <summary>The codes with which a server refuses a message, in words for people. Pure.</summary>
internal static class SendErrors
{
    public const int NotOnWhatsApp = 404;
    public const int ReachOutTimelock = 463;

    public static string Explain(int code) =>
        code switch
        {
            400 => "The server calls the message malformed (400).",
            401 or 403 =>
                $"The account may not write here ({Text(code)}): not a member, or blocked.",
            NotOnWhatsApp => "There is no such account or group (404).",
            405 => "The server does not allow this message (405).",
            406 => "The server does not accept this message (406).",
            420 or 429 => $"Too many messages in a short time ({Text(code)}).",
            ReachOutTimelock =>
                "The account may not reach out to new chats for some time (463); chats that exist already still work.",
            475 => "The server does not take messages for this chat (475).",
            479 =>
                "The server cannot deliver the message: its devices or its form are not as expected (479).",
            >= 500 and < 600 => $"The server has a problem ({Text(code)}).",
            0 => "The server refused the message without a code.",
            _ => $"The server refused the message ({Text(code)}).",
        };

    private static string Text(int code) => code.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A message cannot be sent, now or later.</summary>
internal class RefusedSendException(int? code, string message) : Exception(message)
{
    public int? Code { get; } = code;
}

/// <summary>It was not encrypted before its time was over.</summary>
internal sealed class ExpiredSendException()
    : RefusedSendException(null, "it expired before it could be sent");
