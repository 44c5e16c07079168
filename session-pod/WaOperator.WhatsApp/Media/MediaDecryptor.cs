using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Media;

/// <summary>
/// Decrypts and checks a file as it comes in, in pieces of any size. All but the last block is given out before the
/// MAC, which is at the end, can be checked.
/// </summary>
internal sealed class MediaDecryptor : IDisposable
{
    /// <summary>Held back until the end: the MAC, and the last block with the padding.</summary>
    private const int Tail = MediaKeys.MacSize + MediaKeys.BlockSize;

    private readonly MediaReference _file;
    private readonly MediaKeys _keys;
    private readonly Aes _aes;
    private readonly IncrementalHash _mac;
    private readonly IncrementalHash _encHash = IncrementalHash.CreateHash(
        HashAlgorithmName.SHA256
    );
    private readonly IncrementalHash _plainHash = IncrementalHash.CreateHash(
        HashAlgorithmName.SHA256
    );
    private readonly byte[] _iv;
    private readonly long _maxLength;
    private long _length;

    public MediaDecryptor(MediaReference file, long maxBytes)
    {
        _file = file;
        // A length of 0 is what a peer says that does not know it.
        _maxLength = file.FileLength > 0 ? Math.Min(file.FileLength, maxBytes) : maxBytes;
        _keys = MediaKeys.Derive(file.MediaKey, file.Kind);
        _aes = _keys.Cipher();
        _mac = _keys.Mac();
        _iv = _keys.Iv.ToArray();
    }

    /// <summary>How much of that many bytes at hand can be decrypted now.</summary>
    public static int Usable(int count) =>
        Math.Max(0, count - Tail) / MediaKeys.BlockSize * MediaKeys.BlockSize;

    /// <summary>Decrypts whole blocks that are not the end.</summary>
    /// <returns>How many bytes of plaintext: as many.</returns>
    /// <exception cref="MediaDamagedException">There is more than the message says.</exception>
    public int Decrypt(ReadOnlySpan<byte> cipher, Span<byte> plain)
    {
        _mac.AppendData(cipher);
        _encHash.AppendData(cipher);
        var count = _aes.DecryptCbc(cipher, _iv, plain, PaddingMode.None);
        cipher[^MediaKeys.BlockSize..].CopyTo(_iv);
        Count(plain[..count]);
        return count;
    }

    /// <summary>Decrypts the end and gives the verdict on the whole.</summary>
    /// <returns>How many bytes of plaintext the end had.</returns>
    /// <exception cref="MediaDamagedException">It is not the file that the message speaks of.</exception>
    public int Finish(ReadOnlySpan<byte> rest, Span<byte> plain)
    {
        if (rest.Length < Tail || (rest.Length - MediaKeys.MacSize) % MediaKeys.BlockSize != 0)
            throw new MediaDamagedException("The stored file is cut off.");
        var cipher = rest[..^MediaKeys.MacSize];
        _mac.AppendData(cipher);
        _encHash.AppendData(rest);
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        _mac.GetHashAndReset(mac);
        if (
            !CryptographicOperations.FixedTimeEquals(
                mac[..MediaKeys.MacSize],
                rest[^MediaKeys.MacSize..]
            )
        )
            throw new MediaDamagedException(
                "The stored file was changed, or its key is another: the MAC is wrong."
            );
        Check(_encHash, _file.FileEncSha256, "The hash of the stored file is not the message's.");
        int count;
        try
        {
            count = _aes.DecryptCbc(cipher, _iv, plain);
        }
        catch (CryptographicException e)
        {
            throw new MediaDamagedException("The stored file has no valid padding.", e);
        }
        Count(plain[..count]);
        Check(_plainHash, _file.FileSha256, "The hash of the file is not the message's.");
        return count;
    }

    public void Dispose()
    {
        _keys.Dispose();
        _aes.Dispose();
        _mac.Dispose();
        _encHash.Dispose();
        _plainHash.Dispose();
    }

    private void Count(ReadOnlySpan<byte> plain)
    {
        _length += plain.Length;
        if (_length > _maxLength)
            throw new MediaDamagedException(
                $"The file is longer than {_maxLength} bytes, which is what the message says or the most that is taken."
            );
        _plainHash.AppendData(plain);
    }

    private static void Check(IncrementalHash hash, byte[] expected, string otherwise)
    {
        Span<byte> actual = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(actual);
        if (!CryptographicOperations.FixedTimeEquals(actual, expected))
            throw new MediaDamagedException(otherwise);
    }
}
