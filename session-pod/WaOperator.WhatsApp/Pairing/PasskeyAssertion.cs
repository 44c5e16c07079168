using System.Buffers.Text;
using System.Text;
using System.Text.Json;

namespace WaOperator.WhatsApp.Pairing;

/// <summary>
/// What a passkey signed, as the browser's PublicKeyCredential.toJSON() gives it. Only what WhatsApp reads of it is passed on. Pure.
/// </summary>
/// <param name="CredentialId">Which passkey.</param>
/// <param name="Json">The assertion as it is sent.</param>
/// <seealso href="https://www.w3.org/TR/webauthn-3/#dictdef-authenticationresponsejson"/>
internal sealed record PasskeyAssertion(byte[] CredentialId, byte[] Json)
{
    /// <summary>How long an assertion may be, in characters.</summary>
    public const int MostLength = 16 * 1024;

    private static readonly JsonDocumentOptions Strict = new()
    {
        MaxDepth = 8,
        AllowDuplicateProperties = false,
    };

    /// <summary>Reads an assertion.</summary>
    /// <param name="text">As the browser gave it.</param>
    /// <param name="options">What it must answer.</param>
    /// <exception cref="FormatException">Says what is wrong with it.</exception>
    public static PasskeyAssertion Read(string text, string options)
    {
        if (text.Length > MostLength)
            throw Wrong($"is longer than {MostLength} characters");
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                throw Wrong("is no JSON object");
            var rawId = Bytes(root, "rawId", 1, 1023);
            if (Text(root, "type") != "public-key")
                throw Wrong("has another type than public-key");
            if (
                !root.TryGetProperty("response", out var response)
                || response.ValueKind != JsonValueKind.Object
            )
                throw Wrong("has no response");
            CheckClientData(Bytes(response, "clientDataJSON", 1, 8192), options);
            _ = Bytes(response, "authenticatorData", 37, 8192);
            _ = Bytes(response, "signature", 1, 8192);
            return new(rawId, Write(root, response));
        }
        catch (Exception e) when (IsMalformed(e))
        {
            throw Wrong($"is not JSON: {e.Message}", e);
        }
    }

    /// <summary>The challenge of options or of client data; null where there is none.</summary>
    public static string? ChallengeOf(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            return
                document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("challenge", out var challenge)
                && challenge.ValueKind == JsonValueKind.String
                ? challenge.GetString()
                : null;
        }
        catch (Exception e) when (IsMalformed(e))
        {
            return null;
        }
    }

    /// <summary>Half a surrogate pair shows as an ArgumentException where it is read, as the other one where it is asked for.</summary>
    private static bool IsMalformed(Exception e) =>
        e is JsonException or InvalidOperationException or ArgumentException;

    private static void CheckClientData(byte[] bytes, string options)
    {
        using var document = JsonDocument.Parse(bytes, Strict);
        var data = document.RootElement;
        if (data.ValueKind != JsonValueKind.Object || Text(data, "type") != "webauthn.get")
            throw Wrong("was made for something else than a login (webauthn.get)");
        if (
            ChallengeOf(Encoding.UTF8.GetBytes(options)) is { } asked
            && Text(data, "challenge").TrimEnd('=') != asked.TrimEnd('=')
        )
            throw Wrong(
                "answers another challenge than the one that waits; use the options of now"
            );
    }

    private static byte[] Write(JsonElement root, JsonElement response)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            writer.WriteString("id", Text(root, "id"));
            writer.WriteString("rawId", Text(root, "rawId"));
            writer.WriteString("type", "public-key");
            writer.WriteStartObject("response");
            foreach (var name in (string[])["clientDataJSON", "authenticatorData", "signature"])
                writer.WriteString(name, Text(response, name));
            if (
                response.TryGetProperty("userHandle", out var handle)
                && handle.ValueKind == JsonValueKind.String
            )
                writer.WriteString("userHandle", handle.GetString());
            else
                writer.WriteNull("userHandle");
            writer.WriteEndObject();
            writer.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static string Text(JsonElement of, string name) =>
        of.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()!
            : throw Wrong($"has no text {name}");

    private static byte[] Bytes(JsonElement of, string name, int least, int most)
    {
        var text = Text(of, name).TrimEnd('=');
        byte[] bytes;
        try
        {
            bytes = Base64Url.DecodeFromChars(text);
        }
        catch (FormatException e)
        {
            throw Wrong($"has a {name} that is not base64url", e);
        }
        return bytes.Length >= least && bytes.Length <= most
            ? bytes
            : throw Wrong($"has a {name} of {bytes.Length} bytes instead of {least} to {most}");
    }

    private static FormatException Wrong(string what, Exception? inner = null) =>
        new($"The passkey's assertion {what}.", inner);
}
