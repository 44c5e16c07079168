using Google.Protobuf;
using Google.Protobuf.Reflection;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Crypto;
using WaOperator.WhatsApp.Directories;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Pairing;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// Where protobuf comes in: decrypted messages with their padding, on to the JSON that the owner gets; and what the server says
/// in the handshake and at the pairing.
/// </summary>
internal sealed class ProtobufTarget : Target
{
    private const int Samples = 400;
    private const int MaxNesting = 6;

    private static readonly ListedDevice[] Listed = [new(0, 0), new(7, 7), new(8, 300)];
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    private readonly byte[][] _messages = Make(Message.Descriptor, MaxNesting);
    private readonly byte[][] _handshakes = Make(HandshakeMessage.Descriptor, 3);
    private readonly byte[][] _words = Make(ADVSignedDeviceIdentityHMAC.Descriptor, 1);
    private readonly byte[][] _deviceLists = Make(ADVSignedKeyIndexList.Descriptor, 1);
    private readonly byte[][] _keyIndexes = Make(ADVKeyIndexList.Descriptor, 1);
    private readonly byte[][] _chains;
    private readonly DeviceCredentials _credentials = DeviceCredentials.Create();
    private readonly KeyPair _root = KeyPair.Generate();
    private readonly KeyPair _server = KeyPair.Generate();

    public ProtobufTarget() =>
        _chains = [CertificateIssuer.Issue(_root, _server.Public, Now.AddDays(-1), Now.AddDays(1))];

    private enum Entrance
    {
        Message,
        Handshake,
        Word,
        Chain,
        Devices,
        SignedDevices,
    }

    public override string Name => "protobuf";

    public override Input Make(Random random)
    {
        var entrance = random.Next(100) switch
        {
            < 85 => Entrance.Message,
            < 95 => Entrance.Handshake,
            95 => Entrance.Word,
            96 => Entrance.Devices,
            97 => Entrance.SignedDevices,
            _ => Entrance.Chain,
        };
        var corpus = entrance switch
        {
            Entrance.Message => _messages,
            Entrance.Handshake => _handshakes,
            Entrance.Word => _words,
            Entrance.Devices => _deviceLists,
            Entrance.SignedDevices => _keyIndexes,
            _ => _chains,
        };
        var original = corpus[random.Next(corpus.Length)];
        var bytes = random.Next(4) == 0 ? original : ProtoMutation.Change(random, original);
        if (random.Next(3) == 0)
            bytes = ByteMutation.Change(random, bytes, corpus[random.Next(corpus.Length)]);
        if (entrance == Entrance.Message)
        {
            var padding = random.Next(1, 17);
            bytes = [.. bytes, .. Enumerable.Repeat((byte)padding, padding)];
            if (random.Next(20) == 0)
                bytes = ByteMutation.Change(random, bytes, []);
        }
        return new(bytes, (int)entrance);
    }

    public override void Parse(Input input)
    {
        switch ((Entrance)input.Kind)
        {
            case Entrance.Message:
                var message = MessagePadding.Unpad(input.Bytes);
                ReceivedJson.Write(ContentParser.Read(message.Span));
                break;
            case Entrance.Handshake:
                HandshakeMessages.Parse(input.Bytes);
                break;
            case Entrance.Word:
                Adv.Accept(input.Bytes, _credentials);
                break;
            case Entrance.Devices:
                Prove(input.Bytes);
                break;
            case Entrance.SignedDevices:
                Prove(Sign(input.Bytes));
                break;
            default:
                CertificateChain.Verify(input.Bytes, _server.Public, _root.Public, Now);
                break;
        }
    }

    /// <summary>Whatever a list says, the phone stays, and no device that the server has not listed is added.</summary>
    private void Prove(byte[] signed)
    {
        var proven = SignedDevices.Prove(
            Listed,
            signed,
            _root.Public,
            former: [],
            formerAt: 0,
            Now.ToUnixTimeSeconds()
        );
        if (
            proven.Devices is not [0, ..]
            || proven.Devices.Any(id => Listed.All(device => device.Id != id))
        )
            throw new InvalidOperationException("the devices are not those that were listed");
    }

    private byte[] Sign(byte[] details) =>
        new ADVSignedKeyIndexList
        {
            Details = ByteString.CopyFrom(details),
            AccountSignature = ByteString.CopyFrom(XEdDsa.Sign(_root.Private, [6, 2, .. details])),
        }.ToByteArray();

    public override bool IsRefusal(Exception exception) =>
        exception
            is FormatException
                or SignalException
                or NoiseException
                or AdvRejectedException
                or CertificateRejectedException;

    // An empty message of two bytes becomes an object with all its fields.
    public override long MaxAllocated(Input input) => 64 * 1024 + 512L * input.Bytes.Length;

    private static byte[][] Make(MessageDescriptor type, int depth) =>
        [
            .. Enumerable
                .Range(0, Samples)
                .Select(seed => Sample.Of(type, new Random(seed), seed % (depth + 1)).ToByteArray())
                .Where(bytes => bytes.Length < 8 * 1024),
        ];
}
