using System.Buffers.Binary;
using System.Collections.Immutable;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.AppState;

/// <summary>
/// How the account's state is stored: of each collection its version and hash, and apart from them the value MACs in force, in 256
/// records by the first byte of the index MAC. So a patch of one mutation rewrites a 256th of the map, and of an account with 100,000
/// contacts that is 25 KiB.
/// </summary>
internal static class AppStateRecords
{
    public static RecordKey Collection(string collection) => new(RecordKinds.AppState, collection);

    /// <param name="collection">The collection.</param>
    /// <param name="index">The name of an index in it (<see cref="AppStateReader.Name"/>).</param>
    public static RecordKey Bucket(string collection, string index) =>
        new(RecordKinds.AppState, $"{collection}/{index.AsSpan(0, 2)}");

    /// <summary>All buckets of a collection.</summary>
    public static IEnumerable<RecordKey> Buckets(string collection) =>
        Enumerable
            .Range(0, 256)
            .Select(first => new RecordKey(RecordKinds.AppState, $"{collection}/{first:x2}"));

    /// <summary>The keys that the phone shared.</summary>
    public static RecordKey Keys { get; } = new(RecordKinds.AppStateKeys, "phone");

    /// <summary>The keys that the phone was asked for.</summary>
    public static RecordKey AskedKeys { get; } = new(RecordKinds.AppStateKeys, "asked");

    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static IRecord Deserialize(RecordKey key, byte[] bytes) =>
        key == AskedKeys ? AppState.AskedKeys.Deserialize(bytes)
        : key.Kind == RecordKinds.AppStateKeys ? SharedKeys.Deserialize(bytes)
        : key.Id.Contains('/', StringComparison.Ordinal) ? MacBucket.Deserialize(bytes)
        : CollectionRecord.Deserialize(bytes);
}

/// <summary>How far a collection has come.</summary>
internal sealed record CollectionRecord(CollectionState State) : IRecord
{
    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static CollectionRecord Deserialize(ReadOnlySpan<byte> bytes) =>
        bytes.Length == sizeof(ulong) + LtHash.Size
            ? new(
                new CollectionState(
                    BinaryPrimitives.ReadUInt64BigEndian(bytes),
                    [.. bytes[sizeof(ulong)..]]
                )
            )
            : throw new InvalidDataException("The stored version of the app state is damaged.");

    public long HeldBytes => 240;

    public byte[] Serialize()
    {
        var bytes = new byte[sizeof(ulong) + LtHash.Size];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, State.Version);
        State.Hash.CopyTo(bytes, sizeof(ulong));
        return bytes;
    }

    public void Dispose() { }
}

/// <summary>The value MACs in force whose index MACs begin with the same byte: pairs of index MAC and value MAC.</summary>
internal sealed class MacBucket(ImmutableDictionary<string, byte[]> macs) : IRecord
{
    private const int EntrySize = 2 * AppStateKeys.MacSize;

    /// <summary>Of an index MAC in hexadecimal and a value MAC, in a table.</summary>
    private const int HeldSize = 320;

    public ImmutableDictionary<string, byte[]> Macs => macs;

    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static MacBucket Deserialize(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length % EntrySize != 0)
            throw new InvalidDataException("The stored MACs of the app state are damaged.");
        var macs = ImmutableDictionary.CreateBuilder<string, byte[]>();
        for (; !bytes.IsEmpty; bytes = bytes[EntrySize..])
            macs[AppStateReader.Name(bytes[..AppStateKeys.MacSize])] = bytes[
                AppStateKeys.MacSize..EntrySize
            ]
                .ToArray();
        return new(macs.ToImmutable());
    }

    public long HeldBytes => 64 + HeldSize * (long)macs.Count;

    public byte[] Serialize()
    {
        var bytes = new byte[EntrySize * macs.Count];
        var at = 0;
        foreach (var (index, valueMac) in macs)
        {
            Convert.FromHexString(index).CopyTo(bytes, at);
            valueMac.CopyTo(bytes, at + AppStateKeys.MacSize);
            at += EntrySize;
        }
        return bytes;
    }

    public void Dispose() { }
}
