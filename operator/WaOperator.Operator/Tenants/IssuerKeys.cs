using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace WaOperator.Operator.Tenants;

/// <summary>What counts as the public keys of an issuer of tokens. Pure.</summary>
public static class IssuerKeys
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxKeys = 16;
    private const int LeastRsaBits = 2048;
    private const int MostRsaBits = 8192;
    private const string Curve = "P-256";

    /// <summary>Reads a JSON Web Key Set (RFC 7517) and leaves of it what signatures are checked with.</summary>
    /// <param name="value">As a Secret holds it; null for nothing.</param>
    /// <param name="wrong">What is wrong with it; null for nothing. Holds nothing of the value.</param>
    /// <returns>A key set with public RSA and P-256 keys alone; null if it cannot be used.</returns>
    public static string? Read(byte[]? value, out string? wrong)
    {
        wrong = null;
        if (value is not { Length: > 0 and <= MaxBytes })
        {
            wrong = $"it must hold a JSON Web Key Set of at most {MaxBytes / 1024} KiB";
            return null;
        }
        JsonWebKeySet set;
        try
        {
            set = new JsonWebKeySet(Encoding.UTF8.GetString(value));
        }
        catch (Exception e) when (e is ArgumentException or JsonException)
        {
            wrong = "it is no JSON Web Key Set: an object with the list keys";
            return null;
        }
        if (set.Keys.Any(k => new[] { k.D, k.P, k.Q, k.K }.Any(part => part is { Length: > 0 })))
        {
            wrong =
                "it holds a private or symmetric key, with which anyone who reads it can make tokens; replace that key, and put public ones there";
            return null;
        }
        var usable = set.Keys.Where(IsUsable).ToArray();
        if (usable is { Length: > 0 and <= MaxKeys })
            return JsonSerializer.Serialize(new { keys = usable.Select(Public) });
        wrong =
            usable.Length == 0
                ? $"none of its keys can be used: RSA of {LeastRsaBits} to {MostRsaBits} bits for RS256, or EC on {Curve} for ES256, use sig"
                : $"it has {usable.Length} keys; {MaxKeys} at most";
        return null;
    }

    private static bool IsUsable(JsonWebKey key) =>
        key.Use is null or "" or "sig"
        && key.Kty switch
        {
            JsonWebAlgorithmsKeyTypes.RSA => key.Alg is null or "" or SecurityAlgorithms.RsaSha256
                && IsRsa(key),
            JsonWebAlgorithmsKeyTypes.EllipticCurve => key.Alg
                is null
                    or ""
                    or SecurityAlgorithms.EcdsaSha256
                && key.Crv == Curve
                && IsPoint(key),
            _ => false,
        };

    private static bool IsRsa(JsonWebKey key) =>
        Bytes(key.N) is { } modulus
        && Bytes(key.E) is { Length: > 0 and <= 8 }
        && new BigInteger(modulus, isUnsigned: true, isBigEndian: true).GetBitLength()
            is >= LeastRsaBits
                and <= MostRsaBits;

    private static bool IsPoint(JsonWebKey key)
    {
        if (Bytes(key.X) is not { Length: 32 } x || Bytes(key.Y) is not { Length: 32 } y)
            return false;
        try
        {
            using var point = ECDsa.Create(
                new ECParameters
                {
                    Curve = ECCurve.NamedCurves.nistP256,
                    Q = new() { X = x, Y = y },
                }
            );
            return true;
        }
        catch (CryptographicException)
        {
            // Not on the curve.
            return false;
        }
    }

    private static byte[]? Bytes(string? text)
    {
        try
        {
            return text is null ? null : Base64UrlEncoder.DecodeBytes(text);
        }
        catch (FormatException)
        {
            return null;
        }
    }

    private static Dictionary<string, string> Public(JsonWebKey key)
    {
        var shown = new Dictionary<string, string>(StringComparer.Ordinal) { ["kty"] = key.Kty };
        foreach (
            var (name, value) in (ReadOnlySpan<(string, string?)>)
                [
                    ("kid", key.Kid),
                    ("crv", key.Crv),
                    ("x", key.X),
                    ("y", key.Y),
                    ("n", key.N),
                    ("e", key.E),
                ]
        )
            if (!string.IsNullOrEmpty(value))
                shown[name] = value;
        return shown;
    }
}
