using System.Buffers.Binary;
using System.Security.Cryptography;

namespace WaOperator.WhatsApp.AppState;

/// <summary>
/// The hash of a collection's whole state: 64 lanes of 16 bits, little endian, to which every value MAC in force is
/// added. It does not depend on the order in which values came, so that a patch costs what it changes, not what there
/// is.
/// </summary>
internal static class LtHash
{
    public const int Size = 128;

    /// <summary>Adds the value with this MAC to <paramref name="hash"/>.</summary>
    public static void Add(Span<byte> hash, ReadOnlySpan<byte> valueMac) =>
        Mix(hash, valueMac, static (lane, value) => (ushort)(lane + value));

    /// <summary>Takes the replaced or removed value with this MAC out of <paramref name="hash"/>.</summary>
    public static void Subtract(Span<byte> hash, ReadOnlySpan<byte> valueMac) =>
        Mix(hash, valueMac, static (lane, value) => (ushort)(lane - value));

    private static void Mix(
        Span<byte> hash,
        ReadOnlySpan<byte> valueMac,
        Func<ushort, ushort, ushort> mix
    )
    {
        if (hash.Length != Size)
            throw new ArgumentException(
                $"A state hash has {Size} bytes, not {hash.Length}.",
                nameof(hash)
            );
        if (valueMac.Length != AppStateKeys.MacSize)
            throw new ArgumentException(
                $"A value MAC has {AppStateKeys.MacSize} bytes, not {valueMac.Length}.",
                nameof(valueMac)
            );
        Span<byte> lanes = stackalloc byte[Size];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, valueMac, lanes, [], "WhatsApp Patch Integrity"u8);
        for (var at = 0; at < Size; at += sizeof(ushort))
        {
            var lane = hash[at..];
            BinaryPrimitives.WriteUInt16LittleEndian(
                lane,
                mix(
                    BinaryPrimitives.ReadUInt16LittleEndian(lane),
                    BinaryPrimitives.ReadUInt16LittleEndian(lanes[at..])
                )
            );
        }
    }
}
