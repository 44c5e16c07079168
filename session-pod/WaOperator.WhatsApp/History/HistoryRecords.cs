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

/// <summary>What is due, oldest first, with how many entries of each are durable. Never changed: a change makes another one.</summary>
internal sealed class HistoryDue(StoredHistoryDue stored) : IRecord
{
    /// <summary>Parts that wait at most; a phone gives some dozens.</summary>
    public const int Most = 256;

    private const int EntrySize = 128;

    public static HistoryDue None { get; } = new(new());

    public IReadOnlyList<string> Ids => [.. stored.Entries.Select(e => e.Id)];

    public bool IsFull => stored.Entries.Count >= Most;

    public int TakenOf(string id) => stored.Entries.FirstOrDefault(e => e.Id == id)?.Taken ?? 0;

    public HistoryDue With(string id, int taken)
    {
        var next = stored.Clone();
        if (next.Entries.FirstOrDefault(e => e.Id == id) is { } known)
            known.Taken = taken;
        else
            next.Entries.Add(new StoredHistoryDue.Types.Entry { Id = id, Taken = taken });
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
