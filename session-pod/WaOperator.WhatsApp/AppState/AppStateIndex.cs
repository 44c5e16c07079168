using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace WaOperator.WhatsApp.AppState;

/// <summary>What a mutation is about: a JSON array of texts, the first of which names the action.</summary>
internal static class AppStateIndex
{
    private static readonly JsonWriterOptions AsPhones = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static byte[] Write(IReadOnlyList<string> parts)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, AsPhones))
        {
            json.WriteStartArray();
            foreach (var part in parts)
                json.WriteStringValue(part);
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Null if it is no such array: an action of another kind, which is kept and not told.</summary>
    public static IReadOnlyList<string>? Read(ReadOnlySpan<byte> index)
    {
        if (index.Length > AppStateLimits.IndexSize)
            return null;
        var parts = new List<string>();
        try
        {
            var json = new Utf8JsonReader(index);
            if (!json.Read() || json.TokenType != JsonTokenType.StartArray)
                return null;
            while (json.Read() && json.TokenType == JsonTokenType.String)
            {
                if (parts.Count == AppStateLimits.IndexParts)
                    return null;
                parts.Add(json.GetString()!);
            }
            return json.TokenType == JsonTokenType.EndArray && !json.Read() ? parts : null;
        }
        // InvalidOperationException: half a surrogate pair, or bytes that are not UTF-8.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
