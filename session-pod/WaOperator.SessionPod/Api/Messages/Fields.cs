using System.Globalization;
using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Reads single fields of a body. Pure; what is wrong leaves by a <see cref="BodyFaultException"/>.</summary>
internal static class Fields
{
    /// <summary>Characters of a text at most; WhatsApp's own clients stop there.</summary>
    public const int MaxText = 65_536;

    /// <summary>Characters of a name, a title, an address at most.</summary>
    public const int MaxName = 1024;

    private const int MinId = 8;

    /// <summary>To be thrown: something is wrong.</summary>
    public static BodyFaultException Wrong(string pointer, string detail) =>
        new(new(pointer, detail));

    /// <summary>To be thrown: something cannot be done.</summary>
    public static BodyFaultException NotSupported(string pointer, string detail) =>
        new(new(pointer, detail, Supported: false));

    /// <summary>Whether it can be the id of a message that we send.</summary>
    public static bool IsId(string id) =>
        id.Length is >= MinId and <= OutgoingMessage.MaxIdLength
        && id.All(char.IsAsciiLetterOrDigit);

    /// <summary>The id that a request gives its message.</summary>
    public static string Id(string id)
    {
        if (!IsId(id))
            throw Wrong(
                "#/id",
                $"\"id\" must have {MinId} to {OutgoingMessage.MaxIdLength} letters and digits (a-z, A-Z, 0-9)"
            );
        return id;
    }

    /// <summary>A phone number or an address that messages can be sent to.</summary>
    public static Jid Address(string? text, string pointer)
    {
        var name = NameOf(pointer);
        if (text is null or { Length: 0 })
            throw Wrong(pointer, $"\"{name}\" is missing");
        if (!text.Contains('@', StringComparison.Ordinal))
            return new(Phone(text, pointer), Jid.PhoneServer);
        if (!Jid.TryParseAddressee(text, out var jid, out var why))
            throw Wrong(pointer, $"\"{name}\" is not a valid address: {why}");
        return jid;
    }

    /// <summary>A phone number as people write it; digits only.</summary>
    public static string Phone(string? text, string pointer)
    {
        if (!PhoneNumberReader.TryRead(text ?? "", out var number, out var problem))
            throw Wrong(pointer, $"\"{NameOf(pointer)}\" is not a valid phone number: {problem}");
        return number;
    }

    /// <summary>A text with something to read in it.</summary>
    public static string Text(string? text, string pointer, int most = MaxText)
    {
        if (text is null || text.Length > most || string.IsNullOrWhiteSpace(text))
            throw Wrong(
                pointer,
                $"\"{NameOf(pointer)}\" must have 1 to {most} characters, and not only spaces"
            );
        return text;
    }

    /// <summary>A text that may be missing or empty.</summary>
    public static string? Optional(string? text, string pointer, int most = MaxName)
    {
        if (text?.Length > most)
            throw Wrong(pointer, $"\"{NameOf(pointer)}\" may have up to {most} characters");
        return text;
    }

    /// <summary>A number in its range.</summary>
    public static int Within(int number, int least, int most, string pointer)
    {
        if (number < least || number > most)
            throw Wrong(
                pointer,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"\"{NameOf(pointer)}\" must be from {least} to {most}"
                )
            );
        return number;
    }

    /// <summary>A list of a length in its range; its items may still be null.</summary>
    public static IReadOnlyList<T> List<T>(
        IReadOnlyList<T>? list,
        int least,
        int most,
        string pointer
    )
    {
        if (list is null || list.Count < least || list.Count > most)
            throw Wrong(pointer, $"\"{NameOf(pointer)}\" must have {least} to {most} entries");
        return list;
    }

    /// <summary>Bytes in base64.</summary>
    public static byte[]? Base64(string text)
    {
        var bytes = new byte[text.Length / 4 * 3 + 3];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
            return null;
        Array.Resize(ref bytes, length);
        return bytes;
    }

    /// <summary>A named message.</summary>
    public static NamedMessage Message(MessageName? name, string pointer)
    {
        if (name is null)
            throw Wrong(
                pointer,
                $"\"{NameOf(pointer)}\" is missing: the message that this one is about"
            );
        // Chosen by any client: other ids than ours have other characters.
        if (
            name.Id is not { Length: > 0 and <= 128 } id
            || id.Any(c => char.IsControl(c) || char.IsWhiteSpace(c))
        )
        {
            throw Wrong(
                pointer,
                $"\"{NameOf(pointer)}\" must be a message's id, or have it as its \"id\""
            );
        }
        return new(
            pointer,
            id,
            name.Chat is { } chat ? Address(chat, pointer + "/chat") : null,
            name.From is { } from ? Address(from, pointer + "/from") : null,
            name.Text is { } text ? Text(text, pointer + "/text") : null,
            name.IsIdAlone
        );
    }

    private static string NameOf(string pointer) =>
        pointer.Replace("#/", "", StringComparison.Ordinal);
}
