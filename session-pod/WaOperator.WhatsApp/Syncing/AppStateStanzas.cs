using System.Globalization;
using Google.Protobuf;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Syncing;

/// <summary>What the server says of a collection.</summary>
/// <param name="Patches">The ones after the version that was asked from, oldest first.</param>
/// <param name="Snapshot">Where the whole state is, if it was sent.</param>
/// <param name="HasMore">There are more: ask again from where these lead.</param>
/// <param name="Error">The code of an error; 409: another device was faster; null: none.</param>
internal sealed record CollectionAnswer(
    IReadOnlyList<SyncdPatch> Patches,
    ExternalBlobReference? Snapshot,
    bool HasMore,
    int? Error
);

/// <summary>The stanzas of the app state (w:sync:app:state). Pure.</summary>
internal static class AppStateStanzas
{
    private const string Namespace = "w:sync:app:state";

    /// <summary>Asks for what came after a version; of a collection that was never synced, for its snapshot.</summary>
    public static BinaryNode Fetch(string collection, ulong version) =>
        Sync(
            new("collection")
            {
                ["name"] = collection,
                ["version"] = version == 0 ? null : Number(version),
                ["return_snapshot"] = version == 0 ? "true" : "false",
            }
        );

    /// <summary>Writes a patch upon a version.</summary>
    public static BinaryNode Push(string collection, ulong version, SyncdPatch patch) =>
        Sync(
            new("collection")
            {
                ["name"] = collection,
                ["version"] = Number(version),
                ["return_snapshot"] = "false",
                Children = [new BinaryNode("patch") { Bytes = patch.ToByteArray() }],
            }
        );

    /// <exception cref="AppStateException">The server did not answer about the collection, or not as it must.</exception>
    public static CollectionAnswer Read(BinaryNode answer, string collection)
    {
        var told =
            answer
                .Child("sync")
                ?.ChildrenWith("collection")
                .FirstOrDefault(c => c["name"] == collection)
            ?? throw AppStateException.Malformed(
                $"The server said nothing of the collection {collection}."
            );
        int? error = null;
        if (told["type"] == "error")
            error = int.TryParse(
                told.Child("error")?["code"],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var code
            )
                ? code
                : 0;
        return new(
            [
                .. (told.Child("patches")?.ChildrenWith("patch") ?? []).Select(patch =>
                    AppStateReader.ParsePatch(patch.Bytes)
                ),
            ],
            told.Child("snapshot") is { } snapshot
                ? AppStateReader.ParseReference(snapshot.Bytes)
                : null,
            told["has_more_patches"] == "true",
            error
        );
    }

    private static BinaryNode Sync(BinaryNode collection) =>
        Stanzas.Iq("set", Namespace, new BinaryNode("sync") { Children = [collection] });

    private static string Number(ulong number) => number.ToString(CultureInfo.InvariantCulture);
}
