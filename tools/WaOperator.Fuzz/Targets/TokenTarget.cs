using System.Buffers.Text;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Api.Tokens;
using WaOperator.Fuzz.Mutations;
using WaOperator.Store;

namespace WaOperator.Fuzz.Targets;

/// <summary>
/// Bearer tokens, on to the check of their signature by a tenant that trusts what they say of themselves. Any text opens nothing: none was
/// signed by the key.
/// </summary>
internal sealed class TokenTarget : Target
{
    private const string Issuer = "https://login.example.com/";
    private const string Keys =
        """{"keys":[{"kty":"EC","kid":"1","crv":"P-256","x":"axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY","y":"T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU"}]}""";

    private static readonly string[] Algorithms = ["ES256", "RS256", "HS256", "none", ""];

    private readonly TokenGrants _grants = new(
        (_, tenants, _) =>
            Task.FromResult<IReadOnlyList<IssuerTrust>>([
                .. tenants.Select(t => new IssuerTrust(1, t, "whatsapp", "tenant", null, Keys)),
            ]),
        TimeProvider.System
    );

    public override string Name => "token";

    public override Input Make(Random random)
    {
        var header = new JsonObject
        {
            ["alg"] = Algorithms[random.Next(Algorithms.Length)],
            ["typ"] = "JWT",
        };
        if (random.Next(2) == 0)
            header["kid"] = "1";
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = "whatsapp",
            ["sub"] = "kim",
            ["tenant"] = random.Next(2) == 0 ? "ns/acme" : new JsonArray("ns/acme", "ns/other"),
            ["scope"] = "openid messages:send",
            ["exp"] = 4_000_000_000,
        };
        var signature = new byte[64];
        random.NextBytes(signature);
        var text = Encoding.ASCII.GetBytes(
            $"{Part(random, header)}.{Part(random, claims)}.{Base64Url.EncodeToString(signature)}"
        );
        return new(random.Next(3) == 0 ? ByteMutation.Change(random, text, text) : text);
    }

    public override void Parse(Input input)
    {
        var asked = _grants.AskAsync(
            Encoding.Latin1.GetString(input.Bytes),
            CancellationToken.None
        );
        if (asked.GetAwaiter().GetResult().Count > 0)
            throw new InvalidOperationException("a token opens something that no one signed");
    }

    // It says nothing: what cannot be read opens nothing.
    public override bool IsRefusal(Exception exception) => false;

    // Keys are read and an exception is made for each of up to 16 tenants.
    public override long MaxAllocated(Input input) => 500_000 + (200L * input.Bytes.Length);

    private static string Part(Random random, JsonObject value)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value);
        return Base64Url.EncodeToString(
            random.Next(2) == 0 ? JsonMutation.Change(random, bytes) : bytes
        );
    }
}
