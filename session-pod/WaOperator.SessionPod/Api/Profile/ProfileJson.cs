using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Profile;

/// <summary>Where a picture is.</summary>
/// <param name="Id">Names it; another picture has another id.</param>
/// <param name="Url">Where the JPEG is, at WhatsApp's media hosts; it can be loaded for some days, by who knows it.</param>
/// <param name="Preview">It is the small form of it.</param>
internal sealed record PictureAnswer(string Id, string Url, bool Preview);

/// <summary>A picture was set.</summary>
/// <param name="Id">Its id, where WhatsApp gave one.</param>
internal sealed record PictureSetAnswer(string? Id);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(PictureAnswer))]
[JsonSerializable(typeof(PictureSetAnswer))]
internal sealed partial class ProfileJson : JsonSerializerContext;
