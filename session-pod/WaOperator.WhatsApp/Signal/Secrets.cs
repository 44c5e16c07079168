using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Google.Protobuf;

namespace WaOperator.WhatsApp.Signal;

/// <summary>Keys on their way into stored records and out of them.</summary>
internal static class Secrets
{
    /// <summary>The key itself, not a copy that no one would zero.</summary>
    public static ByteString Wrap(byte[] key) => UnsafeByteOperations.UnsafeWrap(key);

    /// <summary>Takes a key of 32 bytes over and zeroes the copy that the protobuf reader made.</summary>
    /// <exception cref="SignalException">Malformed.</exception>
    public static byte[] Unwrap(ByteString stored)
    {
        if (stored.Length != Derivation.KeySize)
            throw Damaged("key");
        var key = stored.ToByteArray();
        Zero(stored);
        return key;
    }

    public static void Zero(ByteString stored)
    {
        if (MemoryMarshal.TryGetArray(stored.Memory, out var array))
            CryptographicOperations.ZeroMemory(array);
    }

    public static SignalException Damaged(string what) =>
        new(SignalFailure.Malformed, $"The stored {what} is damaged.");
}
