using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Consumers;

/// <summary>Where a new consumer begins.</summary>
[JsonConverter(typeof(ConsumerStartConverter))]
internal enum ConsumerStart
{
    /// <summary>With what happens after it was made.</summary>
    [JsonStringEnumMemberName("now")]
    Now,

    /// <summary>With the oldest events that are kept.</summary>
    [JsonStringEnumMemberName("earliest")]
    Earliest,
}

internal sealed class ConsumerStartConverter()
    : JsonStringEnumConverter<ConsumerStart>(namingPolicy: null, allowIntegerValues: false);

/// <summary>Which events a consumer fetches.</summary>
internal sealed record ConsumerRequest
{
    /// <summary>Of these sessions alone, as NAMESPACE/NAME, at most 1,000; of all of the tenant, also later ones, if left out.</summary>
    public IReadOnlyList<string>? Sessions { get; init; }

    /// <summary>Of these types alone, or patterns such as message.*, at most 32; of all if left out.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Where it begins; now if left out. Counts when the consumer is made, not when it is changed.</summary>
    public ConsumerStart? StartFrom { get; init; }
}

/// <summary>A consumer.</summary>
internal sealed record ConsumerShown
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The sessions whose events it fetches; left out: all of the tenant.</summary>
    public IReadOnlyList<string>? Sessions { get; init; }

    /// <summary>Types and patterns that it fetches; left out: all.</summary>
    public IReadOnlyList<string>? Types { get; init; }

    /// <summary>Where it began.</summary>
    public required ConsumerStart StartFrom { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset Created { get; init; }

    /// <summary>When events were fetched last; left out: never.</summary>
    public DateTimeOffset? LastRead { get; init; }

    /// <summary>When events were acknowledged last; left out: never.</summary>
    public DateTimeOffset? LastAck { get; init; }

    /// <summary>Events behind those that were acknowledged: an upper bound, for types that it does not fetch count, too. Sessions in which it acknowledged nothing yet do not count. Told of one consumer, not in lists, once it acknowledged something.</summary>
    public long? Backlog { get; init; }

    /// <summary>What is shown of a row.</summary>
    public static ConsumerShown Of(StoredConsumer row) =>
        new()
        {
            Name = row.Name,
            Sessions = row.Sessions,
            Types = row.Types,
            StartFrom = row.Since == 0 ? ConsumerStart.Earliest : ConsumerStart.Now,
            Created = row.CreatedAt,
            LastRead = row.ReadAt,
            LastAck = row.AckedAt,
            Backlog = row.Backlog,
        };
}

/// <summary>The consumers of the tenant that the key may read.</summary>
/// <param name="Data">By their names.</param>
internal sealed record ConsumerList(IReadOnlyList<ConsumerShown> Data);

/// <summary>The next events of a consumer.</summary>
/// <param name="Events">Envelopes, as webhooks post them, in the order of each session; none came in time if it is empty.</param>
/// <param name="Cursor">Acknowledge it once they are handled; also that of an empty page may be.</param>
internal sealed record ConsumerEvents(IReadOnlyList<JsonElement> Events, string Cursor);

/// <summary>Events are handled.</summary>
/// <param name="Cursor">As they came with it.</param>
internal sealed record AckRequest(string Cursor);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    MaxDepth = 8
)]
[JsonSerializable(typeof(ConsumerRequest))]
[JsonSerializable(typeof(ConsumerShown))]
[JsonSerializable(typeof(ConsumerList))]
[JsonSerializable(typeof(ConsumerEvents))]
[JsonSerializable(typeof(AckRequest))]
internal sealed partial class ConsumersJson : JsonSerializerContext;
