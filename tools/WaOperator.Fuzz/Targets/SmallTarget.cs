using System.Buffers.Binary;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Profile;

namespace WaOperator.Fuzz.Targets;

/// <summary>Small forms that are read by hand: the head of a JPEG, and the stored requests for keys of the account's state.</summary>
internal sealed class SmallTarget : Target
{
    private const int MostKeys = 20;
    private const int LongestName = 40;

    private enum Entrance
    {
        Jpeg,
        AskedKeys,
    }

    public override string Name => "small";

    public override Input Make(Random random)
    {
        var entrance = (Entrance)random.Next(2);
        var original = entrance == Entrance.Jpeg ? Jpeg(random) : Asked(random).Serialize();
        return new(
            random.Next(4) == 0 ? original : ByteMutation.Change(random, original, original),
            (int)entrance
        );
    }

    public override void Parse(Input input)
    {
        if ((Entrance)input.Kind == Entrance.Jpeg)
        {
            if (!JpegHead.TryRead(input.Bytes, out var width, out var height))
                throw new RefusedException("no JPEG");
            if (width is < 1 or > ushort.MaxValue || height is < 1 or > ushort.MaxValue)
                throw new InvalidOperationException($"a picture of {width} x {height}");
            return;
        }
        var asked = AskedKeys.Deserialize(input.Bytes);
        var written = asked.Serialize();
        // Names that stand twice are one: what is written has each once, and stays as it is.
        if (
            written.Length > input.Bytes.Length
            || AskedKeys.Deserialize(written).Serialize().Length != written.Length
        )
            throw new InvalidOperationException("written again they are other requests");
    }

    public override bool IsRefusal(Exception exception) =>
        exception is InvalidDataException or RefusedException;

    public override long MaxAllocated(Input input) => 64 * 1024 + 256L * input.Bytes.Length;

    /// <summary>Segments, with fill bytes between them, and a frame.</summary>
    private static byte[] Jpeg(Random random)
    {
        List<byte> bytes = [0xFF, 0xD8];
        Span<byte> number = stackalloc byte[2];
        for (var i = random.Next(5); i > 0; i--)
        {
            bytes.AddRange(Enumerable.Repeat((byte)0xFF, 1 + random.Next(3)));
            bytes.Add((byte)random.Next(0xE0, 0xF0));
            var content = new byte[random.Next(40)];
            random.NextBytes(content);
            BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)(content.Length + 2));
            bytes.AddRange(number);
            bytes.AddRange(content);
        }
        bytes.AddRange([0xFF, 0xC0, 0, 11, 8]);
        for (var i = 0; i < 2; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(number, (ushort)random.Next(1 << 16));
            bytes.AddRange(number);
        }
        bytes.AddRange([1, 1, 17, 0]);
        return [.. bytes];
    }

    private static AskedKeys Asked(Random random)
    {
        var asked = AskedKeys.None;
        for (var i = random.Next(MostKeys); i > 0; i--)
        {
            var name = new byte[random.Next(LongestName)];
            random.NextBytes(name);
            asked = asked.With(
                AppStateKeyring.Name(name),
                DateTimeOffset.FromUnixTimeSeconds(random.NextInt64(4_000_000_000))
            );
        }
        return asked;
    }
}
