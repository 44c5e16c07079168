using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using WaOperator.Fuzz.Mutations;
using WaOperator.SessionPod.Api;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// Bodies of POST .../messages, on to what is handed to the connection. Any bytes are a message that can be sent, or are refused in a
/// sentence.
/// </summary>
internal sealed class RequestTarget : Target
{
    private const int Samples = 200;

    private static readonly string[] Recipients =
    [
        "491701234567",
        "+49 (0)170 123 45 67",
        "5511987654399",
        "491701234567@s.whatsapp.net",
        "491701234567:12@s.whatsapp.net",
        "123456789@lid",
        "120363000000000001@g.us",
        "491701234567-1600000000@g.us",
    ];

    private readonly byte[][] _messages =
    [
        .. Enumerable
            .Range(0, Samples)
            .Select(seed =>
                Sample.Of(Message.Descriptor, new Random(seed), depth: seed % 4).ToByteArray()
            ),
    ];

    public override string Name => "request";

    public override Input Make(Random random)
    {
        var request = new JsonObject { ["to"] = Recipients[random.Next(Recipients.Length)] };
        if (random.Next(3) == 0)
            request["text"] = Text(random);
        else
            request["message"] = Convert.ToBase64String(Content(random));
        if (random.Next(2) == 0)
            request["id"] = "3EB0C767D26A8D1A3F"[..random.Next(6, 19)];
        var body = JsonSerializer.SerializeToUtf8Bytes(request);
        if (random.Next(3) == 0)
            body = JsonMutation.Change(random, body);
        if (random.Next(3) == 0)
            body = ByteMutation.Change(random, body, body);
        return new(body);
    }

    public override void Parse(Input input)
    {
        var taken = Outgoing.TryRead(input.Bytes, out var message, out _, out var wrong);
        if (!taken)
            throw string.IsNullOrWhiteSpace(wrong)
                ? new InvalidOperationException("refused without a reason")
                : new RefusedException(wrong);
        if (wrong is not null)
            throw new InvalidOperationException($"taken, and wrong: {wrong}");
        // What is asked of an accepted message: it cannot be refused any more.
        if (!Outgoing.IsId(message.Id))
            throw new InvalidOperationException("its id is none");
        message.Validate();
        // After a restart it is read back from what is stored.
        if (OutgoingMessage.Of(message.As(OutboundState.Queued)) != message)
            throw new InvalidOperationException("read back, it is another message");
    }

    public override bool IsRefusal(Exception exception) => exception is RefusedException;

    public override long MaxAllocated(Input input) => 64 * 1024 + 256L * input.Bytes.Length;

    private static string Text(Random random) =>
        random.Next(200) == 0
            ? new string('é', random.Next(Outgoing.MaxText - 2, Outgoing.MaxText + 3))
            : string.Concat(Enumerable.Repeat("héllo \ud83d\ude00\n", random.Next(4)));

    private byte[] Content(Random random)
    {
        var message = _messages[random.Next(_messages.Length)];
        return random.Next(3) == 0 ? ProtoMutation.Change(random, message) : message;
    }

    private sealed class RefusedException(string why) : Exception(why);
}
