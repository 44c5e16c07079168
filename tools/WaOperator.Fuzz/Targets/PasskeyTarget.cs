using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp.Pairing;

namespace WaOperator.Fuzz.Targets;

/// <summary>What a passkey signed, as a tenant hands it over. Any text is refused, or becomes an assertion that is read the same again.</summary>
internal sealed class PasskeyTarget : Target
{
    private const string Options = """{"challenge":"Zm9vYmFy"}""";

    public override string Name => "passkey";

    public override Input Make(Random random)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["id"] = "AQID",
                ["rawId"] = "AQID",
                ["type"] = "public-key",
                ["response"] = new JsonObject
                {
                    ["clientDataJSON"] = Base64Url.EncodeToString(Client(random)),
                    ["authenticatorData"] = Base64Url.EncodeToString(new byte[random.Next(36, 99)]),
                    ["signature"] = Base64Url.EncodeToString(new byte[random.Next(80)]),
                    ["userHandle"] = random.Next(2) == 0 ? null : "AQID",
                },
                ["clientExtensionResults"] = new JsonObject(),
            }
        );
        return new(
            random.Next(3) switch
            {
                0 => text,
                1 => JsonMutation.Change(random, text),
                _ => ByteMutation.Change(random, text, text),
            }
        );
    }

    public override void Parse(Input input)
    {
        var read = PasskeyAssertion.Read(Encoding.UTF8.GetString(input.Bytes), Options);
        var again = PasskeyAssertion.Read(Encoding.UTF8.GetString(read.Json), Options);
        if (
            !again.CredentialId.AsSpan().SequenceEqual(read.CredentialId)
            || !again.Json.AsSpan().SequenceEqual(read.Json)
        )
            throw new InvalidOperationException("written again it is another assertion");
    }

    public override bool IsRefusal(Exception exception) => exception is FormatException;

    public override long MaxAllocated(Input input) => 64 * 1024 + 64L * input.Bytes.Length;

    private static byte[] Client(Random random)
    {
        var client = JsonSerializer.SerializeToUtf8Bytes(
            new JsonObject
            {
                ["type"] = "webauthn.get",
                ["challenge"] = "Zm9vYmFy",
                ["origin"] = "https://web.whatsapp.com",
            }
        );
        return random.Next(3) == 0 ? JsonMutation.Change(random, client) : client;
    }
}
