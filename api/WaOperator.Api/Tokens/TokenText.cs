using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace WaOperator.Api.Tokens;

/// <summary>What a JSON Web Token (RFC 7519) says, before its signature was checked. Any text may be read; none is believed.</summary>
internal sealed class TokenText
{
    /// <summary>Characters at most.</summary>
    public const int MaxLength = 8192;

    private const int MaxTenants = 16;

    // namespace/name: each at most a name of Kubernetes.
    private const int MaxTenant = (2 * 253) + 1;

    private static readonly JsonDocumentOptions Strict = new()
    {
        AllowDuplicateProperties = false,
        MaxDepth = 16,
    };

    private readonly JsonElement _claims;

    private TokenText(string text, JsonElement claims) => (Text, _claims) = (text, claims);

    /// <summary>The token as it came.</summary>
    public string Text { get; }

    /// <summary>The claim <c>iss</c>.</summary>
    public string Issuer => TextOf("iss")!;

    /// <summary>Whether it has the form of a signed token: three parts, of which the first is a JSON object in base64url.</summary>
    public static bool IsToken(string text) =>
        text.StartsWith("eyJ", StringComparison.Ordinal) && text.Count(c => c == '.') == 2;

    /// <summary>Reads it.</summary>
    /// <returns>False for what is no token, or says nothing of its issuer.</returns>
    public static bool TryRead(string text, [NotNullWhen(true)] out TokenText? token)
    {
        token = null;
        if (text.Length > MaxLength || !IsToken(text))
            return false;
        var parts = text.Split('.');
        // Of extensions that must be understood (RFC 7515, 4.1.11) none is.
        if (
            ReadObject(parts[0]) is not { } header
            || header.TryGetProperty("crit", out _)
            || ReadObject(parts[1]) is not { } claims
        )
            return false;
        var read = new TokenText(text, claims);
        if (read.TextOf("iss") is not { Length: > 0 and <= 512 } issuer || issuer.Contains('\0'))
            return false;
        token = read;
        return true;
    }

    /// <summary>The tenants that any of its claims may mean, as namespace/name.</summary>
    public IReadOnlyList<string> Tenants =>
        [
            .. _claims
                .EnumerateObject()
                .SelectMany(c => Texts(c.Value))
                .Where(IsTenant)
                .Distinct(StringComparer.Ordinal)
                .Take(MaxTenants),
        ];

    /// <summary>Whether a claim has that text, or a list with it.</summary>
    public bool Has(string claim, string text) =>
        _claims.TryGetProperty(claim, out var value)
        && Texts(value).Contains(text, StringComparer.Ordinal);

    /// <summary>The words of the claim <c>scope</c> (RFC 8693, 4.2); none if it has none.</summary>
    public IReadOnlyList<string> Scopes =>
        TextOf("scope")?.Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];

    /// <summary>The text of a claim; null for none, and for what is no text.</summary>
    public string? TextOf(string claim) =>
        _claims.TryGetProperty(claim, out var value) && value.ValueKind == JsonValueKind.String
            ? TextOf(value)
            : null;

    private static IEnumerable<string> Texts(JsonElement value) =>
        (
            value.ValueKind switch
            {
                JsonValueKind.String => [TextOf(value)],
                JsonValueKind.Array => value
                    .EnumerateArray()
                    .Where(v => v.ValueKind == JsonValueKind.String)
                    .Select(TextOf),
                _ => (IEnumerable<string?>)[],
            }
        ).OfType<string>();

    private static string? TextOf(JsonElement value)
    {
        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair.
            return null;
        }
    }

    private static bool IsTenant(string text) =>
        text.Length <= MaxTenant
        && text.Count(c => c == '/') == 1
        && text.All(c =>
            char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.' or '/'
        );

    private static JsonElement? ReadObject(string part)
    {
        if (part.Length == 0 || !Base64Url.IsValid(part))
            return null;
        try
        {
            using var document = JsonDocument.Parse(Base64Url.DecodeFromChars(part), Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? document.RootElement.Clone()
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second: half a surrogate pair in a name.
            return null;
        }
    }
}
