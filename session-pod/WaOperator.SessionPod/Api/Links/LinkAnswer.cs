using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Links;

/// <summary>A link that opens something without an API key.</summary>
/// <param name="Url">Where it opens, behind the address of this API.</param>
/// <param name="ExpiresAt">Until when.</param>
internal sealed record LinkAnswer(string Url, DateTimeOffset ExpiresAt);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(LinkAnswer))]
internal sealed partial class LinkJson : JsonSerializerContext;
