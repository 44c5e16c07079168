using System.Security.Cryptography;
using WaOperator.WhatsApp.AppState;

namespace WaOperator.WhatsApp.Tests.AppState;

/// <summary>Patches that Baileys wrote, one after the other: see Vectors/app-state.mjs.</summary>
public sealed class AppStateVectorTests
{
    [Fact]
    public void Macs_and_hash_of_every_patch_are_those_of_Baileys()
    {
        var hash = new byte[LtHash.Size];
        var inForce = new Dictionary<string, byte[]>();
        var patches = Vector.Read("app-state.json");
        patches.Count.ShouldBe(4);
        foreach (var patch in patches)
        {
            using var keys = AppStateKeys.Expand(patch.Bytes("keyData"));
            var (index, value) = (patch.Bytes("index"), patch.Bytes("value"));
            var remove = patch.GetProperty("remove").GetBoolean();
            var operation = remove ? AppStateOperation.Remove : AppStateOperation.Set;
            keys.IndexMac(index).ShouldBe(patch.Bytes("indexMac"));
            keys.Open(operation, patch.Bytes("keyId"), value)
                .ShouldNotBeNull()
                .AsSpan()
                .IndexOf(index)
                .ShouldBeGreaterThanOrEqualTo(0);

            var valueMac = value[^AppStateKeys.MacSize..];
            var name = Convert.ToHexString(index);
            if (inForce.Remove(name, out var replaced))
                LtHash.Subtract(hash, replaced);
            if (!remove)
                LtHash.Add(hash, inForce[name] = valueMac);
            hash.ShouldBe(patch.Bytes("hash"));

            var version = patch.GetProperty("version").GetUInt64();
            var collection = patch.GetProperty("collection").GetString()!;
            var snapshotMac = keys.SnapshotMac(hash, version, collection);
            snapshotMac.ShouldBe(patch.Bytes("snapshotMac"));
            keys.PatchMac(snapshotMac, [valueMac], version, collection)
                .ShouldBe(patch.Bytes("patchMac"));
        }
    }

    [Fact]
    public void A_sealed_value_opens_only_unchanged_and_as_what_it_was_sealed_for()
    {
        using var keys = AppStateKeys.Expand(RandomNumberGenerator.GetBytes(32));
        byte[] keyId = [1, 2, 3, 4, 5, 6];
        byte[] value = [.. Enumerable.Range(0, 50).Select(i => (byte)i)];
        var blob = keys.Seal(AppStateOperation.Set, keyId, value);

        keys.Open(AppStateOperation.Set, keyId, blob).ShouldBe(value);
        keys.Open(AppStateOperation.Remove, keyId, blob).ShouldBeNull();
        keys.Open(AppStateOperation.Set, [1, 2, 3, 4, 5, 7], blob).ShouldBeNull();
        for (var i = 0; i < blob.Length; i++)
        {
            keys.Open(AppStateOperation.Set, keyId, blob.AsSpan(0, i)).ShouldBeNull();
            var changed = blob.ToArray();
            changed[i] ^= 1;
            keys.Open(AppStateOperation.Set, keyId, changed).ShouldBeNull();
        }
    }
}
