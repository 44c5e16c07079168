using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace WaOperator.WhatsApp.Binary;

/// <summary>
/// Reads binary nodes from bytes that no one vouches for. Whatever they are, the result is a node or a
/// <see cref="BinaryFormatException"/>; memory is bounded by the limits here and by the length of the input:
/// a declared size is believed only where the bytes for it are there.
/// </summary>
internal static class BinaryDecoder
{
    /// <summary>The largest frame after decompression, in bytes.</summary>
    public const int MaxInflatedSize = 4 * 1024 * 1024;

    /// <summary>How deeply nodes may be nested. Known stanzas stay below 10.</summary>
    public const int MaxDepth = 48;

    /// <summary>How many nodes one stanza may hold.</summary>
    public const int MaxNodes = 131_072;

    /// <summary>How many attributes the nodes of one stanza may hold together.</summary>
    public const int MaxAttributes = 262_144;

    private const byte CompressedFlag = 2;

    /// <summary>Reads a frame's plaintext: a flag byte, then the node, compressed if the flag has bit 1.</summary>
    /// <exception cref="BinaryFormatException">The bytes are no node, or go beyond a limit.</exception>
    public static BinaryNode Decode(ReadOnlySpan<byte> frame)
    {
        if (frame.IsEmpty)
            throw new BinaryFormatException("The frame is empty.");
        if ((frame[0] & CompressedFlag) == 0)
            return DecodeNode(frame[1..]);
        using var inflated = Inflater.Inflate(frame[1..], MaxInflatedSize);
        return DecodeNode(inflated.Span);
    }

    private static BinaryNode DecodeNode(ReadOnlySpan<byte> data)
    {
        var reader = new Reader(data);
        var node = reader.ReadNode(0);
        return reader.Remaining == 0
            ? node
            : throw new BinaryFormatException(
                $"{reader.Remaining} bytes follow after the end of the node."
            );
    }

    private ref struct Reader(ReadOnlySpan<byte> data)
    {
        /// <summary>Two bytes of list header and a tag of one byte.</summary>
        private const int SmallestNode = 3;

        private readonly ReadOnlySpan<byte> _data = data;
        private int _position;
        private int _nodes = MaxNodes - 1;
        private int _attributes = MaxAttributes;

        public readonly int Remaining => _data.Length - _position;

        public BinaryNode ReadNode(int depth)
        {
            if (depth > MaxDepth)
                throw new BinaryFormatException(
                    $"Nodes stand deeper in each other than {MaxDepth}."
                );
            var size = ReadListSize(ReadByte());
            if (size == 0)
                throw new BinaryFormatException("A node is an empty list.");
            var tag = ReadString(ReadByte(), allowAddress: false);
            if (tag.Length == 0)
                throw new BinaryFormatException("A node has an empty tag.");
            var attributes = ReadAttributes((size - 1) / 2);
            return size % 2 == 1 ? new(tag, attributes) : ReadContent(tag, attributes, depth);
        }

        private BinaryNode ReadContent(
            string tag,
            KeyValuePair<string, string>[] attributes,
            int depth
        )
        {
            var form = ReadByte();
            switch (form)
            {
                case Token.ListEmpty or Token.List8 or Token.List16:
                    return new(tag, attributes)
                    {
                        Children = ReadChildren(ReadListSize(form), depth),
                    };
                case Token.Binary8 or Token.Binary20 or Token.Binary32:
                    return new(tag, attributes) { Bytes = ReadBytes(ReadLength(form)).ToArray() };
                default:
                    return new(tag, attributes) { Text = ReadString(form, allowAddress: true) };
            }
        }

        private BinaryNode[] ReadChildren(int count, int depth)
        {
            if ((_nodes -= count) < 0 || (long)count * SmallestNode > Remaining)
                throw new BinaryFormatException(
                    $"A list says it has {count} nodes, more than the stanza can hold."
                );
            var children = count == 0 ? [] : new BinaryNode[count];
            for (var i = 0; i < count; i++)
                children[i] = ReadNode(depth + 1);
            return children;
        }

        private KeyValuePair<string, string>[] ReadAttributes(int count)
        {
            if (count == 0)
                return [];
            if ((_attributes -= count) < 0 || count * 2 > Remaining)
                throw new BinaryFormatException(
                    $"A node says it has {count} attributes, more than the stanza can hold."
                );
            var attributes = new KeyValuePair<string, string>[count];
            for (var i = 0; i < count; i++)
            {
                var name = ReadString(ReadByte(), allowAddress: false);
                attributes[i] = new(name, ReadString(ReadByte(), allowAddress: true));
            }
            return attributes;
        }

        /// <summary>An address is made of plain strings only, so that addresses cannot nest without end.</summary>
        private string ReadString(byte form, bool allowAddress)
        {
            switch (form)
            {
                case Token.ListEmpty:
                    return "";
                case >= Token.Dictionary0 and <= Token.Dictionary3:
                    return Token.OfBytes(form, ReadByte());
                case Token.Binary8 or Token.Binary20 or Token.Binary32:
                    return Encoding.UTF8.GetString(ReadBytes(ReadLength(form)));
                case Token.Nibble8 or Token.Hex8:
                    return ReadPacked(form);
                case Token.JidPair
                or Token.AdJid
                or Token.FbJid
                or Token.InteropJid when allowAddress:
                    return ReadAddress(form);
                default:
                    return Token.OfByte(form)
                        ?? throw new BinaryFormatException(
                            $"The byte {form} is neither a token nor the start of a string here."
                        );
            }
        }

        private string ReadPart() => ReadString(ReadByte(), allowAddress: false);

        private string ReadAddress(byte form)
        {
            switch (form)
            {
                case Token.JidPair:
                    var user = ReadPart();
                    var server = ReadPart();
                    return server.Length > 0
                        ? $"{user}@{server}"
                        : throw new BinaryFormatException("An address has no server.");
                case Token.AdJid:
                    var domain = ReadByte();
                    var device = ReadByte();
                    return Jid.OfDomain(domain, ReadPart(), device).ToString();
                case Token.FbJid:
                    var name = ReadPart();
                    var number = ReadInt16();
                    return new Jid(name, ReadPart(), number).ToString();
                default:
                    var peer = ReadPart();
                    var peerDevice = ReadInt16();
                    var integrator = ReadInt16();
                    var text = string.Create(CultureInfo.InvariantCulture, $"{integrator}-{peer}");
                    return new Jid(text, ReadPart(), peerDevice).ToString();
            }
        }

        private string ReadPacked(byte form)
        {
            var start = ReadByte();
            var length = (start & 127) * 2;
            var odd = (start & 128) != 0;
            var bytes = ReadBytes(length / 2);
            if (odd && length == 0)
                throw new BinaryFormatException("A packed string is shorter than nothing.");
            Span<char> text = stackalloc char[length];
            var last = length - (odd ? 1 : 0);
            for (var i = 0; i < last; i++)
                text[i] = Packing.Unpack(form, i % 2 == 0 ? bytes[i / 2] >> 4 : bytes[i / 2] & 15);
            return new string(text[..last]);
        }

        private int ReadListSize(byte form) =>
            form switch
            {
                Token.ListEmpty => 0,
                Token.List8 => ReadByte(),
                Token.List16 => ReadInt16(),
                _ => throw new BinaryFormatException($"The byte {form} starts no list."),
            };

        private int ReadLength(byte form) =>
            form switch
            {
                Token.Binary8 => ReadByte(),
                Token.Binary20 => (ReadByte() & 15) << 16 | ReadInt16(),
                _ => BinaryPrimitives.ReadUInt32BigEndian(ReadBytes(4))
                    is var length
                        and <= int.MaxValue
                    ? (int)length
                    : throw EndOfData(),
            };

        private ushort ReadInt16() => BinaryPrimitives.ReadUInt16BigEndian(ReadBytes(2));

        private byte ReadByte() =>
            _position < _data.Length ? _data[_position++] : throw EndOfData();

        private ReadOnlySpan<byte> ReadBytes(int count)
        {
            if (count > Remaining)
                throw EndOfData();
            _position += count;
            return _data.Slice(_position - count, count);
        }

        private readonly BinaryFormatException EndOfData() =>
            new(
                $"The node ends too early, after {_data.Length} bytes: a length inside it points beyond its end."
            );
    }
}
