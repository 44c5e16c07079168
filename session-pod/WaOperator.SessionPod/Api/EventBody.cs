using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Api;

/// <summary>
/// What readers of the events see of a journal's entry: of a message, what it says (<see cref="ReceivedJson"/>) under
/// <c>content</c> in place of its serialised form. The journal keeps the latter, which is smaller and complete; only what
/// somebody reads is converted.
/// </summary>
internal static class EventBody
{
    private const string Message = "message";
    private const string Content = "content";

    private static readonly JsonWriterOptions Plain = new()
    {
        // JSON in a response of its own, never in a page: letters may stay letters.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The readable form of an entry. Pure.</summary>
    /// <param name="type">The entry's type.</param>
    /// <param name="stored">The entry's body as the journal keeps it, UTF-8 JSON.</param>
    /// <returns>UTF-8 JSON; as stored if the entry has no message, or one that no version of the protocol explains.</returns>
    public static ReadOnlyMemory<byte> Read(string type, byte[] stored)
    {
        if (type is not (Message or "peer"))
            return stored;
        using var body = JsonDocument.Parse(stored);
        if (
            !body.RootElement.TryGetProperty(Message, out var serialised)
            || !serialised.TryGetBytesFromBase64(out var bytes)
        )
            return stored;
        byte[] content;
        try
        {
            content = ReceivedJson.Write(MessageReader.Read(bytes));
        }
        catch (FormatException)
        {
            return stored;
        }
        var buffer = new ArrayBufferWriter<byte>(stored.Length + content.Length);
        using (var json = new Utf8JsonWriter(buffer, Plain))
        {
            json.WriteStartObject();
            foreach (var property in body.RootElement.EnumerateObject())
                if (!property.NameEquals(Message))
                    property.WriteTo(json);
            json.WritePropertyName(Content);
            json.WriteRawValue(content, skipInputValidation: true);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }
}
