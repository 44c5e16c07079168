namespace WaOperator.Fuzz.Mutations;

/// <summary>Damage that knows nothing of what the bytes mean.</summary>
internal static class ByteMutation
{
    private const int MaxSize = 64 * 1024;

    private static readonly byte[] Interesting =
    [
        0,
        1,
        2,
        3,
        5,
        8,
        9,
        0x0A,
        0x12,
        0x33,
        0x7F,
        0x80,
        0xEB,
        0xEC,
        0xF7,
        0xF8,
        0xF9,
        0xFA,
        0xFB,
        0xFC,
        0xFD,
        0xFE,
        0xFF,
    ];

    /// <summary>Changes a few places.</summary>
    /// <param name="random">Chooses.</param>
    /// <param name="original">Stays as it is.</param>
    /// <param name="other">A second input, parts of which may be put in.</param>
    public static byte[] Change(Random random, byte[] original, byte[] other)
    {
        var bytes = new List<byte>(original);
        for (var changes = random.Next(1, 6); changes > 0 && bytes.Count < MaxSize; changes--)
            ChangeOnce(random, bytes, other);
        return [.. bytes];
    }

    private static void ChangeOnce(Random random, List<byte> bytes, byte[] other)
    {
        var at = random.Next(bytes.Count + 1);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 2 when at < bytes.Count:
                bytes[at] = Interesting[random.Next(Interesting.Length)];
                break;
            case 3:
                bytes.Insert(at, Interesting[random.Next(Interesting.Length)]);
                break;
            case 4 when bytes.Count > 1:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                break;
            case 5 when random.Next(8) == 0:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 6 when random.Next(8) == 0:
                Repeat(random, bytes, at);
                break;
            case 7 when other.Length > 0:
                var from = random.Next(other.Length);
                bytes.InsertRange(
                    at,
                    other.AsSpan(from, Math.Min(random.Next(1, 65), other.Length - from)).ToArray()
                );
                break;
            default:
                var start = random.Next(bytes.Count + 1);
                bytes.InsertRange(
                    at,
                    bytes.GetRange(start, Math.Min(random.Next(1, 33), bytes.Count - start))
                );
                break;
        }
    }

    /// <summary>A short piece many times over: what grows with each is to grow in proportion.</summary>
    private static void Repeat(Random random, List<byte> bytes, int at)
    {
        var piece = bytes.GetRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
        if (piece.Count == 0)
            return;
        var repeated = new List<byte>();
        for (var times = random.Next(2, 1_000); times > 0; times--)
            repeated.AddRange(piece);
        bytes.InsertRange(at, repeated);
    }
}
