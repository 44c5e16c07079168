using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace WaOperator.Fuzz.Targets;

/// <summary>Valid protobuf messages with about half of their fields set, at random.</summary>
internal static class Sample
{
    private static readonly double[] Doubles =
    [
        0,
        47.3,
        -179.9,
        1e300,
        double.Epsilon,
        double.NaN,
        double.PositiveInfinity,
        double.NegativeInfinity,
    ];

    public static IMessage Of(MessageDescriptor type, Random random, int depth)
    {
        var message = type.Parser.ParseFrom(ByteString.Empty);
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            if (field.FieldType is FieldType.Message && depth == 0 || random.Next(2) == 0)
                continue;
            Set(message, field, random, depth);
        }
        return message;
    }

    /// <summary>Sets one field.</summary>
    public static void Set(IMessage message, FieldDescriptor field, Random random, int depth)
    {
        if (field.IsRepeated)
        {
            var list = (System.Collections.IList)field.Accessor.GetValue(message);
            for (var count = random.Next(4); count > 0; count--)
                list.Add(Value(field, random, depth));
        }
        else if (!field.IsMap)
        {
            field.Accessor.SetValue(message, Value(field, random, depth));
        }
    }

    private static object Value(FieldDescriptor field, Random random, int depth) =>
        field.FieldType switch
        {
            FieldType.Message => Of(field.MessageType, random, Math.Max(depth - 1, 0)),
            FieldType.String => Text(random),
            FieldType.Bytes => Bytes(random),
            FieldType.Bool => random.Next(2) == 0,
            FieldType.Double => Doubles[random.Next(Doubles.Length)],
            FieldType.Float => (float)Doubles[random.Next(Doubles.Length)],
            FieldType.UInt32 or FieldType.Fixed32 => (uint)random.Next(),
            FieldType.UInt64 or FieldType.Fixed64 => (ulong)random.NextInt64(),
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => random.NextInt64(),
            FieldType.Enum => field
                .EnumType
                .Values[random.Next(field.EnumType.Values.Count)]
                .Number,
            _ => random.Next(),
        };

    private static string Text(Random random) =>
        random.Next(4) switch
        {
            0 => "491511111111@s.whatsapp.net",
            1 => "120363012345678901@g.us",
            2 => "3EB0C767D26A8D1A3F",
            _ => "äöü " + new string('x', random.Next(40)),
        };

    private static ByteString Bytes(Random random)
    {
        var bytes = new byte[random.Next(3) == 0 ? 32 : random.Next(100)];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
