using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Media;

/// <summary>A file that a tenant may send or load.</summary>
internal sealed record StoredMedia
{
    /// <summary>As what it is sent.</summary>
    public required MediaUse Use { get; init; }

    /// <summary>Its MIME type; of a received file what its sender says.</summary>
    public required string MimeType { get; init; }

    /// <summary>The name of a document; null: not known.</summary>
    public string? FileName { get; init; }

    /// <summary>Where it is, and the keys that open it.</summary>
    public required MediaReference File { get; init; }

    /// <summary>The message that it came with, by which a phone can be asked for it again; null: there is none.</summary>
    [JsonIgnore]
    public MessageReference? Message { get; init; }

    /// <summary>Whether it came with a message; else it was uploaded.</summary>
    [JsonIgnore]
    public bool Received { get; init; }
}

/// <summary>Uploads as they are stored, before encryption.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StoredMedia))]
internal sealed partial class StoredMediaJson : JsonSerializerContext
{
    /// <summary>Serialises.</summary>
    public static byte[] Write(StoredMedia media) =>
        JsonSerializer.SerializeToUtf8Bytes(media, Default.StoredMedia);

    /// <exception cref="InvalidDataException">It is not an upload.</exception>
    public static StoredMedia Read(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, Default.StoredMedia)
                ?? throw new InvalidDataException("a stored upload is null");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"a stored upload cannot be read: {e.Message}", e);
        }
    }
}
