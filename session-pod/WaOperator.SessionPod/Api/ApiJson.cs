using System.Text.Json.Serialization;
using WaOperator.Api;

namespace WaOperator.SessionPod.Api;

/// <summary>How a session is.</summary>
/// <param name="Namespace">Namespace of its resource.</param>
/// <param name="Name">Name of its resource.</param>
/// <param name="Phase">What it is doing.</param>
/// <param name="Reason">Why, in a word.</param>
/// <param name="Message">Why, for people.</param>
/// <param name="Paired">Whether a phone is linked.</param>
/// <param name="Phone">The linked phone's number.</param>
/// <param name="Jid">The linked device's address.</param>
/// <param name="LastConnectedAt">When it was connected last.</param>
/// <param name="LastEvent">The number of its newest event; 0 before the first.</param>
internal sealed record SessionAnswer(
    string Namespace,
    string Name,
    string Phase,
    string Reason,
    string Message,
    bool Paired,
    string? Phone,
    string? Jid,
    DateTimeOffset? LastConnectedAt,
    long LastEvent
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(WebhookTested))]
[JsonSerializable(typeof(WebhookAttempts))]
internal sealed partial class ApiJson : JsonSerializerContext;
