using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Media;

/// <summary>What encrypting a file gave.</summary>
internal sealed record EncryptedFile(
    long Length,
    long EncryptedLength,
    byte[] Sha256,
    byte[] EncSha256
);

/// <summary>
/// Encrypts while streaming: AES-256-CBC with PKCS7, then the first 10 bytes of HMAC-SHA256(iv || ciphertext).
/// </summary>
internal static class MediaEncryptor
{
    /// <summary>Whole blocks; the padding of the last part must fit into the other buffer as well.</summary>
    private const int PartSize = MediaTransfers.BufferSize - MediaKeys.BlockSize;

    /// <exception cref="MediaException">The source is longer than allowed.</exception>
    public static async Task<EncryptedFile> EncryptAsync(
        Stream source,
        Stream destination,
        MediaKeys keys,
        MediaTransfers.Slot slot,
        long maxBytes,
        CancellationToken ct
    )
    {
        using var aes = keys.Cipher();
        using var mac = keys.Mac();
        using var plainHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var encHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var iv = keys.Iv.ToArray();
        long length = 0;
        long encrypted = 0;
        var isLast = false;
        while (!isLast)
        {
            var part = slot.Input[..PartSize];
            var count = await source.ReadAtLeastAsync(
                part,
                PartSize,
                throwOnEndOfStream: false,
                ct
            );
            isLast = count < PartSize;
            length += count;
            if (length > maxBytes)
                throw new MediaException($"The file is longer than {maxBytes} bytes.");
            var plain = part.Span[..count];
            plainHash.AppendData(plain);
            var written = aes.EncryptCbc(
                plain,
                iv,
                slot.Output.Span,
                isLast ? PaddingMode.PKCS7 : PaddingMode.None
            );
            var cipher = slot.Output[..written];
            cipher.Span[^MediaKeys.BlockSize..].CopyTo(iv);
            mac.AppendData(cipher.Span);
            encHash.AppendData(cipher.Span);
            await destination.WriteAsync(cipher, ct);
            encrypted += written;
        }
        var tag = mac.GetHashAndReset().AsMemory(0, MediaKeys.MacSize);
        encHash.AppendData(tag.Span);
        await destination.WriteAsync(tag, ct);
        return new(
            length,
            encrypted + tag.Length,
            plainHash.GetHashAndReset(),
            encHash.GetHashAndReset()
        );
    }
}
