using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.AppState;

/// <summary>
/// Reads what the phone and the account's other devices wrote, and believes nothing that its five MACs do not cover. Pure: what is
/// stored comes in, what is to be stored goes out.
/// </summary>
internal static class AppStateReader
{
    /// <summary>The name of an index in <see cref="Applied.Changed"/>: its MAC in hexadecimal.</summary>
    public static string Name(ReadOnlySpan<byte> indexMac) => Convert.ToHexStringLower(indexMac);

    /// <exception cref="AppStateException">Malformed, or too large.</exception>
    public static SyncdPatch ParsePatch(byte[] bytes) =>
        Parse(
            SyncdPatch.Parser,
            bytes,
            AppStateLimits.PatchSize,
            "patch",
            SyncdPatch.MutationsFieldNumber,
            AppStateLimits.Mutations
        );

    /// <summary>Reads the external blob of a patch.</summary>
    /// <exception cref="AppStateException">Malformed, or too large.</exception>
    public static SyncdMutations ParseMutations(byte[] bytes) =>
        Parse(
            SyncdMutations.Parser,
            bytes,
            AppStateLimits.PatchSize,
            "external blob",
            SyncdMutations.MutationsFieldNumber,
            AppStateLimits.Mutations
        );

    /// <exception cref="AppStateException">Malformed, or too large.</exception>
    public static SyncdSnapshot ParseSnapshot(byte[] bytes) =>
        Parse(
            SyncdSnapshot.Parser,
            bytes,
            AppStateLimits.SnapshotSize,
            "snapshot",
            SyncdSnapshot.RecordsFieldNumber,
            AppStateLimits.Records
        );

    /// <summary>Reads where a snapshot is.</summary>
    /// <exception cref="AppStateException">Malformed, or too large.</exception>
    public static ExternalBlobReference ParseReference(ReadOnlySpan<byte> bytes) =>
        Parse(ExternalBlobReference.Parser, bytes, AppStateLimits.IndexSize, "reference");

    /// <summary>The indexes whose stored value MACs <see cref="Apply"/> needs.</summary>
    /// <exception cref="AppStateException">Malformed, or too many.</exception>
    public static IReadOnlyCollection<string> Indexes(SyncdPatch patch)
    {
        if (patch.Mutations.Count > AppStateLimits.Mutations)
            throw AppStateException.Malformed(
                $"A patch has {patch.Mutations.Count} mutations; {AppStateLimits.Mutations} are the most."
            );
        return [.. patch.Mutations.Select(m => Name(IndexMac(m.Record))).Distinct()];
    }

    /// <summary>Applies a patch whose external mutations, if any, stand in <see cref="SyncdPatch.Mutations"/> already.</summary>
    /// <param name="collection">The collection's name on the wire.</param>
    /// <param name="before">The state that it builds upon.</param>
    /// <param name="stored">The value MACs in force of <see cref="Indexes"/>.</param>
    /// <param name="patch">The patch; one without a version is the next one.</param>
    /// <param name="keys">The phone's keys.</param>
    /// <exception cref="AppStateException">It cannot be applied.</exception>
    public static Applied Apply(
        string collection,
        CollectionState before,
        IReadOnlyDictionary<string, byte[]> stored,
        SyncdPatch patch,
        AppStateKeyring keys
    )
    {
        _ = Indexes(patch);
        var version = before.Version + 1;
        if (patch.Version is { HasVersion: true } told && told.Version != version)
            throw new AppStateException(
                AppStateFault.WrongVersion,
                $"The collection {collection} is at version {before.Version}: a patch to {told.Version} does not follow."
            );
        var key = keys.Get(Id(patch.KeyId));
        var (hash, macs) = (before.Hash.ToArray(), new ValueMacs(stored));
        var (mutations, valueMacs) = (new List<Mutation>(), new List<byte[]>());
        foreach (var mutation in patch.Mutations)
        {
            var operation = mutation.Operation switch
            {
                SyncdMutation.Types.Operation.Set => AppStateOperation.Set,
                SyncdMutation.Types.Operation.Remove => AppStateOperation.Remove,
                _ => throw AppStateException.Malformed("A mutation neither sets nor removes."),
            };
            var (read, valueMac) = Open(operation, mutation.Record, keys);
            mutations.Add(read);
            valueMacs.Add(valueMac);
            var name = Name(IndexMac(mutation.Record));
            if (operation == AppStateOperation.Set)
                macs.Set(hash, name, valueMac);
            else
                macs.Remove(hash, name);
        }
        var snapshotMac = key.SnapshotMac(hash, version, collection);
        if (!Same(snapshotMac, patch.SnapshotMac))
            throw new AppStateException(
                AppStateFault.WrongSnapshotMac,
                $"After the patch to version {version} the collection {collection} is not what its writer had."
            );
        if (!Same(key.PatchMac(snapshotMac, valueMacs, version, collection), patch.PatchMac))
            throw new AppStateException(
                AppStateFault.WrongPatchMac,
                $"The patch to version {version} of the collection {collection} is not whole."
            );
        return new(State(version, hash), macs.Changed, mutations, macs.UnknownRemovals);
    }

    /// <summary>Reads a whole state, which replaces what is stored.</summary>
    /// <inheritdoc cref="Apply" path="/param"/>
    /// <exception cref="AppStateException">It cannot be applied.</exception>
    public static Applied Open(string collection, SyncdSnapshot snapshot, AppStateKeyring keys)
    {
        if (snapshot.Records.Count > AppStateLimits.Records)
            throw AppStateException.Malformed(
                $"A snapshot has {snapshot.Records.Count} records; {AppStateLimits.Records} are the most."
            );
        var version = snapshot.Version?.Version ?? 0;
        if (version == 0)
            throw AppStateException.Malformed("A snapshot has no version.");
        var key = keys.Get(Id(snapshot.KeyId));
        var hash = new byte[LtHash.Size];
        var macs = new ValueMacs(ImmutableDictionary<string, byte[]>.Empty);
        var mutations = new List<Mutation>(snapshot.Records.Count);
        foreach (var record in snapshot.Records)
        {
            var (read, valueMac) = Open(AppStateOperation.Set, record, keys);
            mutations.Add(read);
            macs.Set(hash, Name(IndexMac(record)), valueMac);
        }
        if (!Same(key.SnapshotMac(hash, version, collection), snapshot.Mac))
            throw new AppStateException(
                AppStateFault.WrongSnapshotMac,
                $"The snapshot of version {version} of the collection {collection} is not what its writer had."
            );
        return new(State(version, hash), macs.Changed, mutations, 0);
    }

    private static (Mutation Mutation, byte[] ValueMac) Open(
        AppStateOperation operation,
        SyncdRecord record,
        AppStateKeyring keys
    )
    {
        var keyId = Id(record.KeyId);
        var blob = record.Value?.Blob ?? ByteString.Empty;
        var key = keys.Get(keyId);
        if (key.Open(operation, keyId, blob.Span) is not { } bytes)
            throw new AppStateException(
                AppStateFault.WrongValueMac,
                $"A value of {blob.Length} bytes was not made with its key."
            );
        var data = Parse(SyncActionData.Parser, bytes, AppStateLimits.ValueSize, "value");
        if (
            !CryptographicOperations.FixedTimeEquals(
                key.IndexMac(data.Index.Span),
                IndexMac(record)
            )
        )
            throw new AppStateException(
                AppStateFault.WrongValueMac,
                "A value stands under the index of another."
            );
        return (
            new(operation, AppStateIndex.Read(data.Index.Span) ?? [], data.Value ?? new()),
            blob.Span[^AppStateKeys.MacSize..].ToArray()
        );
    }

    private static ReadOnlySpan<byte> IndexMac(SyncdRecord? record)
    {
        var mac = record?.Index?.Blob ?? ByteString.Empty;
        return mac.Length == AppStateKeys.MacSize
            ? mac.Span
            : throw AppStateException.Malformed(
                $"The MAC of an index has {mac.Length} bytes, not {AppStateKeys.MacSize}."
            );
    }

    private static ReadOnlySpan<byte> Id(SyncdKeyId? key) => (key?.Id ?? ByteString.Empty).Span;

    private static CollectionState State(ulong version, byte[] hash) =>
        new(version, ImmutableCollectionsMarshal.AsImmutableArray(hash));

    private static bool Same(byte[] mac, ByteString told) =>
        CryptographicOperations.FixedTimeEquals(mac, told.Span);

    /// <summary>As below; first it counts what is repeated, since each costs far more memory than its bytes.</summary>
    private static T Parse<T>(
        MessageParser<T> parser,
        byte[] bytes,
        int most,
        string what,
        int field,
        int mostOfField
    )
        where T : IMessage<T>
    {
        CheckSize(bytes, most, what);
        try
        {
            var count = 0;
            using var input = new CodedInputStream(bytes);
            for (uint tag; (tag = input.ReadTag()) != 0; input.SkipLastField())
                if (WireFormat.GetTagFieldNumber(tag) == field && ++count > mostOfField)
                    throw AppStateException.Malformed(
                        $"The {what} has more than {mostOfField} entries."
                    );
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw AppStateException.Malformed($"The {what} is damaged: {e.Message}", e);
        }
        return Parse(parser, bytes, most, what);
    }

    private static T Parse<T>(
        MessageParser<T> parser,
        ReadOnlySpan<byte> bytes,
        int most,
        string what
    )
        where T : IMessage<T>
    {
        CheckSize(bytes, most, what);
        try
        {
            return parser.ParseFrom(bytes);
        }
        catch (Exception e) when (ProtobufFault.Is(e))
        {
            throw AppStateException.Malformed($"The {what} is damaged: {e.Message}", e);
        }
    }

    private static void CheckSize(ReadOnlySpan<byte> bytes, int most, string what)
    {
        if (bytes.Length > most)
            throw AppStateException.Malformed(
                $"The {what} has {bytes.Length} bytes; {most} are the most."
            );
    }
}
