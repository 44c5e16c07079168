using System.IO.Compression;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Fuzz.Targets;

/// <summary>Binary nodes, compressed and not.</summary>
internal sealed class CodecTarget : Target
{
    private const byte Compressed = 2;
    private const int MaxInflation = 1_032;
    private const int MaxSourceSize = 16 * 1024;

    private readonly byte[][] _frames;
    private readonly BinaryNode[] _nodes;
    private readonly byte[][] _bombs;

    public CodecTarget()
    {
        _frames =
        [
            .. Corpus
                .Read("nodes.json")
                .Where(vector => vector.TryGetProperty("wire", out _))
                .Select(vector => vector.GetProperty("wire").GetBytesFromBase64())
                .Where(wire => wire.Length <= MaxSourceSize),
        ];
        _nodes = [.. _frames.Select(frame => BinaryDecoder.Decode(frame))];
        _bombs =
        [
            Compress(new byte[BinaryDecoder.MaxInflatedSize - 1]),
            Compress(new byte[BinaryDecoder.MaxInflatedSize + 1]),
            // As many nodes as fit: a list of 65,535 whose every child is a list of size 1 with a tag.
            Compress([
                249,
                255,
                255,
                .. Enumerable.Repeat<byte[]>([248, 1, 8], 65_535).SelectMany(b => b),
            ]),
            Compress([
                248,
                2,
                8,
                249,
                255,
                255,
                .. Enumerable.Repeat<byte[]>([248, 1, 8], 65_535).SelectMany(b => b),
            ]),
        ];
    }

    public override string Name => "codec";

    public override Input Make(Random random)
    {
        var frame = random.Next(3) switch
        {
            0 => _frames[random.Next(_frames.Length)],
            _ => BinaryEncoder.Encode(Change(random, _nodes[random.Next(_nodes.Length)], 0)),
        };
        var bytes =
            random.Next(3) == 0
                ? frame
                : ByteMutation.Change(random, frame, _frames[random.Next(_frames.Length)]);
        return new(
            random.Next(1_000) switch
            {
                0 => ByteMutation.Change(random, _bombs[random.Next(_bombs.Length)], frame),
                1 => _bombs[random.Next(_bombs.Length)],
                < 50 when bytes.Length > 1 => Compress(bytes.AsSpan(1)),
                < 100 when bytes.Length > 1 => ByteMutation.Change(
                    random,
                    Compress(bytes.AsSpan(1)),
                    frame
                ),
                _ => bytes,
            }
        );
    }

    public override void Parse(Input input) => BinaryDecoder.Decode(input.Bytes);

    public override bool IsRefusal(Exception exception) => exception is BinaryFormatException;

    // A node of three bytes is an object with an array. What deflate may make of a byte is bounded, and so is the whole.
    public override long MaxAllocated(Input input)
    {
        var isCompressed = input.Bytes.Length > 0 && (input.Bytes[0] & Compressed) != 0;
        var size = isCompressed
            ? Math.Min(BinaryDecoder.MaxInflatedSize, (long)input.Bytes.Length * MaxInflation)
            : input.Bytes.Length;
        return 16 * 1024 + 64 * size + (isCompressed ? 4L * BinaryDecoder.MaxInflatedSize : 0);
    }

    /// <summary>A copy with something changed in it.</summary>
    private BinaryNode Change(Random random, BinaryNode node, int depth)
    {
        var tag = random.Next(40) == 0 ? Text(random) : node.Tag;
        var copy = node.Content switch
        {
            NodeContent.Children => new BinaryNode(tag)
            {
                Children = [.. Children(random, node, depth)],
            },
            NodeContent.Bytes => new(tag) { Bytes = node.Bytes.ToArray() },
            NodeContent.Text => new(tag)
            {
                Text = random.Next(10) == 0 ? Text(random) : node.Text!,
            },
            _ => new(tag),
        };
        foreach (var (name, value) in node.Attributes)
            copy[random.Next(40) == 0 ? Text(random) : name] =
                random.Next(10) == 0 ? Text(random) : value;
        if (random.Next(10) == 0)
            copy[Text(random)] = Text(random);
        return copy;
    }

    private IEnumerable<BinaryNode> Children(Random random, BinaryNode node, int depth)
    {
        foreach (var child in node.Children)
        {
            if (random.Next(20) == 0)
                continue;
            var changed = Change(random, child, depth + 1);
            for (
                var times =
                    random.Next(100) == 0 ? random.Next(300)
                    : random.Next(20) == 0 ? 2
                    : 1;
                times > 0;
                times--
            )
                yield return changed;
        }
        if (depth < 2 && random.Next(20) == 0)
            yield return Change(random, _nodes[random.Next(_nodes.Length)], depth + 1);
        if (random.Next(50) == 0)
            yield return Nested(random.Next(2 * BinaryDecoder.MaxDepth));
    }

    private static BinaryNode Nested(int depth)
    {
        var node = new BinaryNode("iq");
        for (; depth > 0; depth--)
            node = new("iq") { Children = [node] };
        return node;
    }

    private static string Text(Random random) =>
        random.Next(8) switch
        {
            0 => "message",
            1 => new string('1', random.Next(1, 300)),
            2 => "491511111111:1@s.whatsapp.net",
            3 => "A-F.0123",
            4 => "@lid",
            5 => new string('é', random.Next(1, 200)),
            6 => "ABCDEF0123456789",
            _ => "x",
        };

    private static byte[] Compress(ReadOnlySpan<byte> node)
    {
        using var output = new MemoryStream();
        output.WriteByte(Compressed);
        using (var zlib = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true))
            zlib.Write(node);
        return output.ToArray();
    }
}
