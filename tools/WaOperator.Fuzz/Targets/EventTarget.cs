using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using WaOperator.Fuzz.Mutations;
using WaOperator.SessionPod.Api.Events;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// From an event as it is stored, in today's form or the JSON of earlier versions, to what tenants get: messages of every kind,
/// damaged and not, and stored forms that are damaged. It refuses nothing, and whatever it answers is JSON.
/// </summary>
internal sealed class EventTarget : Target
{
    private const int SamplesOfKind = 8;
    private static readonly string[] Types = ["message", "peer", "receipt", EventTypes.Identity];

    /// <summary>Of each kind some messages that are of this kind alone.</summary>
    private readonly byte[][] _messages =
    [
        .. from field in Message.Descriptor.Fields.InDeclarationOrder()
        from seed in Enumerable.Range(0, SamplesOfKind)
        select OfKind(field, seed),
    ];

    public override string Name => "event";

    public override Input Make(Random random)
    {
        if (random.Next(16) == 0)
            return Identity(random);
        var message = _messages[random.Next(_messages.Length)];
        if (random.Next(4) > 0)
            message = ProtoMutation.Change(random, message);
        if (random.Next(4) == 0)
            message = ByteMutation.Change(
                random,
                message,
                _messages[random.Next(_messages.Length)]
            );
        var old = random.Next(4) == 0;
        var stored = old ? Row(message) : EventCodec.Encode(Received(message)).Bytes;
        if (random.Next(8) == 0)
            stored = old
                ? JsonMutation.Change(random, stored)
                : [stored[0], .. ProtoMutation.Change(random, stored[1..])];
        if (random.Next(16) == 0)
            stored = ByteMutation.Change(random, stored, stored);
        return new(stored, random.Next(8) is var kind && kind < Types.Length ? kind : 0);
    }

    public override void Parse(Input input)
    {
        var e = EventCodec.DecodeKnown(Types[input.Kind], input.Bytes);
        var (name, shown) = TenantEvents.Convert(e, 1);
        using var json = JsonDocument.Parse(shown);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidOperationException("the answer is not an object");
        if (
            name == "message"
            && !json.RootElement.GetProperty("content").TryGetProperty("kind", out _)
        )
            throw new InvalidOperationException("the content has no kind");
        var (type, bytes) = EventCodec.Encode(e);
        if (type != Types[input.Kind] || EventCodec.DecodeKnown(type, bytes).Type != e.Type)
            throw new InvalidOperationException("written again it is another event");
    }

    private static Input Identity(Random random)
    {
        var (_, stored) = EventCodec.Encode(
            new IdentityChanged(new("100000000000001", Jid.LidServer), 1_700_000_000)
            {
                Other = new("491511111111", Jid.PhoneServer),
                OldFingerprint = new string('0', 64),
                NewFingerprint = new string('f', 64),
            }
        );
        return new(
            [stored[0], .. ProtoMutation.Change(random, stored[1..])],
            Array.IndexOf(Types, EventTypes.Identity)
        );
    }

    private static MessageReceived Received(byte[] message) =>
        new(
            new()
            {
                Id = "3EB0C767D26A8D1A3F",
                Chat = new("491511111111", Jid.PhoneServer),
                Sender = new("491511111111", Jid.PhoneServer, 3),
                Timestamp = 1_700_000_000,
            },
            message
        );

    private static byte[] Row(byte[] message) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["id"] = "3EB0C767D26A8D1A3F",
                ["chat"] = "491511111111@s.whatsapp.net",
                ["sender"] = "491511111111:3@s.whatsapp.net",
                ["fromMe"] = false,
                ["timestamp"] = 1_700_000_000,
                ["message"] = Convert.ToBase64String(message),
            }
        );

    public override bool IsRefusal(Exception exception) => false;

    public override long MaxAllocated(Input input) => 64 * 1024 + 512L * input.Bytes.Length;

    private static byte[] OfKind(FieldDescriptor field, int seed)
    {
        var random = new Random(field.FieldNumber * SamplesOfKind + seed);
        var message = new Message();
        Sample.Set(message, field, random, depth: seed % 4);
        return message.ToByteArray();
    }
}
