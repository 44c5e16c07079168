using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace WaOperator.WhatsApp.Content;

/// <summary>An entry of a journal as its readers see it.</summary>
/// <param name="Type">What happened; <see cref="JournalReader.Unreadable"/> if the entry cannot be shown as what it is.</param>
/// <param name="Body">A JSON object in UTF-8.</param>
public sealed record ReadableEntry(string Type, ReadOnlyMemory<byte> Body);

/// <summary>
/// What readers see of a journal's entry: of a message, what it says (<see cref="ReceivedJson"/>) under <c>content</c> in place of
/// its serialised form. The journal keeps the latter, which is smaller and complete; only what is read is converted. Strangers write
/// what stands in a message, so reading is total: whatever the bytes, there is an answer, and no entry keeps the next ones from
/// their readers. Pure.
/// </summary>
public static class JournalReader
{
    /// <summary>The type of an entry that cannot be shown: its body has <c>type</c>, <c>reason</c> and, where there are any, the bytes as <c>raw</c>.</summary>
    public const string Unreadable = "unreadable";

    private const string Message = "message";
    private const string Content = "content";

    private static readonly JsonWriterOptions Plain = new()
    {
        // JSON in a response of its own, never in a page: letters may stay letters.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The readable form of an entry. Throws nothing.</summary>
    /// <param name="type">The entry's type.</param>
    /// <param name="stored">The entry's body as the journal keeps it: a JSON object in UTF-8.</param>
    public static ReadableEntry Read(string type, ReadOnlyMemory<byte> stored)
    {
        try
        {
            return Convert(type, stored);
        }
        catch (Exception e)
        {
            // Nothing is known to get here; what does is told to the reader, and the entries behind it are read.
            return OfUnreadable(type, $"it cannot be shown: {e.Message}", stored.Span);
        }
    }

    /// <summary>An entry in place of one that cannot be shown.</summary>
    /// <param name="type">The type of that one.</param>
    /// <param name="reason">Why, for people.</param>
    /// <param name="raw">Its bytes; none: they cannot be had.</param>
    public static ReadableEntry OfUnreadable(
        string type,
        string reason,
        ReadOnlySpan<byte> raw = default
    )
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            json.WriteString("type", type);
            json.WriteString("reason", reason);
            if (!raw.IsEmpty)
                json.WriteBase64String("raw", raw);
            json.WriteEndObject();
        }
        return new(Unreadable, buffer.WrittenMemory);
    }

    /// <summary>As <see cref="Read"/>, without the net below it.</summary>
    internal static ReadableEntry Convert(string type, ReadOnlyMemory<byte> stored)
    {
        try
        {
            if (type is not (Message or "peer"))
            {
                CheckObject(stored.Span);
                return new(type, stored);
            }
            using var body = JsonDocument.Parse(stored);
            return body.RootElement.ValueKind == JsonValueKind.Object
                ? new(type, OfMessage(body.RootElement, stored))
                : throw new JsonException("It is no object.");
        }
        // The latter: a text with half a surrogate pair.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return OfUnreadable(type, $"its stored form is damaged: {e.Message}", stored.Span);
        }
    }

    private static ReadOnlyMemory<byte> OfMessage(JsonElement body, ReadOnlyMemory<byte> stored)
    {
        var buffer = new ArrayBufferWriter<byte>(stored.Length + 256);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            foreach (var property in body.EnumerateObject())
                if (!property.NameEquals(Message) && !property.NameEquals(Content))
                    property.WriteTo(json);
            json.WritePropertyName(Content);
            json.WriteRawValue(ReceivedJson.Write(ContentOf(body)), skipInputValidation: true);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static ReceivedContent ContentOf(JsonElement body) =>
        body.TryGetProperty(Message, out var serialised)
        && serialised.ValueKind == JsonValueKind.String
        && serialised.TryGetBytesFromBase64(out var bytes)
            ? MessageReader.Read(
                bytes,
                body.TryGetProperty("fromMe", out var fromMe)
                    && fromMe.ValueKind == JsonValueKind.True
            )
            : new()
            {
                Kind = ContentKind.Unknown,
                Reason = "The journal has no bytes of this message.",
                Raw = [],
            };

    private static void CheckObject(ReadOnlySpan<byte> stored)
    {
        var reader = new Utf8JsonReader(stored);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("It is no object.");
        do
        {
            if (reader.ValueIsEscaped)
                _ = reader.GetString();
        } while (reader.Read());
    }
}
