using Google.Protobuf;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Api;

/// <summary>Turns a request into a message, or says what is wrong with it.</summary>
internal static class Outgoing
{
    /// <summary>Characters of a text at most; WhatsApp's own clients stop there.</summary>
    public const int MaxText = 65_536;

    private const int MinId = 8;

    /// <summary>Reads a request; no clock, no I/O.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="message">The message.</param>
    /// <param name="wrong">What is wrong; null if nothing is.</param>
    public static bool TryRead(SendRequest request, out OutboundMessage message, out string? wrong)
    {
        message = null!;
        if (!TryReadTo(request.To, out var to, out wrong))
            return false;
        if (request.Id is { } given && !IsId(given))
        {
            wrong =
                $"\"id\" must have {MinId} to {OutgoingMessage.MaxIdLength} letters and digits (a-z, A-Z, 0-9)";
            return false;
        }
        if (!TryReadContent(request, out var content, out wrong))
            return false;
        message = new OutboundMessage(
            request.Id ?? OutgoingMessage.NewId(),
            to.ToString(),
            OutboundState.Queued,
            content,
            Stanza: null,
            Error: null
        );
        return true;
    }

    /// <summary>Whether it can be the id of a message.</summary>
    public static bool IsId(string id) =>
        id.Length is >= MinId and <= OutgoingMessage.MaxIdLength
        && id.All(char.IsAsciiLetterOrDigit);

    private static bool TryReadTo(string? text, out Jid to, out string? wrong)
    {
        const string form =
            "\"to\" must be a phone number in digits with the country code, such as 4917012345678, or an address such as 4917012345678@s.whatsapp.net, 12345@lid or 12345@g.us";
        to = default;
        wrong = form;
        if (text is null or { Length: 0 or > 128 })
            return false;
        if (!text.Contains('@', StringComparison.Ordinal))
        {
            if (text.Length is < 7 or > 15 || !text.All(char.IsAsciiDigit) || text[0] == '0')
                return false;
            to = new Jid(text, Jid.PhoneServer);
        }
        else if (!Jid.TryParse(text, out to))
            return false;
        if (to.User.Length == 0 || to.Device != 0 || !(to.IsPhone || to.IsLid || to.IsGroup))
            return false;
        wrong = null;
        return true;
    }

    private static bool TryReadContent(SendRequest request, out byte[] content, out string? wrong)
    {
        content = [];
        wrong = null;
        switch (request)
        {
            case { Text: not null, Message: not null } or { Text: null, Message: null }:
                wrong = "give either \"text\" or \"message\"";
                break;
            case { Text: { } text } when text.Trim().Length == 0 || text.Length > MaxText:
                wrong = $"\"text\" must have 1 to {MaxText} characters, and not only spaces";
                break;
            case { Text: { } text }:
                content = MessageContent.Text(text).ToBytes();
                break;
            case { Message: { } encoded }:
                content = Decode(encoded);
                if (content.Length == 0)
                    wrong = "\"message\" must be a serialised Message protobuf in base64";
                break;
        }
        return wrong is null;
    }

    private static byte[] Decode(string encoded)
    {
        var bytes = new byte[encoded.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return [];
        Array.Resize(ref bytes, length);
        try
        {
            return MessageContent.FromBytes(bytes).ToMessage().CalculateSize() > 0 ? bytes : [];
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or FormatException)
        {
            return [];
        }
    }
}
