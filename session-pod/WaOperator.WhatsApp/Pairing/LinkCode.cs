using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using WaOperator.WhatsApp.Crypto;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>
/// The arithmetic of pairing by a code that is typed into the phone. Both sides send an ephemeral public key encrypted
/// by the code (PBKDF2-HMAC-SHA256, 131,072 rounds; AES-256-CTR): only who knows the code gets at the other's key, and
/// a wrong guess cannot be told from a right one without asking. The device then proves itself by a bundle under the
/// agreed key, and both derive the secret that authenticates the phone's answer. Pure but for random bytes.
/// </summary>
internal static class LinkCode
{
    /// <summary>How many characters a code has.</summary>
    public const int Length = 8;

    /// <summary>How long a public key is that a code encrypts: salt 32, iv 16, key 32.</summary>
    public const int WrappedSize = SaltSize + IvSize + Curve25519.KeySize;

    internal const int SaltSize = 32;
    private const int IvSize = 16;
    private const int Rounds = 131_072;
    private const int KeySize = 32;
    private const int RandomSize = 32;
    internal const int NonceSize = 12;
    internal const int TagSize = 16;
    internal const int BundleSize = 2 * Curve25519.KeySize + RandomSize;

    /// <summary>Crockford's idea: no 0, I, O and U.</summary>
    internal const string Alphabet = "123456789ABCDEFGHJKLMNPQRSTVWXYZ";

    private static ReadOnlySpan<byte> BundleInfo => "link_code_pairing_key_bundle_encryption_key"u8;
    private static ReadOnlySpan<byte> SecretInfo => "adv_secret"u8;

    /// <summary>A new code: 40 random bits.</summary>
    public static string NewCode() => RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>Encrypts a public key by a code.</summary>
    public static byte[] Wrap(string code, ReadOnlySpan<byte> publicKey)
    {
        var wrapped = new byte[WrappedSize];
        RandomNumberGenerator.Fill(wrapped.AsSpan(..(SaltSize + IvSize)));
        publicKey.CopyTo(wrapped.AsSpan(SaltSize + IvSize));
        Crypt(code, wrapped);
        return wrapped;
    }

    /// <summary>Decrypts a public key. With another code than it was encrypted by, some other key comes out.</summary>
    /// <exception cref="ArgumentException">It is not <see cref="WrappedSize"/> bytes long.</exception>
    public static byte[] Unwrap(string code, ReadOnlySpan<byte> wrapped)
    {
        if (wrapped.Length != WrappedSize)
            throw new ArgumentException(
                $"A wrapped key has {WrappedSize} bytes, not {wrapped.Length}.",
                nameof(wrapped)
            );
        var copy = wrapped.ToArray();
        Crypt(code, copy);
        return copy[(SaltSize + IvSize)..];
    }

    /// <summary>The device's part after the phone's hello.</summary>
    /// <param name="ephemeral">The device's ephemeral key pair.</param>
    /// <param name="identity">The device's identity.</param>
    /// <param name="phoneEphemeral">The phone's ephemeral key, decrypted by the code.</param>
    /// <param name="phoneIdentity">The account's identity key, 32 bytes.</param>
    /// <returns>The bundle for the phone, and the new secret that the phone's answer will be authenticated by.</returns>
    /// <exception cref="CryptographicException">A key of the phone is a point of low order.</exception>
    public static (byte[] Bundle, byte[] AdvSecret) Finish(
        KeyPair ephemeral,
        KeyPair identity,
        byte[] phoneEphemeral,
        byte[] phoneIdentity
    )
    {
        var random = RandomNumberGenerator.GetBytes(RandomSize);
        var shared = Curve25519.Agree(ephemeral.Private, phoneEphemeral);
        byte[] plain = [.. identity.Public, .. phoneIdentity, .. random];
        var bundle = new byte[SaltSize + NonceSize + BundleSize + TagSize];
        RandomNumberGenerator.Fill(bundle.AsSpan(..(SaltSize + NonceSize)));
        using var aes = new AesGcm(BundleKey(shared, bundle), TagSize);
        aes.Encrypt(
            bundle.AsSpan(SaltSize, NonceSize),
            plain,
            bundle.AsSpan(SaltSize + NonceSize, BundleSize),
            bundle.AsSpan(^TagSize..)
        );
        var secret = Secret(shared, Curve25519.Agree(identity.Private, phoneIdentity), random);
        CryptographicOperations.ZeroMemory(shared);
        return (bundle, secret);
    }

    internal static byte[] BundleKey(byte[] shared, byte[] bundle) =>
        HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            shared,
            KeySize,
            bundle[..SaltSize],
            BundleInfo.ToArray()
        );

    internal static byte[] Secret(byte[] shared, byte[] identityShared, byte[] random)
    {
        byte[] input = [.. shared, .. identityShared, .. random];
        var secret = HKDF.DeriveKey(
            HashAlgorithmName.SHA256,
            input,
            KeySize,
            salt: null,
            SecretInfo.ToArray()
        );
        CryptographicOperations.ZeroMemory(input);
        return secret;
    }

    /// <summary>AES-256-CTR in place, which is its own inverse: the blocks that are added are iv, iv + 1.</summary>
    private static void Crypt(string code, Span<byte> wrapped)
    {
        var key = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(code),
            wrapped[..SaltSize],
            Rounds,
            HashAlgorithmName.SHA256,
            KeySize
        );
        Span<byte> blocks = stackalloc byte[Curve25519.KeySize];
        var counter = BinaryPrimitives.ReadUInt128BigEndian(wrapped[SaltSize..]);
        BinaryPrimitives.WriteUInt128BigEndian(blocks, counter);
        BinaryPrimitives.WriteUInt128BigEndian(blocks[IvSize..], unchecked(counter + 1));
        using var aes = Aes.Create();
        aes.SetKey(key);
        Span<byte> stream = stackalloc byte[Curve25519.KeySize];
        aes.EncryptEcb(blocks, stream, PaddingMode.None);
        var data = wrapped[(SaltSize + IvSize)..];
        for (var i = 0; i < data.Length; i++)
            data[i] ^= stream[i];
        CryptographicOperations.ZeroMemory(key);
    }
}
