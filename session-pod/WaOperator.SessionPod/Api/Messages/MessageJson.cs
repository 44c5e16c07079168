using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>How far a message has come.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Queued, Encrypted (and perhaps sent), Acked (the server has it) or Failed.</param>
/// <param name="To">Recipient; left out in the answer to a new message.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="QueuedAt">When it was accepted.</param>
/// <param name="SettledAt">When it was acked or failed.</param>
internal sealed record MessageAnswer(
    string Id,
    string State,
    string? To = null,
    string? Error = null,
    DateTimeOffset? QueuedAt = null,
    DateTimeOffset? SettledAt = null
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(TextParts))]
[JsonSerializable(typeof(MessageNameParts))]
[JsonSerializable(typeof(MessageAnswer))]
internal sealed partial class MessageJson : JsonSerializerContext;
