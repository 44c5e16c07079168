using System.Text.Json.Serialization;

namespace WaOperator.Gateway.Streams.Tickets;

/// <summary>What a ticket is to open.</summary>
internal sealed record TicketRequest
{
    /// <summary>Show these sessions alone, as NAMESPACE/NAME, at most 100; all that the key opens if left out.</summary>
    public IReadOnlyList<string>? Sessions { get; init; }

    /// <summary>Show these types alone, or patterns such as message.*, at most 32; all if left out.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>For how many seconds it can be used, 5 to 300; 60 if left out.</summary>
    public int? Seconds { get; init; }
}

/// <summary>A ticket, which opens one stream.</summary>
/// <param name="Ticket">The ticket: the parameter ticket of the stream's address.</param>
/// <param name="Expires">Until when it can be used. A stream that it opened stays open.</param>
/// <param name="Url">The stream of all sessions that it opens, behind the API's address.</param>
/// <param name="Cursor">Where that stream begins by itself, when the ticket was made: a page that has seen no event yet comes again with it, and misses none.</param>
internal sealed record TicketAnswer(
    string Ticket,
    DateTimeOffset Expires,
    string Url,
    string Cursor
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 8
)]
[JsonSerializable(typeof(TicketRequest))]
[JsonSerializable(typeof(TicketAnswer))]
internal sealed partial class TicketsJson : JsonSerializerContext;
