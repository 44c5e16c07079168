using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Tests.AppState;

public sealed class AppStateReaderTests
{
    private const string Collection = "regular_low";

    private static readonly byte[] KeyId = [0, 0, 0, 0, 1, 2];
    private static readonly byte[] OtherKeyId = [0, 0, 0, 0, 1, 3];

    private readonly Dictionary<string, byte[]> _keys = new()
    {
        [AppStateKeyring.Name(KeyId)] = RandomNumberGenerator.GetBytes(AppStateKeys.KeyDataSize),
        [AppStateKeyring.Name(OtherKeyId)] = RandomNumberGenerator.GetBytes(
            AppStateKeys.KeyDataSize
        ),
    };

    [Fact]
    public void Patches_of_Baileys_are_read()
    {
        var (state, stored) = (CollectionState.Empty, new Dictionary<string, byte[]>());
        var told = new List<string>();
        foreach (var vector in Vector.Read("app-state.json"))
        {
            var id = new SyncdKeyId { Id = ByteString.CopyFrom(vector.Bytes("keyId")) };
            var remove = vector.GetProperty("remove").GetBoolean();
            var patch = new SyncdPatch
            {
                KeyId = id,
                SnapshotMac = ByteString.CopyFrom(vector.Bytes("snapshotMac")),
                PatchMac = ByteString.CopyFrom(vector.Bytes("patchMac")),
                Mutations =
                {
                    new SyncdMutation
                    {
                        Operation = remove
                            ? SyncdMutation.Types.Operation.Remove
                            : SyncdMutation.Types.Operation.Set,
                        Record = new()
                        {
                            Index = new() { Blob = ByteString.CopyFrom(vector.Bytes("indexMac")) },
                            Value = new() { Blob = ByteString.CopyFrom(vector.Bytes("value")) },
                            KeyId = id,
                        },
                    },
                },
            };
            using var keys = new AppStateKeyring(_ => vector.Bytes("keyData"));

            var applied = AppStateReader.Apply(
                Collection,
                state,
                stored,
                AppStateReader.ParsePatch(patch.ToByteArray()),
                keys
            );

            applied.State.Hash.ShouldBe(vector.Bytes("hash"));
            applied.State.Version.ShouldBe(vector.GetProperty("version").GetUInt64());
            var mutation = applied.Mutations.ShouldHaveSingleItem();
            told.Add(
                $"{mutation.Operation} {string.Join(' ', mutation.Index)} {mutation.Value.ArchiveChatAction.Archived}"
            );
            state = applied.State;
            Store(stored, applied);
        }
        told.ShouldBe([
            "Set archive a@s.whatsapp.net True",
            "Set archive b@s.whatsapp.net True",
            "Set archive a@s.whatsapp.net False",
            "Remove archive b@s.whatsapp.net True",
        ]);
        stored.Count.ShouldBe(1);
    }

    [Fact]
    public void A_reader_follows_a_writer_and_a_snapshot_is_where_both_are()
    {
        var seed = RandomNumberGenerator.GetInt32(int.MaxValue);
        var random = new Random(seed);
        using var keys = Keyring();
        var written = new Side();
        var read = new Side();
        var records = new Dictionary<string, SyncdRecord>();
        for (var round = 0; round < 60; round++)
        {
            // Keys are rotated: an index has another MAC under another key, and is then another entry.
            var id = random.Next(4) == 0 ? OtherKeyId : KeyId;
            var changes = Enumerable.Range(0, random.Next(1, 6)).Select(_ => Change(random));
            var (patch, applied) = AppStateWriter.Write(
                Collection,
                written.State,
                written.Stored,
                [.. changes],
                id,
                keys
            );
            written.Take(applied);
            foreach (var mutation in patch.Mutations)
            {
                var name = AppStateReader.Name(mutation.Record.Index.Blob.Span);
                if (mutation.Operation == SyncdMutation.Types.Operation.Set)
                    records[name] = mutation.Record;
                else
                    records.Remove(name);
            }
            var needed = AppStateReader.Indexes(patch);
            read.Take(
                AppStateReader.Apply(
                    Collection,
                    read.State,
                    read.Stored.Where(pair => needed.Contains(pair.Key)).ToDictionary(),
                    patch,
                    keys
                )
            );
            read.State.Hash.ShouldBe(written.State.Hash, $"seed {seed}, round {round}");
            Told(read).ShouldBe(Told(written), ignoreOrder: true, $"seed {seed}, round {round}");

            var snapshot = Snapshot(read.State, records.Values, keys);
            var opened = AppStateReader.Open(Collection, snapshot, keys);
            opened.State.Version.ShouldBe(read.State.Version);
            opened.State.Hash.ShouldBe(read.State.Hash, $"seed {seed}, round {round}");
            opened.Changed.Count.ShouldBe(read.Stored.Count, $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void What_was_changed_on_the_way_is_not_applied()
    {
        using var keys = Keyring();
        Fault(keys, patch => patch.SnapshotMac = Flipped(patch.SnapshotMac))
            .ShouldBe(AppStateFault.WrongSnapshotMac);
        Fault(keys, patch => patch.SnapshotMac = ByteString.Empty)
            .ShouldBe(AppStateFault.WrongSnapshotMac);
        Fault(keys, patch => patch.PatchMac = Flipped(patch.PatchMac))
            .ShouldBe(AppStateFault.WrongPatchMac);
        Fault(keys, patch => patch.Mutations.RemoveAt(1)).ShouldBe(AppStateFault.WrongSnapshotMac);
        Fault(
                keys,
                patch =>
                    (patch.Mutations[0], patch.Mutations[1]) = (
                        patch.Mutations[1],
                        patch.Mutations[0]
                    )
            )
            .ShouldBe(AppStateFault.WrongPatchMac);
        Fault(
                keys,
                patch => patch.Mutations[0].Record.Index = patch.Mutations[1].Record.Index.Clone()
            )
            .ShouldBe(AppStateFault.WrongValueMac);
        Fault(
                keys,
                patch =>
                    patch.Mutations[0].Record.Value.Blob = Flipped(
                        patch.Mutations[0].Record.Value.Blob
                    )
            )
            .ShouldBe(AppStateFault.WrongValueMac);
        Fault(keys, patch => patch.Mutations[0].Operation = SyncdMutation.Types.Operation.Remove)
            .ShouldBe(AppStateFault.WrongValueMac);
        Fault(keys, patch => patch.Mutations[0].Record.Value = null)
            .ShouldBe(AppStateFault.WrongValueMac);
        Fault(keys, patch => patch.Mutations[0].Record.Index = null)
            .ShouldBe(AppStateFault.Malformed);
        Fault(keys, patch => patch.Mutations[0].Record = null).ShouldBe(AppStateFault.Malformed);
        Fault(keys, patch => patch.Mutations[0].Record.KeyId = null)
            .ShouldBe(AppStateFault.Malformed);
        Fault(keys, patch => patch.Version = new() { Version = 3 })
            .ShouldBe(AppStateFault.WrongVersion);
        Fault(keys, patch => patch.KeyId = null).ShouldBe(AppStateFault.Malformed);
        Fault(keys, patch => patch.KeyId = new() { Id = ByteString.CopyFrom(9, 9) })
            .ShouldBe(AppStateFault.MissingKey);
        Fault(keys, patch => patch.KeyId = new() { Id = ByteString.CopyFrom(OtherKeyId) })
            .ShouldBe(AppStateFault.WrongSnapshotMac);
    }

    [Fact]
    public void A_snapshot_that_lacks_a_record_or_is_of_another_collection_is_not_taken()
    {
        using var keys = Keyring();
        var (patch, applied) = Two(keys);
        var whole = Snapshot(applied.State, patch.Mutations.Select(m => m.Record), keys);

        AppStateReader.Open(Collection, whole, keys).Mutations.Count.ShouldBe(2);

        var less = whole.Clone();
        less.Records.RemoveAt(0);
        Should
            .Throw<AppStateException>(() => AppStateReader.Open(Collection, less, keys))
            .Fault.ShouldBe(AppStateFault.WrongSnapshotMac);
        Should
            .Throw<AppStateException>(() => AppStateReader.Open("regular", whole, keys))
            .Fault.ShouldBe(AppStateFault.WrongSnapshotMac);
        whole.Version = null;
        Should
            .Throw<AppStateException>(() => AppStateReader.Open(Collection, whole, keys))
            .Fault.ShouldBe(AppStateFault.Malformed);
    }

    [Fact]
    public void Too_many_mutations_and_too_long_values_are_refused_before_they_are_worked_on()
    {
        using var keys = Keyring();
        var patch = Two(keys).Patch;
        var one = patch.Mutations[0];
        while (patch.Mutations.Count <= AppStateLimits.Mutations)
            patch.Mutations.Add(one);
        Should
            .Throw<AppStateException>(() => AppStateReader.Indexes(patch))
            .Fault.ShouldBe(AppStateFault.Malformed);
        using var key = AppStateKeys.Expand(new byte[AppStateKeys.KeyDataSize]);
        var value = key.Seal(AppStateOperation.Set, KeyId, new byte[AppStateLimits.ValueSize]);
        key.Open(AppStateOperation.Set, KeyId, value).ShouldBeNull();
    }

    [Theory]
    [InlineData("""["mute","1@s.whatsapp.net"]""", 2)]
    [InlineData("""[]""", 0)]
    [InlineData("""["a",1]""", null)]
    [InlineData("""["a"]x""", null)]
    [InlineData("""["a\ud800"]""", null)]
    [InlineData("""{"a":"b"}""", null)]
    [InlineData("", null)]
    public void An_index_is_an_array_of_texts(string json, int? parts) =>
        (AppStateIndex.Read(System.Text.Encoding.UTF8.GetBytes(json))?.Count).ShouldBe(parts);

    [Fact]
    public void An_index_has_as_few_texts_and_bytes_as_phones_write()
    {
        AppStateIndex
            .Write(["star", "ä+&<1@g.us", "\"A\""])
            .ShouldBe("""["star","ä+&<1@g.us","\"A\""]"""u8.ToArray());
        AppStateIndex
            .Read(AppStateIndex.Write([.. Enumerable.Repeat("a", AppStateLimits.IndexParts)]))
            .ShouldNotBeNull();
        AppStateIndex
            .Read(AppStateIndex.Write([.. Enumerable.Repeat("a", AppStateLimits.IndexParts + 1)]))
            .ShouldBeNull();
        AppStateIndex
            .Read(AppStateIndex.Write([new string('a', AppStateLimits.IndexSize)]))
            .ShouldBeNull();
    }

    private static IEnumerable<string> Told(Side side) =>
        side.Stored.Select(pair => $"{pair.Key} {Convert.ToHexString(pair.Value)}");

    private static AppStateFault Fault(AppStateKeyring keys, Action<SyncdPatch> change)
    {
        var (patch, _) = Two(keys);
        AppStateReader.Apply(Collection, CollectionState.Empty, NoMacs, patch, keys);
        change(patch);
        return Should
            .Throw<AppStateException>(() =>
                AppStateReader.Apply(Collection, CollectionState.Empty, NoMacs, patch, keys)
            )
            .Fault;
    }

    private static Dictionary<string, byte[]> NoMacs => [];

    private static (SyncdPatch Patch, Applied Applied) Two(AppStateKeyring keys) =>
        AppStateWriter.Write(
            Collection,
            CollectionState.Empty,
            NoMacs,
            [Archive("1@s.whatsapp.net", true), Archive("2@s.whatsapp.net", true)],
            KeyId,
            keys
        );

    private static AppStateChange Archive(string chat, bool archived) =>
        new(
            AppStateOperation.Set,
            ["archive", chat],
            new() { ArchiveChatAction = new() { Archived = archived } },
            3
        );

    private static AppStateChange Change(Random random)
    {
        var change = Archive($"{random.Next(8)}@s.whatsapp.net", random.Next(2) == 0);
        return random.Next(3) == 0 ? change with { Operation = AppStateOperation.Remove } : change;
    }

    private static SyncdSnapshot Snapshot(
        CollectionState state,
        IEnumerable<SyncdRecord> records,
        AppStateKeyring keys
    ) =>
        new()
        {
            Version = new() { Version = state.Version },
            KeyId = new() { Id = ByteString.CopyFrom(KeyId) },
            Mac = ByteString.CopyFrom(
                keys.Get(KeyId).SnapshotMac(state.Hash.AsSpan(), state.Version, Collection)
            ),
            Records = { records },
        };

    private static ByteString Flipped(ByteString bytes)
    {
        var flipped = bytes.ToByteArray();
        flipped[^1] ^= 1;
        return ByteString.CopyFrom(flipped);
    }

    private static void Store(Dictionary<string, byte[]> stored, Applied applied)
    {
        foreach (var (index, valueMac) in applied.Changed)
            if (valueMac is null)
                stored.Remove(index);
            else
                stored[index] = valueMac;
    }

    private AppStateKeyring Keyring() => new(name => _keys.GetValueOrDefault(name));

    private sealed class Side
    {
        public CollectionState State { get; private set; } = CollectionState.Empty;

        public Dictionary<string, byte[]> Stored { get; } = [];

        public void Take(Applied applied)
        {
            State = applied.State;
            Store(Stored, applied);
        }
    }
}
