using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace WaOperator.WhatsApp.Binary;

/// <summary>Writes binary nodes. A value becomes the shortest of token, packed digits, address or raw UTF-8.</summary>
internal static class BinaryEncoder
{
    private const int MaxListSize = ushort.MaxValue;
    private const int Max20Bit = 1 << 20;

    /// <summary>The flag byte (0: not compressed) and the node.</summary>
    /// <exception cref="BinaryFormatException">A list has more than 65,535 entries.</exception>
    public static byte[] Encode(BinaryNode node)
    {
        var output = new ArrayBufferWriter<byte>(256);
        Encode(node, output);
        return output.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="Encode(BinaryNode)"/>
    public static void Encode(BinaryNode node, IBufferWriter<byte> output)
    {
        WriteByte(output, 0);
        WriteNode(output, node);
    }

    private static void WriteNode(IBufferWriter<byte> output, BinaryNode node)
    {
        var attributes = node.Attributes;
        WriteListStart(
            output,
            1 + 2 * attributes.Length + (node.Content == NodeContent.None ? 0 : 1)
        );
        WriteString(output, node.Tag);
        foreach (var (name, value) in attributes)
        {
            WriteString(output, name);
            WriteString(output, value);
        }
        switch (node.Content)
        {
            case NodeContent.Children:
                WriteListStart(output, node.Children.Count);
                foreach (var child in node.Children)
                    WriteNode(output, child);
                break;
            case NodeContent.Bytes:
                WriteLength(output, node.Bytes.Length);
                output.Write(node.Bytes);
                break;
            case NodeContent.Text:
                WriteString(output, node.Text);
                break;
            case NodeContent.None:
            default:
                break;
        }
    }

    private static void WriteString(IBufferWriter<byte> output, string text)
    {
        if (Token.TryGetCode(text, out var code))
        {
            if (code > byte.MaxValue)
                WriteByte(output, (byte)(code >> 8));
            WriteByte(output, (byte)code);
        }
        else if (Packing.Of(text) is var packing && packing != 0)
        {
            WritePacked(output, text, packing);
        }
        else if (!Jid.TryParse(text, out var jid) || !TryWriteJid(output, jid))
        {
            WriteRaw(output, text);
        }
    }

    private static void WritePacked(IBufferWriter<byte> output, string text, byte packing)
    {
        var length = (text.Length + 1) / 2;
        var span = output.GetSpan(length + 2);
        span[0] = packing;
        span[1] = (byte)(length | (text.Length % 2) << 7);
        for (var i = 0; i < length; i++)
        {
            var low = 2 * i + 1 < text.Length ? Packing.Pack(text[2 * i + 1]) : Packing.Padding;
            span[i + 2] = (byte)(Packing.Pack(text[2 * i]) << 4 | low);
        }
        output.Advance(length + 2);
    }

    /// <summary>False where the wire has no form for such an address; it is then written raw.</summary>
    private static bool TryWriteJid(IBufferWriter<byte> output, Jid jid)
    {
        switch (jid.Server)
        {
            case Jid.MessengerServer when jid.Agent == 0 && jid.User.Length > 0:
                WriteByte(output, Token.FbJid);
                WriteString(output, jid.User);
                WriteInt16(output, jid.Device);
                WriteString(output, jid.Server);
                return true;
            case Jid.InteropServer:
                return TryWriteInterop(output, jid);
            case Jid.PhoneServer
            or Jid.LidServer
            or Jid.HostedServer
            or Jid.HostedLidServer
                when jid.Device <= byte.MaxValue && (jid.Device, jid.Agent) != (0, 0):
                if (
                    jid.Agent != 0
                    && (jid.Server != Jid.PhoneServer || jid.Agent is 1 or 128 or 129)
                )
                    return false;
                WriteByte(output, Token.AdJid);
                WriteByte(output, jid.Domain);
                WriteByte(output, (byte)jid.Device);
                WriteString(output, jid.User);
                return true;
            default:
                if ((jid.Device, jid.Agent) != (0, 0))
                    return false;
                WriteByte(output, Token.JidPair);
                if (jid.User.Length == 0)
                    WriteByte(output, Token.ListEmpty);
                else
                    WriteString(output, jid.User);
                WriteString(output, jid.Server);
                return true;
        }
    }

    private static bool TryWriteInterop(IBufferWriter<byte> output, Jid jid)
    {
        var dash = jid.User.IndexOf('-', StringComparison.Ordinal);
        if (
            jid.Agent != 0
            || dash <= 0
            || dash == jid.User.Length - 1
            || !ushort.TryParse(jid.User.AsSpan(0, dash), out var integrator)
        )
        {
            return false;
        }
        WriteByte(output, Token.InteropJid);
        WriteString(output, jid.User[(dash + 1)..]);
        WriteInt16(output, jid.Device);
        WriteInt16(output, integrator);
        WriteString(output, jid.Server);
        return true;
    }

    private static void WriteRaw(IBufferWriter<byte> output, string text)
    {
        var length = Encoding.UTF8.GetByteCount(text);
        WriteLength(output, length);
        Encoding.UTF8.GetBytes(text, output.GetSpan(length));
        output.Advance(length);
    }

    private static void WriteLength(IBufferWriter<byte> output, int length)
    {
        if (length <= byte.MaxValue)
        {
            WriteByte(output, Token.Binary8);
            WriteByte(output, (byte)length);
        }
        else if (length < Max20Bit)
        {
            WriteByte(output, Token.Binary20);
            WriteByte(output, (byte)(length >> 16));
            WriteInt16(output, (ushort)length);
        }
        else
        {
            WriteByte(output, Token.Binary32);
            BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(4), length);
            output.Advance(4);
        }
    }

    private static void WriteListStart(IBufferWriter<byte> output, int size)
    {
        if (size > MaxListSize)
            throw new BinaryFormatException(
                $"A list of {size} entries is longer than the format allows ({MaxListSize})."
            );
        if (size == 0)
        {
            WriteByte(output, Token.ListEmpty);
        }
        else if (size <= byte.MaxValue)
        {
            WriteByte(output, Token.List8);
            WriteByte(output, (byte)size);
        }
        else
        {
            WriteByte(output, Token.List16);
            WriteInt16(output, (ushort)size);
        }
    }

    private static void WriteInt16(IBufferWriter<byte> output, ushort value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), value);
        output.Advance(2);
    }

    private static void WriteByte(IBufferWriter<byte> output, byte value)
    {
        output.GetSpan(1)[0] = value;
        output.Advance(1);
    }
}
