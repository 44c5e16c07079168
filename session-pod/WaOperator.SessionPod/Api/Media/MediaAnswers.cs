using System.Text.Json.Serialization;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Media;

namespace WaOperator.SessionPod.Api.Media;

/// <summary>A file that was uploaded.</summary>
/// <param name="Id">Its id: messages name the file by it.</param>
/// <param name="Kind">As what it can be sent.</param>
/// <param name="MimeType">Its MIME type.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256, in hex.</param>
/// <param name="ExpiresAt">Until when it can be sent and loaded.</param>
internal sealed record MediaAnswer(
    string Id,
    [property: JsonConverter(typeof(CamelCase<MediaUse>))] MediaUse Kind,
    string MimeType,
    long Bytes,
    string Sha256,
    DateTimeOffset ExpiresAt
);

/// <summary>A link that opens a file without an API key, and what file that is.</summary>
/// <param name="Url">Where it opens, behind the address of this API.</param>
/// <param name="ExpiresAt">Until when.</param>
/// <param name="MimeType">The file's MIME type, as its sender told it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its SHA-256, in hex.</param>
internal sealed record MediaLinkAnswer(
    string Url,
    DateTimeOffset ExpiresAt,
    string MimeType,
    long Bytes,
    string Sha256
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(MediaAnswer))]
[JsonSerializable(typeof(MediaLinkAnswer))]
internal sealed partial class MediaJson : JsonSerializerContext;
