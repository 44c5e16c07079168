using Google.Protobuf;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.History;

/// <summary>How it is stored what the phone has announced and was not taken yet: a list, and each announcement by itself.</summary>
internal static class HistoryRecords
{
    /// <summary>The list of what is due.</summary>
    public static RecordKey Due { get; } = new(RecordKinds.History, "due");

    /// <summary>An announcement.</summary>
    /// <param name="id">The id of the message that brought it.</param>
    public static RecordKey Note(string id) => new(RecordKinds.History, $"note/{id}");

    /// <summary>Whether it is an announcement: it may hold a part of the history, and is read once, in its turn.</summary>
    public static bool IsNote(RecordKey key) => key.Kind == RecordKinds.History && key != Due;

    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static IRecord Deserialize(RecordKey key, byte[] bytes)
    {
        try
        {
            return key == Due
                ? new HistoryDue(StoredHistoryDue.Parser.ParseFrom(bytes))
                : new HistoryNote(HistorySyncNotification.Parser.ParseFrom(bytes));
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw new InvalidDataException("What is stored of the history is damaged.", e);
        }
    }

    /// <summary>The announcement in a decrypted message, of a part that is taken; null: there is none.</summary>
    public static HistorySyncNotification? Read(ReadOnlySpan<byte> message)
    {
        try
        {
            return
                Message.Parser.ParseFrom(message).ProtocolMessage
                    is {
                        Type: ProtocolMessage.Types.Type.HistorySyncNotification,
                        HistorySyncNotification: { HasSyncType: true } announced,
                    }
                && Enum.IsDefined((HistoryPart)announced.SyncType)
                ? announced
                : null;
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            return null;
        }
    }
}

/// <summary>A part that is due.</summary>
/// <param name="Id">The id of the message that announced it.</param>
/// <param name="Taken">How many of its entries are durable.</param>
/// <param name="Part">Which part it is of.</param>
/// <param name="IsInline">Whether the announcement holds it; otherwise it is a file.</param>
internal readonly record struct HistoryEntry(string Id, int Taken, HistoryPart Part, bool IsInline);

/// <summary>What is due, oldest first, with how many entries of each are durable. Never changed: a change makes another one.</summary>
internal sealed class HistoryDue(StoredHistoryDue stored) : IRecord
{
    /// <summary>Parts that wait at most; a phone gives some dozens.</summary>
    public const int Most = 256;

    private const int EntrySize = 128;

    public static HistoryDue None { get; } = new(new());

    public IReadOnlyList<HistoryEntry> Entries =>
        [
            .. stored.Entries.Select(e => new HistoryEntry(
                e.Id,
                e.Taken,
                (HistoryPart)e.Part,
                e.Inline
            )),
        ];

    public bool IsFull => stored.Entries.Count >= Most;

    /// <summary>With another behind all others, or again from its beginning.</summary>
    public HistoryDue With(string id, HistorySyncNotification announced)
    {
        var next = stored.Clone();
        if (next.Entries.FirstOrDefault(e => e.Id == id) is not { } entry)
            next.Entries.Add(entry = new() { Id = id });
        (entry.Taken, entry.Part) = (0, (uint)announced.SyncType);
        entry.Inline = !announced.InitialHistBootstrapInlinePayload.IsEmpty;
        return new(next);
    }

    public HistoryDue WithTaken(string id, int taken)
    {
        var next = stored.Clone();
        if (next.Entries.FirstOrDefault(e => e.Id == id) is { } known)
            known.Taken = taken;
        return new(next);
    }

    /// <returns>Null: nothing is left.</returns>
    public HistoryDue? Without(string id)
    {
        var next = new StoredHistoryDue();
        next.Entries.AddRange(stored.Entries.Where(e => e.Id != id));
        return next.Entries.Count == 0 ? null : new(next);
    }

    public long HeldBytes => 64 + EntrySize * stored.Entries.Count;

    public byte[] Serialize() => stored.ToByteArray();

    public void Dispose() { }
}

/// <summary>An announcement. Holds the key of a file, or the part itself.</summary>
internal sealed class HistoryNote(HistorySyncNotification announced) : IRecord
{
    public HistorySyncNotification Announced => announced;

    public long HeldBytes => 128 + announced.CalculateSize();

    public byte[] Serialize() => announced.ToByteArray();

    public void Dispose() { }
}
