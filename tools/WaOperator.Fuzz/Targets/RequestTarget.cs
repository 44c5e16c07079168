using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using WaOperator.Fuzz.Mutations;
using WaOperator.SessionPod.Api.Messages;
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
        var request = Kind(random);
        request["to"] = Recipients[random.Next(Recipients.Length)];
        if (random.Next(3) == 0)
            request["replyTo"] = Named(random);
        if (random.Next(3) == 0)
            request["mentions"] = new JsonArray("491701234567", "123456789@lid");
        if (random.Next(4) == 0)
            request["disappearAfter"] = 86_400;
        if (random.Next(8) == 0)
            request["viewOnce"] = true;
        if (random.Next(8) == 0)
            request["sendAt"] = "2026-12-01T09:00:00Z";
        if (random.Next(8) == 0)
            request["expiresAt"] = "2026-12-02T09:00:00+01:00";
        if (random.Next(8) == 0)
            request["metadata"] = new JsonObject { ["order"] = "7" };
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
        if (!Outgoing.TryRead(input.Bytes, out var draft, out var wrong))
            throw string.IsNullOrWhiteSpace(wrong.Detail) || !wrong.Pointer.StartsWith('#')
                ? new InvalidOperationException("refused without a reason")
                : new RefusedException(wrong.Detail);
        OutgoingMessage message;
        try
        {
            message = Composer.Compose(draft, Lookup(draft));
        }
        catch (BodyFaultException e)
        {
            throw new RefusedException(e.Message);
        }
        // What is asked of an accepted message: it cannot be refused any more.
        if (!Fields.IsId(message.Id))
            throw new InvalidOperationException("its id is none");
        message.Validate();
        // After a restart it is read back from what is stored.
        if (OutgoingMessage.Of(message.As(OutboundState.Queued)) != message)
            throw new InvalidOperationException("read back, it is another message");
    }

    public override bool IsRefusal(Exception exception) => exception is RefusedException;

    public override long MaxAllocated(Input input) => 64 * 1024 + 256L * input.Bytes.Length;

    /// <summary>As if every message that is named were a poll of its chat, and every file there.</summary>
    private static Found Lookup(Draft draft)
    {
        var known = new KnownMessage("3EB0C767D26A8D1A3F", [draft.To], true, null, Poll);
        return new(
            new OwnAddresses(Jid.Parse("491700000001@s.whatsapp.net"), Jid.Parse("42@lid")),
            DateTimeOffset.UnixEpoch
        )
        {
            Target = known,
            Quoted = known,
            Media = File,
        };
    }

    private static readonly byte[] Poll = MessageContent.Poll("When?", ["Mon", "Tue"]).ToBytes();

    private static readonly ShelvedMedia File = new(
        new()
        {
            Kind = WhatsApp.Media.MediaKind.Image,
            DirectPath = "/v/t62.7118-24/1",
            MediaKey = new byte[32],
            FileSha256 = new byte[32],
            FileEncSha256 = new byte[32],
            FileLength = 1,
        },
        "image/jpeg"
    );

    private static JsonNode Named(Random random) =>
        random.Next(2) == 0
            ? "3EB0C767D26A8D1A3F"
            : new JsonObject
            {
                ["id"] = "3AC767D26A8D1A3F",
                ["chat"] = Recipients[random.Next(Recipients.Length)],
                ["from"] = Recipients[random.Next(Recipients.Length)],
                ["text"] = "said",
            };

    private JsonObject Kind(Random random)
    {
        JsonObject Media() => new() { ["media"] = "med_1" };
        JsonObject About() => new() { ["message"] = Named(random) };
        return random.Next(16) switch
        {
            0 or 1 => new() { ["text"] = Text(random) },
            2 => new()
            {
                ["text"] = new JsonObject
                {
                    ["body"] = "see https://example.org",
                    ["preview"] = new JsonObject
                    {
                        ["url"] = "https://example.org",
                        ["title"] = "Ex",
                    },
                },
            },
            3 => new() { ["image"] = Media() },
            4 => new() { ["voice"] = Media() },
            5 => new()
            {
                ["document"] = new JsonObject
                {
                    ["media"] = "med_1",
                    ["caption"] = "c",
                    ["fileName"] = "a.pdf",
                },
            },
            6 => new()
            {
                ["location"] = new JsonObject { ["latitude"] = 52.5, ["longitude"] = 13.4 },
            },
            7 => new()
            {
                ["contacts"] = new JsonArray(
                    new JsonObject
                    {
                        ["name"] = "An;a",
                        ["phones"] = new JsonArray("+49 170 1234567"),
                    }
                ),
            },
            8 => new()
            {
                ["poll"] = new JsonObject
                {
                    ["name"] = "When?",
                    ["options"] = new JsonArray("Mon", "Tue"),
                    ["choices"] = random.Next(3),
                },
            },
            9 => new()
            {
                ["vote"] = new JsonObject
                {
                    ["poll"] = Named(random),
                    ["options"] = new JsonArray("Mon"),
                },
            },
            10 => new()
            {
                ["reaction"] = new JsonObject { ["message"] = Named(random), ["emoji"] = "\u2764" },
            },
            11 => new()
            {
                ["edit"] = new JsonObject { ["message"] = Named(random), ["text"] = "new" },
            },
            12 => new() { ["delete"] = About() },
            13 => new() { ["forward"] = About() },
            14 => new()
            {
                ["event"] = new JsonObject
                {
                    ["name"] = "Demo",
                    ["startsAt"] = "2026-12-01T09:00:00Z",
                },
            },
            _ => new()
            {
                [random.Next(2) == 0 ? "raw" : "message"] = Convert.ToBase64String(Content(random)),
            },
        };
    }

    private static string Text(Random random) =>
        random.Next(200) == 0
            ? new string('é', random.Next(Fields.MaxText - 2, Fields.MaxText + 3))
            : string.Concat(Enumerable.Repeat("héllo \ud83d\ude00\n", random.Next(4)));

    private byte[] Content(Random random)
    {
        var message = _messages[random.Next(_messages.Length)];
        return random.Next(3) == 0 ? ProtoMutation.Change(random, message) : message;
    }
}
