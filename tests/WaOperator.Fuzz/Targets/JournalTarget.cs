using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// From an entry of the journal to what its readers get: messages of every kind, damaged and not, and entries whose stored form is
/// damaged. It refuses nothing, and whatever it answers is JSON.
/// </summary>
internal sealed class JournalTarget : Target
{
    private const int SamplesOfKind = 8;
    private static readonly string[] Types = ["message", "peer", "receipt"];

    /// <summary>Of each kind some messages that are of this kind alone.</summary>
    private readonly byte[][] _messages =
    [
        .. from field in Message.Descriptor.Fields.InDeclarationOrder()
        from seed in Enumerable.Range(0, SamplesOfKind)
        select OfKind(field, seed),
    ];

    public override string Name => "journal";

    public override Input Make(Random random)
    {
        var message = _messages[random.Next(_messages.Length)];
        if (random.Next(4) > 0)
            message = ProtoMutation.Change(random, message);
        if (random.Next(4) == 0)
            message = ByteMutation.Change(
                random,
                message,
                _messages[random.Next(_messages.Length)]
            );
        var stored = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["id"] = "3EB0C767D26A8D1A3F",
                ["chat"] = "491511111111@s.whatsapp.net",
                ["timestamp"] = 1_700_000_000,
                ["message"] = Convert.ToBase64String(message),
            }
        );
        if (random.Next(8) == 0)
            stored = JsonMutation.Change(random, stored);
        if (random.Next(16) == 0)
            stored = ByteMutation.Change(random, stored, stored);
        return new(stored, random.Next(8) is var kind && kind < Types.Length ? kind : 0);
    }

    public override void Parse(Input input)
    {
        var readable = JournalReader.Convert(Types[input.Kind], input.Bytes);
        using var json = JsonDocument.Parse(readable.Body);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidOperationException("the answer is no object");
        if (
            readable.Type == "message"
            && !json.RootElement.GetProperty("content").TryGetProperty("kind", out _)
        )
            throw new InvalidOperationException("the content has no kind");
    }

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
