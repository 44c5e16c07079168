using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace WaOperator.SessionPod.Keys;

/// <summary>What a ciphertext is bound to: moved to another tenant, session, kind, id or key version it does not open.</summary>
/// <param name="Tenant">The tenant's key in the database.</param>
/// <param name="Session">The session's key in the database; 0 for what belongs to the tenant.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Which one of its kind.</param>
/// <param name="KeyVersion">Version of the tenant's key.</param>
internal readonly record struct EnvelopeContext(
    long Tenant,
    long Session,
    string Kind,
    string Id,
    int KeyVersion
)
{
    /// <summary>Unambiguous: numbers of fixed size, texts with their length.</summary>
    internal byte[] ToBytes(byte layout)
    {
        var kind = Encoding.UTF8.GetByteCount(Kind);
        var id = Encoding.UTF8.GetByteCount(Id);
        var bytes = new byte[1 + 8 + 8 + 4 + 4 + kind + 4 + id];
        var rest = bytes.AsSpan();
        rest[0] = layout;
        BinaryPrimitives.WriteInt64BigEndian(rest[1..], Tenant);
        BinaryPrimitives.WriteInt64BigEndian(rest[9..], Session);
        BinaryPrimitives.WriteInt32BigEndian(rest[17..], KeyVersion);
        BinaryPrimitives.WriteInt32BigEndian(rest[21..], kind);
        Encoding.UTF8.GetBytes(Kind, rest[25..]);
        BinaryPrimitives.WriteInt32BigEndian(rest[(25 + kind)..], id);
        Encoding.UTF8.GetBytes(Id, rest[(29 + kind)..]);
        return bytes;
    }
}

/// <summary>
/// AES-256-GCM. Layout 1: the byte 01, a random nonce of 12 bytes, the ciphertext, a tag of 16 bytes. A session's key encrypts far
/// fewer than the 2^32 pieces up to which random nonces are safe.
/// </summary>
internal static class AesGcmBox
{
    private const byte Layout = 1;
    private const int NonceSize = 12;

    /// <summary>Bytes of a tag.</summary>
    public const int TagSize = 16;

    /// <summary>By how many bytes the result is longer than what was encrypted.</summary>
    public const int Overhead = 1 + NonceSize + TagSize;

    /// <summary>Encrypts.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="context">What it is bound to.</param>
    /// <param name="plain">Any length; the caller zeroes it.</param>
    public static byte[] Seal(
        ReadOnlySpan<byte> key,
        EnvelopeContext context,
        ReadOnlySpan<byte> plain
    )
    {
        using var aes = new AesGcm(key, TagSize);
        return Seal(aes, context, plain);
    }

    /// <inheritdoc cref="Seal(ReadOnlySpan{byte}, EnvelopeContext, ReadOnlySpan{byte})"/>
    public static byte[] Seal(AesGcm aes, EnvelopeContext context, ReadOnlySpan<byte> plain)
    {
        var result = new byte[plain.Length + Overhead];
        result[0] = Layout;
        var nonce = result.AsSpan(1, NonceSize);
        RandomNumberGenerator.Fill(nonce);
        aes.Encrypt(
            nonce,
            plain,
            result.AsSpan(1 + NonceSize, plain.Length),
            result.AsSpan(^TagSize..),
            context.ToBytes(Layout)
        );
        return result;
    }

    /// <summary>Decrypts. The caller zeroes the result.</summary>
    /// <exception cref="InvalidDataException">Damaged, bound to something else, or encrypted with another key.</exception>
    public static byte[] Open(
        ReadOnlySpan<byte> key,
        EnvelopeContext context,
        ReadOnlySpan<byte> box
    )
    {
        using var aes = new AesGcm(key, TagSize);
        return Open(aes, context, box);
    }

    /// <inheritdoc cref="Open(ReadOnlySpan{byte}, EnvelopeContext, ReadOnlySpan{byte})"/>
    public static byte[] Open(AesGcm aes, EnvelopeContext context, ReadOnlySpan<byte> box)
    {
        if (box.Length < 1 + NonceSize + TagSize || box[0] != Layout)
            throw new InvalidDataException(
                $"{Describe(context)} cannot be read: its layout is unknown or it is cut off"
            );
        var plain = new byte[box.Length - 1 - NonceSize - TagSize];
        try
        {
            aes.Decrypt(
                box.Slice(1, NonceSize),
                box[(1 + NonceSize)..^TagSize],
                box[^TagSize..],
                plain,
                context.ToBytes(Layout)
            );
            return plain;
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new InvalidDataException(
                $"{Describe(context)} cannot be decrypted: it is damaged, belongs elsewhere or has another key",
                e
            );
        }
    }

    private static string Describe(EnvelopeContext c) =>
        $"{c.Kind}/{c.Id} of session {c.Session}, tenant {c.Tenant}, key version {c.KeyVersion},";
}
