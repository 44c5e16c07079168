using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// The key derivations of the Double Ratchet, with the constants that Signal's and WhatsApp's clients use
/// (KDF_RK and KDF_CK of the specification).
/// </summary>
internal static class Derivation
{
    public const int KeySize = 32;
    public const int IvSize = 16;

    private static readonly byte[] NoSalt = new byte[KeySize];

    private static ReadOnlySpan<byte> SeedStep => [1];

    private static ReadOnlySpan<byte> ChainStep => [2];

    /// <summary>KDF_RK: moves the root key on by one key agreement.</summary>
    public static (byte[] Root, byte[] Chain) Ratchet(
        ReadOnlySpan<byte> root,
        ReadOnlySpan<byte> ours,
        ReadOnlySpan<byte> theirs
    )
    {
        var shared = PublicKeys.Agree(ours, theirs);
        Span<byte> okm = stackalloc byte[2 * KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, okm, root, "WhisperRatchet"u8);
        CryptographicOperations.ZeroMemory(shared);
        return Split(okm);
    }

    /// <summary>The first root key, from the joined key agreements of X3DH.</summary>
    public static byte[] FirstRoot(ReadOnlySpan<byte> agreements)
    {
        Span<byte> okm = stackalloc byte[2 * KeySize];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, agreements, okm, NoSalt, "WhisperText"u8);
        var root = okm[..KeySize].ToArray();
        CryptographicOperations.ZeroMemory(okm);
        return root;
    }

    /// <summary>KDF_CK, the part that a message's keys come from.</summary>
    public static byte[] Seed(ReadOnlySpan<byte> chain) => HMACSHA256.HashData(chain, SeedStep);

    /// <summary>KDF_CK, the part that moves the chain on, in place.</summary>
    public static void Advance(Span<byte> chain) => HMACSHA256.HashData(chain, ChainStep, chain);

    /// <summary>The keys of one message between two devices: cipher key, MAC key, IV. The seed is used up and zeroed.</summary>
    public static void MessageKeys(byte[] seed, Span<byte> okm) =>
        Expand(seed, okm, "WhisperMessageKeys"u8);

    /// <summary>The keys of one group message: IV, cipher key. The seed is used up and zeroed.</summary>
    public static void GroupKeys(byte[] seed, Span<byte> okm) =>
        Expand(seed, okm, "WhisperGroup"u8);

    private static void Expand(byte[] seed, Span<byte> okm, ReadOnlySpan<byte> info)
    {
        HKDF.DeriveKey(HashAlgorithmName.SHA256, seed, okm, NoSalt, info);
        CryptographicOperations.ZeroMemory(seed);
    }

    private static (byte[] Root, byte[] Chain) Split(Span<byte> okm)
    {
        var halves = (okm[..KeySize].ToArray(), okm[KeySize..].ToArray());
        CryptographicOperations.ZeroMemory(okm);
        return halves;
    }
}
