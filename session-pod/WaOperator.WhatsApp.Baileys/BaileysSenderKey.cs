using System.Text.Json;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>sender-key-GROUP--USER--DEVICE.json: a Buffer that holds JSON again.</summary>
internal static class BaileysSenderKey
{
    private const int MaxStates = 1_000;
    private const long MaxIteration = uint.MaxValue - 1L;

    /// <exception cref="ImportException">Damaged.</exception>
    /// <returns>Null for a file without any key, which Baileys writes before it has one.</returns>
    public static SenderKeyRecord? Read(Field file)
    {
        using var document = JsonFile.Parse(
            file.File,
            "(in the buffer)",
            file.Bytes(JsonFile.MaxSize)
        );
        var states = new Field(file.File, "", document.RootElement);
        if (
            states.Value.ValueKind == JsonValueKind.Array
            && states.Value.GetArrayLength() > MaxStates
        )
            throw states.Bad($"has more than {MaxStates} keys");
        var record = new SenderKeyRecord([]);
        // The oldest first, and one again for each time that the sender gave its key: the first of them has gone on.
        foreach (var state in states.Elements())
            record.Add(ReadState(state));
        return record.States.Count > 0 ? record : null;
    }

    /// <summary>Joins what was kept of one sender under several names.</summary>
    /// <param name="records">At least one.</param>
    public static SenderKeyRecord Join(IEnumerable<SenderKeyRecord> records)
    {
        var joined = new SenderKeyRecord([]);
        foreach (var state in records.SelectMany(record => record.States.Reverse()))
            joined.Add(state.Copy());
        return joined;
    }

    private static SenderKeyState ReadState(Field state)
    {
        var (chain, signing) = (state["senderChainKey"], state["senderSigningKey"]);
        var iteration = (uint)chain["iteration"].Number(0, MaxIteration);
        var read = new SenderKeyState
        {
            Id = (uint)state["senderKeyId"].Number(0, uint.MaxValue),
            Chain = new(chain["seed"].Exactly(Derivation.KeySize), iteration),
            SigningPublic = signing["public"].PublicKey(),
            SigningPrivate = ReadPrivate(signing),
        };
        if (state.Optional("senderMessageKeys") is { } skipped)
            ReadSkipped(skipped, read.Chain);
        return read;
    }

    // Absent or empty for another member's key.
    private static byte[]? ReadPrivate(Field signing)
    {
        if (
            signing.Optional("private") is not { } field
            || field.Bytes(Curve25519.KeySize).Length == 0
        )
            return null;
        using var pair = BaileysKeys.Pair(signing, "private", "public");
        return [.. pair.Private];
    }

    private static void ReadSkipped(Field skipped, MessageChain chain)
    {
        var keys = new SortedDictionary<uint, byte[]>();
        foreach (var key in skipped.Elements())
        {
            var iteration = (uint)key["iteration"].Number(0, MaxIteration);
            if (iteration >= chain.Next)
                throw key["iteration"].Bad("is not before senderChainKey.iteration");
            keys[iteration] = key["seed"].Exactly(Derivation.KeySize);
        }
        foreach (var (iteration, seed) in keys)
            chain.Restore(new(iteration, seed));
        chain.Forget(keys.Count - SenderKeyRecord.MaxSkipped);
    }
}
