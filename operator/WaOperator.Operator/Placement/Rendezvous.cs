using System.Numerics;

namespace WaOperator.Operator.Placement;

/// <summary>
/// Weighted rendezvous hashing (highest random weight): every shard draws a number for a session and the best draw wins.
/// A shard that comes or goes changes only the draws that it wins itself.
/// </summary>
/// <remarks>
/// A draw is <c>-log2(hash / 2^64) / weight</c>, the smaller the better: then a shard of twice the weight wins twice as often.
/// The logarithm is computed in integers (floating-point logarithms differ between machines in their last bit).
/// With equal weights the logarithm changes no order, and the greatest hash wins directly.
/// </remarks>
public static class Rendezvous
{
    /// <summary>Greatest weight of a shard; a shard of full size has it.</summary>
    public const int FullWeight = 1000;

    private const int TableBits = 12;
    private const int FractionBits = 40;
    private static readonly Lazy<ulong[]> Log2Table = new(BuildTable);

    /// <summary>The hash that a shard draws for a session.</summary>
    public static ulong Draw(ulong session, ulong shard) => StableHash.Mix(session ^ shard);

    /// <summary>
    /// Whether the draw <paramref name="a"/> beats the draw <paramref name="b"/> under their weights
    /// (1 to <see cref="FullWeight"/>). Equal scores are decided by the greater hash.
    /// </summary>
    public static bool Beats(ulong a, int weightA, ulong b, int weightB)
    {
        if (weightA == weightB)
            return a > b;
        var left = NegativeLog2(a) * (ulong)weightB;
        var right = NegativeLog2(b) * (ulong)weightA;
        return left != right ? left < right : a > b;
    }

    /// <summary><c>-log2(hash / 2^64)</c> in units of 2^-40; never grows when the hash grows.</summary>
    public static ulong NegativeLog2(ulong hash)
    {
        hash |= 1; // zero has no logarithm
        var zeros = BitOperations.LeadingZeroCount(hash);
        var fraction = zeros == 63 ? 0 : hash << (zeros + 1); // the bits after the leading one
        var table = Log2Table.Value;
        var index = (int)(fraction >> (64 - TableBits));
        var rest = (fraction << TableBits) >> 32;
        var log = table[index] + (((table[index + 1] - table[index]) * rest) >> 32);
        return ((ulong)(zeros + 1) << FractionBits) - log;
    }

    /// <summary>log2(1 + i / 4096) in units of 2^-40, digit by digit: square, and halve where the square reaches two.</summary>
    private static ulong[] BuildTable()
    {
        const int point = 62;
        var table = new ulong[(1 << TableBits) + 1];
        for (var i = 0; i < 1 << TableBits; i++)
        {
            var x = ((UInt128)((1 << TableBits) + i)) << (point - TableBits);
            ulong log = 0;
            for (var bit = FractionBits - 1; bit >= 0; bit--)
            {
                x = (x * x) >> point;
                if (x >> (point + 1) == 0)
                    continue;
                x >>= 1;
                log |= 1UL << bit;
            }
            table[i] = log;
        }
        table[^1] = 1UL << FractionBits;
        return table;
    }
}
