using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace WaOperator.Simulator.Phones;

/// <summary>An account's passkey: a software authenticator (ES256), and what a server knows of it.</summary>
/// <seealso href="https://www.w3.org/TR/webauthn-3/#sctn-verifying-assertion"/>
internal sealed class Passkey : IDisposable
{
    /// <summary>The only page that may ask for it.</summary>
    public const string Origin = "https://web.whatsapp.com";

    private const string RelyingParty = "whatsapp.com";
    private const byte UserPresent = 1;
    private const byte UserVerified = 4;
    private const int RpIdHashSize = 32;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Names it.</summary>
    public byte[] CredentialId { get; } = RandomNumberGenerator.GetBytes(16);

    /// <summary>What a browser is asked to have signed.</summary>
    public string Options(byte[] challenge, TimeSpan timeout) =>
        JsonSerializer.Serialize(
            new
            {
                challenge = Base64Url.EncodeToString(challenge),
                timeout = (long)timeout.TotalMilliseconds,
                rpId = RelyingParty,
                allowCredentials = new[]
                {
                    new
                    {
                        id = Base64Url.EncodeToString(CredentialId),
                        type = "public-key",
                        transports = new[] { "hybrid", "internal" },
                    },
                },
                userVerification = "required",
                extensions = new { },
            }
        );

    /// <summary>Signs as a browser on a page does, in the form of <c>PublicKeyCredential.toJSON()</c>.</summary>
    /// <param name="options">What the page was asked for.</param>
    /// <param name="origin">The page's origin.</param>
    /// <exception cref="JsonException">The options are malformed.</exception>
    public string Sign(string options, string origin)
    {
        using var asked = JsonDocument.Parse(options);
        var challenge = asked.RootElement.GetProperty("challenge").GetString();
        var client = JsonSerializer.SerializeToUtf8Bytes(
            new
            {
                type = "webauthn.get",
                challenge,
                origin,
                crossOrigin = false,
            }
        );
        byte[] data =
        [
            .. SHA256.HashData(Encoding.UTF8.GetBytes(RelyingParty)),
            UserPresent | UserVerified,
            0,
            0,
            0,
            0,
        ];
        var signature = _key.SignData(
            (byte[])[.. data, .. SHA256.HashData(client)],
            HashAlgorithmName.SHA256,
            DSASignatureFormat.Rfc3279DerSequence
        );
        return JsonSerializer.Serialize(
            new
            {
                id = Base64Url.EncodeToString(CredentialId),
                rawId = Base64Url.EncodeToString(CredentialId),
                type = "public-key",
                authenticatorAttachment = "cross-platform",
                response = new
                {
                    clientDataJSON = Base64Url.EncodeToString(client),
                    authenticatorData = Base64Url.EncodeToString(data),
                    signature = Base64Url.EncodeToString(signature),
                    userHandle = (string?)null,
                },
                clientExtensionResults = new { },
            }
        );
    }

    /// <summary>Checks an assertion as a server does.</summary>
    /// <returns>What is wrong with it; null: it holds.</returns>
    public string? Fault(byte[] credentialId, byte[] assertion, byte[] challenge)
    {
        try
        {
            using var document = JsonDocument.Parse(assertion);
            var root = document.RootElement;
            var response = root.GetProperty("response");
            if (
                !credentialId.AsSpan().SequenceEqual(CredentialId)
                || !Bytes(root, "rawId").AsSpan().SequenceEqual(CredentialId)
                || !Bytes(root, "id").AsSpan().SequenceEqual(CredentialId)
            )
                return "it is of another credential";
            if (root.GetProperty("type").GetString() != "public-key")
                return "its type is not public-key";
            var client = Bytes(response, "clientDataJSON");
            var data = Bytes(response, "authenticatorData");
            return FaultOfClient(client, challenge)
                ?? FaultOfAuthenticator(data)
                ?? (
                    _key.VerifyData(
                        (byte[])[.. data, .. SHA256.HashData(client)],
                        Bytes(response, "signature"),
                        HashAlgorithmName.SHA256,
                        DSASignatureFormat.Rfc3279DerSequence
                    )
                        ? null
                        : "its signature is wrong"
                );
        }
        catch (Exception e)
            when (e
                    is JsonException
                        or FormatException
                        or KeyNotFoundException
                        or InvalidOperationException
            )
        {
            return $"it is malformed: {e.Message}";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static string? FaultOfClient(byte[] client, byte[] challenge)
    {
        using var document = JsonDocument.Parse(client);
        var data = document.RootElement;
        if (data.GetProperty("type").GetString() != "webauthn.get")
            return "its client data is not webauthn.get";
        if (data.GetProperty("challenge").GetString() != Base64Url.EncodeToString(challenge))
            return "it answers another challenge";
        return data.GetProperty("origin").GetString() == Origin
            ? null
            : $"it was made on another origin than {Origin}";
    }

    private static string? FaultOfAuthenticator(byte[] data)
    {
        if (
            data.Length <= RpIdHashSize
            || !data.AsSpan(..RpIdHashSize)
                .SequenceEqual(SHA256.HashData(Encoding.UTF8.GetBytes(RelyingParty)))
        )
            return "it is of another relying party";
        return (data[RpIdHashSize] & (UserPresent | UserVerified)) == (UserPresent | UserVerified)
            ? null
            : "the user was not present and verified";
    }

    private static byte[] Bytes(JsonElement of, string name) =>
        Base64Url.DecodeFromChars(of.GetProperty(name).GetString());
}
