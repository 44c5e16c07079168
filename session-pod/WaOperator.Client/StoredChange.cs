using System.Text.Json.Serialization;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Client;

/// <summary>An entry of the journal with its number, which counts up from 1 for the device.</summary>
internal sealed record NumberedEntry(long Seq, JournalEntry Entry);

/// <summary>A change as a line of the file.</summary>
internal sealed record StoredChange(
    IReadOnlyList<StoredRecord>? Records,
    IReadOnlyList<uint>? UsedPreKeys,
    IReadOnlyList<StoredEntry>? Journal,
    IReadOnlyList<OutboundMessage>? Outbound
)
{
    /// <summary>In a file that was written anew: what had been handled by then.</summary>
    public IReadOnlyList<MessageKey>? HandledBefore { get; init; }

    public static StoredChange Of(DeviceChange change, IReadOnlyList<NumberedEntry> entries) =>
        new(
            NullIfEmpty([
                .. change.Records.Select(r => new StoredRecord(r.Key.Kind, r.Key.Id, r.Value)),
            ]),
            NullIfEmpty(change.UsedPreKeys),
            NullIfEmpty([
                .. entries.Select(e => new StoredEntry(
                    e.Seq,
                    e.Entry.Type,
                    e.Entry.Handled,
                    e.Entry.Body
                )),
            ]),
            NullIfEmpty(change.Outbound)
        );

    public (DeviceChange Change, IReadOnlyList<NumberedEntry> Entries) Read() =>
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
                .. (Journal ?? []).Select(e => new NumberedEntry(
                    e.Seq,
                    new(e.Type, e.Handled, e.Body)
                )),
            ]
        );

    private static IReadOnlyList<T>? NullIfEmpty<T>(IReadOnlyList<T> list) =>
        list.Count == 0 ? null : list;
}

/// <summary>A record; without a value it is deleted.</summary>
internal sealed record StoredRecord(string Kind, string Id, byte[]? Value);

/// <summary>An entry of the journal.</summary>
internal sealed record StoredEntry(long Seq, string Type, MessageKey? Handled, byte[] Body);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true
)]
[JsonSerializable(typeof(StoredChange))]
internal sealed partial class StoredContext : JsonSerializerContext;
