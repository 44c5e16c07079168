namespace WaOperator.Fuzz.Mutations;

/// <summary>
/// Damage to protobuf that keeps its lengths right: fields of any depth are repeated, dropped, exchanged, renumbered, put into
/// each other or given another value.
/// </summary>
internal static class ProtoMutation
{
    private const int MaxDepth = 90;

    private static readonly ulong[] Numbers =
    [
        0,
        1,
        2,
        0x7F,
        0x80,
        0xFF,
        2_000,
        2_001,
        25_000,
        25_001,
        int.MaxValue,
        1ul << 31,
        uint.MaxValue,
        1ul << 32,
        long.MaxValue,
        ulong.MaxValue,
    ];

    /// <summary>Changes one to four fields. What is no protobuf comes back as it is.</summary>
    public static byte[] Change(Random random, byte[] original)
    {
        var bytes = original;
        for (var changes = random.Next(1, 5); changes > 0; changes--)
            bytes = ChangeAt(random, bytes, 0) ?? bytes;
        return bytes;
    }

    /// <summary>One field to another value.</summary>
    public static byte[] Number(Random random) => Varint(Numbers[random.Next(Numbers.Length)]);

    private static byte[]? ChangeAt(Random random, byte[] message, int depth)
    {
        if (Split(message) is not { Count: > 0 } fields)
            return null;
        var index = random.Next(fields.Count);
        var field = fields[index];
        // Deeper half of the time, where there is something deeper.
        if (
            field.Wire == 2
            && depth < MaxDepth
            && random.Next(2) == 0
            && ChangeAt(random, field.Value, depth + 1) is { } inner
        )
            fields[index] = field with { Value = inner };
        else
            ChangeField(random, fields, index);
        return Join(fields);
    }

    private static void ChangeField(Random random, List<Field> fields, int index)
    {
        var field = fields[index];
        switch (random.Next(9))
        {
            case 0:
                fields.RemoveAt(index);
                break;
            case 1:
                for (var times = random.Next(8) == 0 ? random.Next(500) : 1; times > 0; times--)
                    fields.Insert(index, field);
                break;
            case 2:
                fields[index] = field with { Number = random.Next(1, 130) };
                break;
            case 3 when field.Wire == 0:
                fields[index] = field with { Value = Number(random) };
                break;
            case 4:
                fields[index] = field with { Value = Nest(random, field), Wire = 2 };
                break;
            case 5:
                fields[index] = new(field.Number, 2, RandomBytes(random, random.Next(80)));
                break;
            case 6:
                fields[index] = new(field.Number, 0, Number(random));
                break;
            case 7:
                var other = random.Next(fields.Count);
                (fields[index], fields[other]) = (fields[other], field);
                break;
            default:
                fields[index] = field with { Value = ByteMutation.Change(random, field.Value, []) };
                break;
        }
    }

    /// <summary>The field in itself, sometimes often.</summary>
    private static byte[] Nest(Random random, Field field)
    {
        var value = field.Value;
        for (var times = random.Next(4) == 0 ? random.Next(MaxDepth + 30) : 1; times > 0; times--)
            value = Join([field with { Value = value, Wire = 2 }]);
        return value;
    }

    private static byte[] RandomBytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }

    /// <returns>Null if the bytes are no fields.</returns>
    private static List<Field>? Split(ReadOnlySpan<byte> message)
    {
        var fields = new List<Field>();
        while (!message.IsEmpty)
        {
            if (!ReadVarint(ref message, out var tag, out _) || tag >> 3 is 0 or > int.MaxValue)
                return null;
            var wire = (int)(tag & 7);
            byte[]? value = null;
            switch (wire)
            {
                case 0 when ReadVarint(ref message, out _, out var raw):
                    value = raw;
                    break;
                case 1 when message.Length >= 8:
                    value = Take(ref message, 8);
                    break;
                case 2
                    when ReadVarint(ref message, out var length, out _)
                        && length <= (ulong)message.Length:
                    value = Take(ref message, (int)length);
                    break;
                case 5 when message.Length >= 4:
                    value = Take(ref message, 4);
                    break;
            }
            if (value is null)
                return null;
            fields.Add(new((int)(tag >> 3), wire, value));
        }
        return fields;
    }

    private static byte[] Join(List<Field> fields)
    {
        var joined = new List<byte>();
        foreach (var (number, wire, value) in fields)
        {
            joined.AddRange(Varint((ulong)number << 3 | (uint)wire));
            if (wire == 2)
                joined.AddRange(Varint((ulong)value.Length));
            joined.AddRange(value);
        }
        return [.. joined];
    }

    private static byte[] Take(ref ReadOnlySpan<byte> from, int count)
    {
        var taken = from[..count].ToArray();
        from = from[count..];
        return taken;
    }

    private static bool ReadVarint(ref ReadOnlySpan<byte> from, out ulong value, out byte[] raw)
    {
        (value, raw) = (0, []);
        for (var i = 0; i < Math.Min(10, from.Length); i++)
        {
            value |= (ulong)(from[i] & 0x7F) << 7 * i;
            if (from[i] >= 0x80)
                continue;
            raw = Take(ref from, i + 1);
            return true;
        }
        return false;
    }

    private static byte[] Varint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        var count = 0;
        do
        {
            bytes[count++] = (byte)(value & 0x7F | (value > 0x7F ? 0x80u : 0));
            value >>= 7;
        } while (value != 0);
        return bytes[..count].ToArray();
    }

    private sealed record Field(int Number, int Wire, byte[] Value);
}
