using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api;

/// <summary>A message to be sent.</summary>
internal sealed record SendRequest
{
    /// <summary>Recipient: a phone number in international form (491701234567, +49 170 1234567), or an address as events give it (user@s.whatsapp.net, user@lid, group@g.us).</summary>
    public string? To { get; init; }

    /// <summary>Its text. Either this or <see cref="Message"/>.</summary>
    public string? Text { get; init; }

    /// <summary>A serialised Message protobuf in base64.</summary>
    public string? Message { get; init; }

    /// <summary>Its id, 8 to 64 letters and digits; a new one if left out. Asked again with the same id, nothing is sent twice.</summary>
    public string? Id { get; init; }
}

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
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(SessionAnswer))]
internal sealed partial class ApiJson : JsonSerializerContext;
