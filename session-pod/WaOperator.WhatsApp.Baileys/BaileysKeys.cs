using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>Keys as Baileys' files hold them.</summary>
internal static class BaileysKeys
{
    /// <summary>A key pair, whose halves must belong together.</summary>
    /// <exception cref="ImportException">Damaged.</exception>
    public static KeyPair Pair(Field field, string privateName, string publicName)
    {
        var pair = KeyPair.FromPrivate(field[privateName].Exactly(Curve25519.KeySize));
        if (pair.Public.AsSpan().SequenceEqual(field[publicName].PublicKey()))
            return pair;
        pair.Dispose();
        throw field.Bad("the public key does not belong to the private one");
    }

    /// <summary>A public key in base64 as the name of a member.</summary>
    /// <exception cref="ImportException">It is none.</exception>
    public static byte[] FromName(Field field, string name)
    {
        Span<byte> key = stackalloc byte[Curve25519.KeySize + 1];
        return
            Convert.TryFromBase64String(name, key, out var length)
            && length == key.Length
            && key[0] == SignedPreKey.KeyType
            ? key[1..].ToArray()
            : throw field.Bad("is not named by a public key in base64");
    }
}
