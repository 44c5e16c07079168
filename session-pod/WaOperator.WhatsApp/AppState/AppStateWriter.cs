using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.AppState;

/// <summary>Writes patches as the phone does. Pure but for the random numbers of the cipher.</summary>
internal static class AppStateWriter
{
    /// <summary>
    /// A patch that leads from a state to the next. It has no version: the server gives it that of its base plus 1, and refuses it if
    /// another device was faster.
    /// </summary>
    /// <param name="collection">The collection's name on the wire.</param>
    /// <param name="before">The state that it builds upon.</param>
    /// <param name="stored">The value MACs in force of the changes' indexes (<see cref="Indexes"/>).</param>
    /// <param name="changes">What it does, in order; at least one.</param>
    /// <param name="keyId">The phone's newest key.</param>
    /// <param name="keys">The phone's keys.</param>
    /// <exception cref="AppStateException">The key is missing.</exception>
    public static (SyncdPatch Patch, Applied Applied) Write(
        string collection,
        CollectionState before,
        IReadOnlyDictionary<string, byte[]> stored,
        IReadOnlyList<AppStateChange> changes,
        ReadOnlySpan<byte> keyId,
        AppStateKeyring keys
    )
    {
        var key = keys.Get(keyId);
        var version = before.Version + 1;
        var (hash, macs) = (before.Hash.ToArray(), new ValueMacs(stored));
        var (patch, valueMacs) = (new SyncdPatch { KeyId = Id(keyId) }, new List<byte[]>());
        foreach (var change in changes)
        {
            var index = AppStateIndex.Write(change.Index);
            var indexMac = key.IndexMac(index);
            var data = new SyncActionData
            {
                Index = ByteString.CopyFrom(index),
                Value = change.Value,
                Padding = ByteString.Empty,
                Version = change.ActionVersion,
            };
            var blob = key.Seal(change.Operation, keyId, data.ToByteArray());
            var valueMac = blob[^AppStateKeys.MacSize..];
            valueMacs.Add(valueMac);
            var remove = change.Operation == AppStateOperation.Remove;
            if (remove)
                macs.Remove(hash, AppStateReader.Name(indexMac));
            else
                macs.Set(hash, AppStateReader.Name(indexMac), valueMac);
            patch.Mutations.Add(
                new SyncdMutation
                {
                    Operation = remove
                        ? SyncdMutation.Types.Operation.Remove
                        : SyncdMutation.Types.Operation.Set,
                    Record = new()
                    {
                        Index = new() { Blob = ByteString.CopyFrom(indexMac) },
                        Value = new() { Blob = ByteString.CopyFrom(blob) },
                        KeyId = Id(keyId),
                    },
                }
            );
        }
        var snapshotMac = key.SnapshotMac(hash, version, collection);
        patch.SnapshotMac = ByteString.CopyFrom(snapshotMac);
        patch.PatchMac = ByteString.CopyFrom(
            key.PatchMac(snapshotMac, valueMacs, version, collection)
        );
        return (
            patch,
            new(
                new(version, ImmutableCollectionsMarshal.AsImmutableArray(hash)),
                macs.Changed,
                [.. changes.Select(c => new Mutation(c.Operation, c.Index, c.Value))],
                macs.UnknownRemovals
            )
        );
    }

    /// <summary>The indexes whose stored value MACs <see cref="Write"/> needs.</summary>
    public static IReadOnlyCollection<string> Indexes(
        IEnumerable<AppStateChange> changes,
        AppStateKeys key
    ) =>
        [
            .. changes
                .Select(c => AppStateReader.Name(key.IndexMac(AppStateIndex.Write(c.Index))))
                .Distinct(),
        ];

    private static SyncdKeyId Id(ReadOnlySpan<byte> keyId) =>
        new() { Id = ByteString.CopyFrom(keyId) };
}
