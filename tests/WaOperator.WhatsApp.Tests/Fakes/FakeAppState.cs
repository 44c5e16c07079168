using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>
/// The server's side of the account's state, with what only the phone could know: it has the key, so that it can make snapshots. It takes
/// a patch only upon its own version, pages its answers, and moves some patches out into files.
/// </summary>
internal sealed class FakeAppState(Random random) : IStanzaLink
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<SyncdPatch>> _patches = [];
    private readonly ConcurrentDictionary<string, byte[]> _files = new();
    private int _next;

    public byte[] KeyId { get; } = [0, 0, 0, 0, 1, 2];

    public byte[] KeyData { get; } = RandomNumberGenerator.GetBytes(AppStateKeys.KeyDataSize);

    /// <summary>Patches in one answer.</summary>
    public int PageSize { get; set; } = 3;

    /// <summary>Changes what is sent of a patch.</summary>
    public Action<SyncdPatch> Mangle { get; set; } = _ => { };

    /// <summary>Changes what is sent of a snapshot.</summary>
    public Action<SyncdSnapshot> MangleSnapshot { get; set; } = _ => { };

    /// <summary>Every write is refused as if another device had been faster.</summary>
    public bool AlwaysConflicts { get; set; }

    /// <summary>It says that there is more without giving any.</summary>
    public bool EndlessPages { get; set; }

    /// <summary>It answers, but says nothing of the collection.</summary>
    public bool SaysNothing { get; set; }

    /// <summary>The version of its snapshots; null: any.</summary>
    public int? SnapshotAt { get; set; }

    public int Fetches { get; private set; }

    public int Snapshots { get; private set; }

    public int Conflicts { get; private set; }

    public AppStateSyncKeyShare Share =>
        new()
        {
            Keys =
            {
                new AppStateSyncKey
                {
                    KeyId = new() { KeyId = ByteString.CopyFrom(KeyId) },
                    KeyData = new()
                    {
                        KeyData = ByteString.CopyFrom(KeyData),
                        Timestamp = 1_800_000_000_000,
                    },
                },
            },
        };

    public Task<byte[]> DownloadAsync(ExternalBlobReference reference) =>
        Task.FromResult(_files[reference.DirectPath]);

    /// <summary>The records in force after a version, by index MAC; and the version.</summary>
    public (ulong Version, Dictionary<string, SyncdRecord> Records) At(
        string collection,
        int? version = null
    )
    {
        lock (_lock)
        {
            var patches = _patches.GetValueOrDefault(collection) ?? [];
            var records = new Dictionary<string, SyncdRecord>();
            foreach (var patch in patches.Take(version ?? patches.Count))
            foreach (var mutation in patch.Mutations)
            {
                var name = AppStateReader.Name(mutation.Record.Index.Blob.Span);
                if (mutation.Operation == SyncdMutation.Types.Operation.Set)
                    records[name] = mutation.Record;
                else
                    records.Remove(name);
            }
            return ((ulong)(version ?? patches.Count), records);
        }
    }

    public async Task<BinaryNode> QueryAsync(BinaryNode query, string what)
    {
        // Others come between.
        await Task.Yield();
        query["xmlns"].ShouldBe("w:sync:app:state");
        var asked = query.Child("sync").ShouldNotBeNull().Children.ShouldHaveSingleItem();
        var collection = asked["name"].ShouldNotBeNull();
        var version = int.Parse(asked["version"] ?? "0", CultureInfo.InvariantCulture);
        if (SaysNothing)
            return new BinaryNode("iq") { Children = [new BinaryNode("sync")] };
        lock (_lock)
            return asked.Child("patch") is { } patch
                ? Take(collection, version, patch.Bytes)
                : Fetch(collection, version, asked["return_snapshot"] == "true");
    }

    public Task SendAsync(BinaryNode node) => throw new NotSupportedException();

    public Task SendEncodedAsync(ReadOnlyMemory<byte> stanza) => throw new NotSupportedException();

    public string NextQueryId() => throw new NotSupportedException();

    private BinaryNode Take(string collection, int version, byte[] bytes)
    {
        var patches = Patches(collection);
        if (version != patches.Count || AlwaysConflicts)
        {
            Conflicts++;
            return Answer(
                collection,
                version,
                ("type", "error"),
                new BinaryNode("error") { ["code"] = "409", ["text"] = "conflict" }
            );
        }
        var patch = SyncdPatch.Parser.ParseFrom(bytes);
        patch.Version.ShouldBeNull("a patch that is written has no version");
        patch.Version = new() { Version = (ulong)version + 1 };
        patches.Add(patch);
        return Result(
            new BinaryNode("collection") { ["name"] = collection, ["version"] = $"{version + 1}" }
        );
    }

    private BinaryNode Fetch(string collection, int version, bool snapshot)
    {
        Fetches++;
        var patches = Patches(collection);
        if (!snapshot || patches.Count == 0)
            return Answer(collection, version, null);
        Snapshots++;
        var at = SnapshotAt ?? random.Next(1, patches.Count + 1);
        return Answer(
            collection,
            at,
            null,
            new BinaryNode("snapshot") { Bytes = File(Snapshot(collection, at)).ToByteArray() }
        );
    }

    private SyncdSnapshot Snapshot(string collection, int version)
    {
        var (_, records) = At(collection, version);
        var hash = new byte[LtHash.Size];
        foreach (var record in records.Values)
            LtHash.Add(hash, record.Value.Blob.Span[^AppStateKeys.MacSize..]);
        using var key = AppStateKeys.Expand(KeyData);
        var snapshot = new SyncdSnapshot
        {
            Version = new() { Version = (ulong)version },
            KeyId = new() { Id = ByteString.CopyFrom(KeyId) },
            Mac = ByteString.CopyFrom(key.SnapshotMac(hash, (ulong)version, collection)),
            Records = { records.Values.Select(r => r.Clone()) },
        };
        MangleSnapshot(snapshot);
        return snapshot;
    }

    private BinaryNode Answer(
        string collection,
        int from,
        (string Name, string Value)? attribute,
        params BinaryNode[] children
    )
    {
        var patches = Patches(collection);
        var page = patches.Skip(from).Take(PageSize).Select(p => Outgoing(p.Clone())).ToList();
        var node = new BinaryNode("collection")
        {
            ["name"] = collection,
            ["version"] = $"{patches.Count}",
            ["has_more_patches"] =
                EndlessPages || from + page.Count < patches.Count ? "true" : null,
            Children =
            [
                .. children,
                new BinaryNode("patches")
                {
                    Children = [.. page.Select(bytes => new BinaryNode("patch") { Bytes = bytes })],
                },
            ],
        };
        if (attribute is var (name, value))
            node[name] = value;
        return Result(node);
    }

    private byte[] Outgoing(SyncdPatch patch)
    {
        Mangle(patch);
        if (random.Next(3) == 0)
        {
            patch.ExternalMutations = File(new SyncdMutations { Mutations = { patch.Mutations } });
            patch.Mutations.Clear();
        }
        return patch.ToByteArray();
    }

    private ExternalBlobReference File(IMessage content)
    {
        var path = $"/v/{_next++}";
        _files[path] = content.ToByteArray();
        return new() { DirectPath = path };
    }

    private List<SyncdPatch> Patches(string collection)
    {
        if (!_patches.TryGetValue(collection, out var patches))
            _patches[collection] = patches = [];
        return patches;
    }

    private static BinaryNode Result(BinaryNode collection) =>
        Greetings.Result(
            new("iq") { ["id"] = "1" },
            new BinaryNode("sync") { Children = [collection] }
        );
}
