using System.Buffers.Binary;
using System.Text;

namespace WaOperator.Operator.Placement;

/// <summary>
/// A 64-bit hash that is the same on every machine and in every version of the product: placement depends on it, so
/// changing it would move sessions. (<see cref="object.GetHashCode"/> and <see cref="HashCode"/> are seeded per process.)
/// </summary>
/// <remarks>The finisher is the public-domain 64-bit finaliser of MurmurHash3: a bijection with full avalanche.</remarks>
public static class StableHash
{
    private const ulong Seed = 0x9E37_79B9_7F4A_7C15; // 2^64 / golden ratio

    /// <summary>Mixes all bits of <paramref name="x"/> into all bits of the result.</summary>
    public static ulong Mix(ulong x)
    {
        x ^= x >> 33;
        x *= 0xFF51_AFD7_ED55_8CCD;
        x ^= x >> 33;
        x *= 0xC4CE_B9FE_1A85_EC53;
        return x ^ (x >> 33);
    }

    /// <summary>The hash of an ordered pair of hashes.</summary>
    public static ulong Combine(ulong a, ulong b) => Mix(Mix(a + Seed) ^ b);

    /// <summary>The hash of a text, by its UTF-8 bytes.</summary>
    public static ulong Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Of(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>The hash of bytes; the length takes part, so that trailing zeros count.</summary>
    public static ulong Of(ReadOnlySpan<byte> bytes)
    {
        var hash = Mix(Seed ^ (ulong)bytes.Length);
        for (; bytes.Length >= 8; bytes = bytes[8..])
            hash = Combine(hash, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        if (bytes.IsEmpty)
            return hash;
        Span<byte> last = stackalloc byte[8];
        last.Clear();
        bytes.CopyTo(last);
        return Combine(hash, BinaryPrimitives.ReadUInt64LittleEndian(last));
    }
}
