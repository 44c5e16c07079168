using System.Security.Cryptography;
using Google.Protobuf;

namespace WaOperator.WhatsApp.Signal;

/// <summary>AES-256-CBC with PKCS#7, for bytes that something else authenticates.</summary>
internal static class Cbc
{
    public static ByteString Encrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> iv,
        ReadOnlySpan<byte> plaintext
    )
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        return UnsafeByteOperations.UnsafeWrap(aes.EncryptCbc(plaintext, iv));
    }

    /// <exception cref="SignalException">The length or the padding is wrong.</exception>
    public static byte[] Decrypt(
        ReadOnlySpan<byte> key,
        ReadOnlySpan<byte> iv,
        ReadOnlySpan<byte> ciphertext
    )
    {
        using var aes = Aes.Create();
        aes.SetKey(key);
        try
        {
            return aes.DecryptCbc(ciphertext, iv);
        }
        catch (CryptographicException e)
        {
            throw new SignalException(
                SignalFailure.Malformed,
                "An authentic message has a damaged ciphertext.",
                e
            );
        }
    }
}
