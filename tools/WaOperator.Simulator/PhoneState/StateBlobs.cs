using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.Simulator.Media;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.PhoneState;

/// <summary>Snapshots and large patches travel as files on the media hosts.</summary>
internal sealed class StateBlobs(MediaStore store)
{
    /// <summary>Encrypts and stores a file.</summary>
    /// <param name="content">The file.</param>
    /// <param name="kind">What it is: its key is derived by that.</param>
    /// <returns>Where it is.</returns>
    public ExternalBlobReference Put(byte[] content, MediaKind kind = MediaKind.AppState)
    {
        var mediaKey = RandomNumberGenerator.GetBytes(MediaKeys.MediaKeySize);
        using var keys = MediaKeys.Derive(mediaKey, kind);
        using var aes = keys.Cipher();
        var ciphertext = aes.EncryptCbc(content, keys.Iv);
        using var mac = keys.Mac();
        mac.AppendData(ciphertext);
        byte[] file = [.. ciphertext, .. mac.GetHashAndReset()[..MediaKeys.MacSize]];
        var hash = SHA256.HashData(file);
        using var stream = new MemoryStream(file);
        // Rare and small: a handler is no place to wait, and here it waits for a write to a local disk.
        var name = store.PutAsync(stream, hash, CancellationToken.None).GetAwaiter().GetResult();
        return new()
        {
            MediaKey = ByteString.CopyFrom(mediaKey),
            DirectPath = MediaHost.DirectPath(name),
            Handle = name,
            FileSizeBytes = (ulong)content.Length,
            FileSha256 = ByteString.CopyFrom(SHA256.HashData(content)),
            FileEncSha256 = ByteString.CopyFrom(hash),
        };
    }
}
