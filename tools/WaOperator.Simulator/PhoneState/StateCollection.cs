using Google.Protobuf;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.PhoneState;

/// <summary>
/// One collection of an account's state: what the server keeps of it (version, last patches), and what the phone keeps (hash, records in
/// force). Guard: the gate of its <see cref="AccountState"/>.
/// </summary>
internal sealed class StateCollection
{
    /// <summary>Older patches are forgotten: who asks from before them gets a snapshot.</summary>
    public const int MaxPatches = 200;

    /// <summary>Its name on the wire.</summary>
    public required string Name { get; init; }

    /// <summary>Counts its patches.</summary>
    public ulong Version { get; set; }

    /// <summary>The LT-hash of all value MACs in force.</summary>
    public byte[] Hash { get; set; } = new byte[LtHash.Size];

    /// <summary>The records in force (SyncdRecord) by their index MAC in hexadecimal.</summary>
    public Dictionary<string, byte[]> Records { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The last patches as the server gives them, oldest first; the last one leads to <see cref="Version"/>.</summary>
    public List<byte[]> Patches { get; init; } = [];

    /// <summary>How far it has come.</summary>
    public CollectionState State() => new(Version, [.. Hash]);

    /// <summary>Whether the patches after a version are still there.</summary>
    public bool HasSince(ulong version) =>
        version <= Version && Version - version <= (ulong)Patches.Count;

    /// <summary>The patches after a version, oldest first.</summary>
    public IEnumerable<byte[]> Since(ulong version) =>
        Patches.Skip(Patches.Count - (int)(Version - version));

    /// <summary>The value MACs in force of some indexes.</summary>
    public Dictionary<string, byte[]> Macs(IEnumerable<string> indexes)
    {
        var macs = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var index in indexes)
        {
            if (Records.TryGetValue(index, out var record))
                macs[index] = SyncdRecord.Parser.ParseFrom(record).Value.Blob.ToByteArray()[
                    ^AppStateKeys.MacSize..
                ];
        }
        return macs;
    }

    /// <summary>Verifies a patch as a phone does, all five MACs and the hash, and takes it.</summary>
    /// <param name="patch">The patch, with its mutations within.</param>
    /// <param name="given">As the server gives it to others: with its version, and perhaps with its mutations in a file.</param>
    /// <param name="keys">The phone's keys.</param>
    /// <exception cref="AppStateException">The phone does not take it; nothing has changed.</exception>
    public void Take(SyncdPatch patch, SyncdPatch given, AppStateKeyring keys)
    {
        var macs = Macs(AppStateReader.Indexes(patch));
        var applied = AppStateReader.Apply(Name, State(), macs, patch, keys);
        foreach (var mutation in patch.Mutations)
        {
            var index = AppStateReader.Name(mutation.Record.Index.Blob.Span);
            if (mutation.Operation == SyncdMutation.Types.Operation.Set)
                Records[index] = mutation.Record.ToByteArray();
            else
                Records.Remove(index);
        }
        (Version, Hash) = (applied.State.Version, [.. applied.State.Hash]);
        given.Version = new() { Version = Version };
        Patches.Add(given.ToByteArray());
        if (Patches.Count > MaxPatches)
            Patches.RemoveRange(0, Patches.Count - MaxPatches);
    }

    /// <summary>The whole state, under the phone's newest key; the records stay under those that they were written with.</summary>
    public SyncdSnapshot Snapshot(StateKey key)
    {
        using var keys = AppStateKeys.Expand(key.Data);
        var snapshot = new SyncdSnapshot
        {
            Version = new() { Version = Version },
            KeyId = new() { Id = ByteString.CopyFrom(key.Id) },
            Mac = ByteString.CopyFrom(keys.SnapshotMac(Hash, Version, Name)),
        };
        snapshot.Records.AddRange(Records.Values.Select(r => SyncdRecord.Parser.ParseFrom(r)));
        return snapshot;
    }
}
