using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Signal;

/// <summary>What people and programs compare identity keys by: see <see cref="Events.IdentityChanged"/>.</summary>
internal static class Fingerprint
{
    /// <summary>Bytes of a fingerprint.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>The fingerprint of an identity key, in small hexadecimal digits.</summary>
    /// <param name="identity">32 bytes.</param>
    public static string Of(ReadOnlySpan<byte> identity)
    {
        Span<byte> wire = stackalloc byte[PublicKeys.WireSize];
        PublicKeys.Write(identity, wire);
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(wire, hash);
        return Convert.ToHexStringLower(hash);
    }
}
