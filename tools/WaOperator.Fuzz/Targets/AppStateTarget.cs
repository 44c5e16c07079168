using Google.Protobuf;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// Patches and snapshots of the account's state. What was changed on the way is refused; what has the right MACs is read, whatever its
/// writer, who has the key, put under them.
/// </summary>
internal sealed class AppStateTarget : Target
{
    private const string Collection = "regular_low";

    private static readonly byte[] KeyId = [1, 2, 3, 4, 5, 6];
    private static readonly Dictionary<string, byte[]> NothingStored = [];

    private readonly byte[] _keyData =
    [
        .. Enumerable.Range(0, AppStateKeys.KeyDataSize).Select(i => (byte)i),
    ];

    private enum Entrance
    {
        Patch,
        Snapshot,
        Index,
    }

    public override string Name => "appstate";

    public override Input Make(Random random)
    {
        var entrance = (Entrance)random.Next(3);
        if (entrance == Entrance.Index)
        {
            var index = Index(random);
            return new(ByteMutation.Change(random, index, index), (int)entrance);
        }
        using var keys = Keys();
        var patch = Patch(random, keys);
        var original =
            entrance == Entrance.Patch ? patch.ToByteArray() : Snapshot(patch, keys).ToByteArray();
        return new(
            random.Next(3) switch
            {
                0 => original,
                1 => ProtoMutation.Change(random, original),
                _ => ByteMutation.Change(random, original, original),
            },
            (int)entrance
        );
    }

    public override void Parse(Input input)
    {
        using var keys = Keys();
        switch ((Entrance)input.Kind)
        {
            case Entrance.Patch:
                AppStateReader.Apply(
                    Collection,
                    CollectionState.Empty,
                    NothingStored,
                    AppStateReader.ParsePatch(input.Bytes),
                    keys
                );
                break;
            case Entrance.Snapshot:
                AppStateReader.Open(Collection, AppStateReader.ParseSnapshot(input.Bytes), keys);
                break;
            default:
                var parts =
                    AppStateIndex.Read(input.Bytes) ?? throw new RefusedException("no index");
                if (!AppStateIndex.Read(AppStateIndex.Write(parts))!.SequenceEqual(parts))
                    throw new InvalidOperationException("written again it is another index");
                break;
        }
    }

    public override bool IsRefusal(Exception exception) =>
        exception is AppStateException or RefusedException;

    public override long MaxAllocated(Input input) => 128 * 1024 + 512L * input.Bytes.Length;

    private static byte[] Index(Random random) =>
        AppStateIndex.Write([
            "star",
            .. Enumerable.Range(0, random.Next(5)).Select(i => $"{i}@s.whatsapp.net"),
        ]);

    private static SyncdPatch Patch(Random random, AppStateKeyring keys) =>
        AppStateWriter
            .Write(
                Collection,
                CollectionState.Empty,
                NothingStored,
                [
                    .. Enumerable
                        .Range(0, random.Next(1, 4))
                        .Select(i => new AppStateChange(
                            AppStateOperation.Set,
                            ["archive", $"{i}@s.whatsapp.net"],
                            Value(random),
                            3
                        )),
                ],
                KeyId,
                keys
            )
            .Patch;

    private static SyncActionValue Value(Random random) =>
        SyncActionValue.Parser.ParseFrom(
            Sample.Of(SyncActionValue.Descriptor, random, random.Next(3)).ToByteArray()
        );

    private static SyncdSnapshot Snapshot(SyncdPatch patch, AppStateKeyring keys)
    {
        var hash = new byte[LtHash.Size];
        foreach (var mutation in patch.Mutations)
            LtHash.Add(hash, mutation.Record.Value.Blob.Span[^AppStateKeys.MacSize..]);
        return new()
        {
            Version = new() { Version = 1 },
            KeyId = patch.KeyId,
            Mac = ByteString.CopyFrom(keys.Get(KeyId).SnapshotMac(hash, 1, Collection)),
            Records = { patch.Mutations.Select(m => m.Record) },
        };
    }

    private AppStateKeyring Keys() =>
        new(name => name == AppStateKeyring.Name(KeyId) ? _keyData : null);
}
