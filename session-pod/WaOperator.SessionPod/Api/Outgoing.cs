using System.Text.Json;
using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Api;

/// <summary>Turns a request into a message, or says what is wrong with it.</summary>
internal static class Outgoing
{
    /// <summary>Characters of a text at most; WhatsApp's own clients stop there.</summary>
    public const int MaxText = 65_536;

    private const int MinId = 8;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the body of a request. Pure: any bytes give a message or a sentence.</summary>
    /// <param name="body">JSON in UTF-8.</param>
    /// <param name="message">The message.</param>
    /// <param name="named">Whether the request gave its id, which may then have been used before.</param>
    /// <param name="wrong">What is wrong; null if nothing is.</param>
    public static bool TryRead(
        ReadOnlySpan<byte> body,
        out OutgoingMessage message,
        out bool named,
        out string? wrong
    )
    {
        message = null!;
        named = false;
        if (body.StartsWith(ByteOrderMark))
            body = body[ByteOrderMark.Length..];
        try
        {
            if (JsonSerializer.Deserialize(body, ApiJson.Default.SendRequest) is not { } request)
            {
                wrong = "the body is null";
                return false;
            }
            named = request.Id is not null;
            return TryRead(request, out message, out wrong);
        }
        catch (JsonException e)
        {
            wrong = $"the body is not a valid message: {e.Message}";
            return false;
        }
    }

    /// <summary>Reads a request; no clock, no I/O.</summary>
    /// <param name="request">As it came.</param>
    /// <param name="message">The message.</param>
    /// <param name="wrong">What is wrong; null if nothing is.</param>
    public static bool TryRead(SendRequest request, out OutgoingMessage message, out string? wrong)
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
        return TryReadContent(request, to, out message, out wrong);
    }

    /// <summary>Whether it can be the id of a message.</summary>
    public static bool IsId(string id) =>
        id.Length is >= MinId and <= OutgoingMessage.MaxIdLength
        && id.All(char.IsAsciiLetterOrDigit);

    private static bool TryReadTo(string? text, out Jid to, out string? wrong)
    {
        if (text is null or { Length: 0 })
            return Wrong("is missing", out to, out wrong);
        if (text.Contains('@', StringComparison.Ordinal))
            return Jid.TryParseAddressee(text, out to, out var why)
                ? Right(out wrong)
                : Wrong($"is not a valid address: {why}", out to, out wrong);
        if (!PhoneNumberReader.TryRead(text, out var number, out var problem))
            return Wrong($"is not a valid phone number: {problem}", out to, out wrong);
        to = new(number, Jid.PhoneServer);
        return Right(out wrong);

        static bool Right(out string? wrong) => (wrong = null) is null;

        static bool Wrong(string what, out Jid to, out string wrong)
        {
            to = default;
            wrong = $"\"to\" {what}";
            return false;
        }
    }

    private static bool TryReadContent(
        SendRequest request,
        Jid to,
        out OutgoingMessage message,
        out string? wrong
    )
    {
        message = null!;
        wrong = null;
        var id = request.Id ?? OutgoingMessage.NewId();
        switch (request)
        {
            case { Text: not null, Message: not null } or { Text: null, Message: null }:
                wrong = "give either \"text\" or \"message\"";
                break;
            case { Text: { } text } when text.Trim().Length == 0 || text.Length > MaxText:
                wrong = $"\"text\" must have 1 to {MaxText} characters, and not only spaces";
                break;
            case { Text: { } text }:
                message = OutgoingMessage.Of(id, to, MessageContent.Text(text));
                break;
            case { Message: { } encoded }:
                if (!OutgoingMessage.TryOf(id, to, Decode(encoded), out message!))
                    wrong = "\"message\" must be a serialised Message protobuf in base64";
                break;
        }
        return wrong is null;
    }

    /// <returns>Nothing where it is not base64.</returns>
    private static byte[] Decode(string encoded)
    {
        var bytes = new byte[encoded.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(encoded, bytes, out var length))
            return [];
        Array.Resize(ref bytes, length);
        return bytes;
    }
}
