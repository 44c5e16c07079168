using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace WaOperator.Gateway.Tests.Tokens;

/// <summary>An identity provider with a key of each kind.</summary>
internal sealed class TestIssuer
{
    public const string Name = "https://login.example.com/";
    public const string Audience = "whatsapp";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>Its public keys.</summary>
    public string Keys
    {
        get
        {
            var (rsa, ec) = (_rsa.ExportParameters(false), _ec.ExportParameters(false));
            return JsonSerializer.Serialize(
                new
                {
                    keys = new[]
                    {
                        new Dictionary<string, string>
                        {
                            ["kty"] = "RSA",
                            ["kid"] = "rsa",
                            ["n"] = Base64UrlEncoder.Encode(rsa.Modulus),
                            ["e"] = Base64UrlEncoder.Encode(rsa.Exponent),
                        },
                        new Dictionary<string, string>
                        {
                            ["kty"] = "EC",
                            ["kid"] = "ec",
                            ["crv"] = "P-256",
                            ["x"] = Base64UrlEncoder.Encode(ec.Q.X),
                            ["y"] = Base64UrlEncoder.Encode(ec.Q.Y),
                        },
                    },
                }
            );
        }
    }

    /// <summary>Issues a token that is good for an hour.</summary>
    /// <param name="now">The present.</param>
    /// <param name="claims">What it says beside issuer, audience and times; those may be given, too, and null leaves one out.</param>
    /// <param name="algorithm">RS256, ES256, or another of the same keys.</param>
    /// <param name="kid">Whether it names its key.</param>
    public string Token(
        DateTimeOffset now,
        Dictionary<string, object?>? claims = null,
        string algorithm = SecurityAlgorithms.RsaSha256,
        bool kid = true
    )
    {
        var said = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["iss"] = Name,
            ["aud"] = Audience,
            ["sub"] = "kim",
            ["tenant"] = "ns/acme",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddHours(1).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in claims ?? [])
            said[name] = value;
        var isEc = algorithm.StartsWith("ES", StringComparison.Ordinal);
        SecurityKey key = isEc ? new ECDsaSecurityKey(_ec) : new RsaSecurityKey(_rsa);
        if (kid)
            key.KeyId = isEc ? "ec" : "rsa";
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(
            JsonSerializer.Serialize(said.Where(c => c.Value is not null).ToDictionary()),
            new SigningCredentials(key, algorithm)
        );
    }
}
