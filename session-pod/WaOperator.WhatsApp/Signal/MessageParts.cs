using System.Text;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// What the transport of a message needs of its protobuf (Message of WAProto): read without parsing the content, which is
/// ContentParser's, and written around contents that stay byte for byte. Fields are by number: 2 sender key distribution,
/// 31 device-sent message, 35 context.
/// </summary>
internal sealed record MessageParts
{
    private const int Distribution = 2;
    private const int DeviceSentField = 31;
    private const int Context = 35;

    /// <summary>A sender key distribution (axolotlSenderKeyDistributionMessage).</summary>
    public byte[]? SenderKey { get; private set; }

    /// <summary>What another device of our account sent, and to whom.</summary>
    public (string? To, byte[] Message)? DeviceSent { get; private set; }

    /// <summary>True if there is something for people or programs, and not only keys.</summary>
    public bool HasContent { get; private set; }

    private byte[]? ContextInfo { get; set; }

    /// <summary>Reads a message.</summary>
    /// <exception cref="SignalException">Malformed.</exception>
    public static MessageParts Read(ReadOnlyMemory<byte> message)
    {
        try
        {
            return Scan(message.ToArray());
        }
        catch (Exception e) when (e is ArgumentException || ProtobufFault.Is(e))
        {
            throw new SignalException(
                SignalFailure.Malformed,
                $"The decrypted message is not a valid protobuf: {e.Message}",
                e
            );
        }
    }

    /// <summary>The message as our other devices get it.</summary>
    public static byte[] ForOwnDevices(string destination, byte[] message)
    {
        var inner = Nested(
            DeviceSentField,
            [.. Nested(1, Encoding.UTF8.GetBytes(destination)), .. Nested(2, message)]
        );
        return Read(message).ContextInfo is { } context
            ? [.. Nested(Context, context), .. inner]
            : inner;
    }

    /// <summary>A sender key's distribution; appended to another message it joins it.</summary>
    public static byte[] WithSenderKey(string group, byte[] distribution) =>
        Nested(
            Distribution,
            [.. Nested(1, Encoding.UTF8.GetBytes(group)), .. Nested(2, distribution)]
        );

    /// <summary>The message that another device of ours sent, with the context that stands around it.</summary>
    public byte[] Unwrap()
    {
        var inner = DeviceSent!.Value.Message;
        return ContextInfo is { } context && Read(inner).ContextInfo is null
            ? [.. inner, .. Nested(Context, context)]
            : inner;
    }

    private static MessageParts Scan(byte[] message)
    {
        var found = new MessageParts();
        var input = new CodedInputStream(message);
        while (input.ReadTag() is var tag && tag != 0)
        {
            var field = WireFormat.GetTagFieldNumber(tag);
            found.HasContent |= field is not (Distribution or Context);
            if (WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
            {
                input.SkipLastField();
                continue;
            }
            var value = input.ReadBytes();
            switch (field)
            {
                case Distribution:
                    found.SenderKey = Part(value, 2)?.ToByteArray();
                    break;
                case DeviceSentField when Part(value, 2) is { } inner:
                    found.DeviceSent = (Part(value, 1)?.ToStringUtf8(), inner.ToByteArray());
                    break;
                case Context:
                    found.ContextInfo = value.ToByteArray();
                    break;
            }
        }
        return found;
    }

    /// <summary>The last of a message's fields with that number, where it has bytes.</summary>
    private static ByteString? Part(ByteString message, int wanted)
    {
        ByteString? found = null;
        var input = message.CreateCodedInput();
        while (input.ReadTag() is var tag && tag != 0)
        {
            if (
                WireFormat.GetTagFieldNumber(tag) == wanted
                && WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited
            )
                found = input.ReadBytes();
            else
                input.SkipLastField();
        }
        return found;
    }

    private static byte[] Nested(int field, byte[] value)
    {
        var tag = WireFormat.MakeTag(field, WireFormat.WireType.LengthDelimited);
        var bytes = new byte[
            CodedOutputStream.ComputeRawVarint32Size(tag)
                + CodedOutputStream.ComputeLengthSize(value.Length)
                + value.Length
        ];
        using var output = new CodedOutputStream(bytes);
        output.WriteTag(tag);
        output.WriteLength(value.Length);
        output.Flush();
        value.CopyTo(bytes, bytes.Length - value.Length);
        return bytes;
    }
}
