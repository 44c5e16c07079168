using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp.Content;

/// <summary>
/// Received messages as JSON: camelCase, absent values left out, kinds in camelCase, addresses as text, bytes in base64.
/// It holds what people wrote, and the keys of files.
/// </summary>
internal static class ReceivedJson
{
    /// <summary>As JSON, in UTF-8.</summary>
    public static byte[] Write(ReceivedContent content) =>
        JsonSerializer.SerializeToUtf8Bytes(content, ReceivedJsonContext.Default.ReceivedContent);

    /// <summary>A file's reference, as in such JSON under "media".</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static MediaReference ReadMedia(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, ReceivedJsonContext.Default.MediaReference)
        ?? throw new JsonException("The reference of a file is expected, not null.");
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [
        typeof(JidJsonConverter),
        typeof(CamelCaseConverter<ContentKind>),
        typeof(CamelCaseConverter<MediaKind>),
    ]
)]
[JsonSerializable(typeof(ReceivedContent))]
internal sealed partial class ReceivedJsonContext : JsonSerializerContext;

internal sealed class CamelCaseConverter<TEnum>()
    : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;

internal sealed class JidJsonConverter : JsonConverter<Jid>
{
    public override Jid Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) =>
        Jid.TryParse(reader.GetString(), out var jid)
            ? jid
            : throw new JsonException(
                "An address such as 491511111111@s.whatsapp.net is expected."
            );

    public override void Write(Utf8JsonWriter writer, Jid value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
