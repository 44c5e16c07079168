using System.Text.Json.Serialization;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Storage;

/// <summary>An event with its number, which counts up from 1 for the device.</summary>
/// <param name="Seq">The number.</param>
/// <param name="Completes">The inbound message that is done with; kept beside the event, which may become unreadable.</param>
/// <param name="Event">The event.</param>
internal sealed record KeptEvent(long Seq, MessageKey? Completes, SessionEvent Event)
{
    public static KeptEvent Of(long seq, SessionEvent e) => new(seq, e.Completes, e);
}

/// <summary>A change as a line of the file.</summary>
internal sealed record StoredChange(
    IReadOnlyList<StoredRecord>? Records,
    IReadOnlyList<uint>? UsedPreKeys,
    IReadOnlyList<StoredEntry>? Journal,
    IReadOnlyList<OutboundMessage>? Outbound
)
{
    /// <summary>In a file that was compacted: what had been handled by then.</summary>
    public IReadOnlyList<MessageKey>? HandledBefore { get; init; }

    /// <summary>The last event that the application is done with; null: as before.</summary>
    public long? Confirmed { get; init; }

    /// <summary>The number of the last event that there ever was; null: as the events say.</summary>
    public long? LastSeq { get; init; }

    public static StoredChange Of(DeviceChange change, IReadOnlyList<KeptEvent> events) =>
        new(
            NullIfEmpty([
                .. change.Records.Select(r => new StoredRecord(r.Key.Kind, r.Key.Id, r.Value)),
            ]),
            NullIfEmpty(change.UsedPreKeys),
            NullIfEmpty([
                .. events.Select(e =>
                {
                    var (type, bytes) = EventCodec.Encode(e.Event);
                    return new StoredEntry(e.Seq, type, e.Completes, bytes);
                }),
            ]),
            NullIfEmpty(change.Outbound)
        );

    public (DeviceChange Change, IReadOnlyList<KeptEvent> Events) Read() =>
        (
            new()
            {
                Records =
                [
                    .. (Records ?? []).Select(r => new RecordWrite(new(r.Kind, r.Id), r.Value)),
                ],
                UsedPreKeys = UsedPreKeys ?? [],
                Outbound = Outbound ?? [],
            },
            [
                .. (Journal ?? []).Select(e => new KeptEvent(
                    e.Seq,
                    e.Handled,
                    EventCodec.Decode(e.Type, e.Body)
                )),
            ]
        );

    private static IReadOnlyList<T>? NullIfEmpty<T>(IReadOnlyList<T> list) =>
        list.Count == 0 ? null : list;
}

/// <summary>A record; without a value it is deleted.</summary>
internal sealed record StoredRecord(string Kind, string Id, byte[]? Value);

/// <summary>An event; the body as <see cref="EventCodec"/> makes it.</summary>
internal sealed record StoredEntry(long Seq, string Type, MessageKey? Handled, byte[] Body);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(StoredChange))]
internal sealed partial class StoredContext : JsonSerializerContext;
