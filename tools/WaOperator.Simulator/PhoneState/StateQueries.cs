using System.Globalization;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.PhoneState;

/// <summary>
/// xmlns=w:sync:app:state: gives what came after a version, and takes patches. A patch must build upon the last version, else the answer
/// is a conflict with what the device has missed; and the phone must agree with every MAC in it.
/// </summary>
internal sealed class StateQueries(WhatsAppServer server)
{
    /// <summary>Patches in one answer; the rest is asked for.</summary>
    public const int PageSize = 10;

    private const int Conflict = 409;

    /// <summary>Answers a query about one or more collections.</summary>
    public BinaryNode? Answer(Device device, BinaryNode iq)
    {
        var sync = Strict.Child(iq, "set", "sync");
        Strict.Only(sync, ["data_namespace"], ["collection"]);
        foreach (var collection in sync.Children)
            Strict.Only(collection, ["name", "version", "order", "return_snapshot"], ["patch"]);
        var state = server.States.Find(device.Phone);
        return Stanzas.Result(
            iq,
            new BinaryNode("sync")
            {
                Children =
                [
                    .. sync.Children.Select(asked =>
                        state is null ? Empty(asked) : Answer(device, state, asked)
                    ),
                ],
            }
        );
    }

    /// <summary>No collection of a phone without a state ever has anything new; changes are not taken.</summary>
    private static BinaryNode Empty(BinaryNode asked) =>
        asked.Children.Count > 0
            ? throw RefusedException.NotImplemented("patch: the phone owns no state")
            : new("collection")
            {
                ["name"] = asked["name"],
                ["version"] = asked["version"] ?? "0",
                ["type"] = "result",
            };

    private BinaryNode Answer(Device device, AccountState state, BinaryNode asked)
    {
        if (
            asked["name"] is not { } name
            || !state.Collections.TryGetValue(name, out var collection)
        )
            throw RefusedException.NotImplemented($"the collection {asked["name"]}");
        var version = Version(asked);
        if (asked.Child("patch") is not { } patch)
        {
            lock (state.Gate)
                return Give(state, collection, version, asked["return_snapshot"] == "true");
        }
        lock (state.Gate)
        {
            if (version != collection.Version)
            {
                server.Ledger.Count("stateConflicts");
                return Refused(collection, version);
            }
            Take(device, state, collection, patch.Bytes);
            version = collection.Version;
        }
        server.States.Persist(device.Phone);
        server.States.Notify(device.Phone, device, name, version);
        return new("collection")
        {
            ["name"] = name,
            ["version"] = Stanzas.Text((long)version),
            ["type"] = "result",
        };
    }

    private void Take(Device device, AccountState state, StateCollection collection, byte[] bytes)
    {
        try
        {
            var patch = AppStateReader.ParsePatch(bytes);
            if (patch.ExternalMutations is not null)
                throw RefusedException.NotImplemented("a patch of a companion in a file");
            if (patch.Version is not null)
                throw AppStateException.Malformed("The server gives patches their versions.");
            if (patch.Mutations.Count == 0)
                throw AppStateException.Malformed("It changes nothing.");
            if (!patch.KeyId.Id.Span.SequenceEqual(state.Keys[^1].Id))
                server.Ledger.Note(
                    "stateOldKey",
                    device.Jid.ToString(),
                    "a patch under a key that is not the phone's newest"
                );
            using var keys = state.Keyring();
            collection.Take(patch, patch.Clone(), keys);
            server.Ledger.Count("statePatches");
        }
        catch (AppStateException e)
        {
            state.Refused++;
            server.Ledger.Note("stateRefused", device.Jid.ToString(), $"{e.Fault}: {e.Message}");
            throw RefusedException.BadRequest($"the phone does not take the patch: {e.Message}");
        }
    }

    private BinaryNode Give(
        AccountState state,
        StateCollection collection,
        ulong version,
        bool snapshot
    )
    {
        if (version > collection.Version)
            throw RefusedException.BadRequest(
                $"{collection.Name} is at version {collection.Version}, not yet at {version}"
            );
        List<BinaryNode> parts = [];
        if (collection.Version > 0 && (snapshot || !collection.HasSince(version)))
        {
            var file = server.States.Blobs.Put(collection.Snapshot(state.Keys[^1]).ToByteArray());
            parts.Add(new("snapshot") { Bytes = file.ToByteArray() });
            version = collection.Version;
            server.Ledger.Count("stateSnapshots");
        }
        return Node(collection, version, parts);
    }

    private static BinaryNode Refused(StateCollection collection, ulong version)
    {
        var error = new BinaryNode("error")
        {
            ["code"] = Stanzas.Text(Conflict),
            ["text"] = "conflict",
        };
        // Of a version that is too old, or that never was, nothing can be given: the device must fetch.
        var answer = collection.HasSince(version)
            ? Node(collection, version, [error])
            : new BinaryNode("collection")
            {
                ["name"] = collection.Name,
                ["version"] = Stanzas.Text((long)collection.Version),
                Children = [error],
            };
        answer["type"] = "error";
        return answer;
    }

    /// <summary>What came after a version, as far as it goes into one answer.</summary>
    private static BinaryNode Node(
        StateCollection collection,
        ulong version,
        List<BinaryNode> parts
    )
    {
        var patches = collection.Since(version).ToList();
        var page = patches.Take(PageSize).Select(p => new BinaryNode("patch") { Bytes = p });
        return new("collection")
        {
            ["name"] = collection.Name,
            ["version"] = Stanzas.Text((long)version + Math.Min(patches.Count, PageSize)),
            ["type"] = "result",
            ["has_more_patches"] = patches.Count > PageSize ? "true" : null,
            Children = [.. parts, new("patches") { Children = [.. page] }],
        };
    }

    private static ulong Version(BinaryNode asked) =>
        asked["version"] is not { } text ? 0
        : ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
        : throw RefusedException.BadRequest($"{text} is no version");
}
