using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Orders;

/// <summary>Checks signatures of Standard Webhooks (https://www.standardwebhooks.com): HMAC-SHA256 of "id.timestamp.body".</summary>
internal static class StandardWebhook
{
    private const string SecretPrefix = "whsec_";
    private const string SignaturePrefix = "v1,";

    // Older posts may be copies of what was overheard once.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>The keys that secrets stand for: what is behind whsec_ in base64.</summary>
    public static IEnumerable<byte[]> Keys(IEnumerable<string> secrets) =>
        secrets.Select(s => Convert.FromBase64String(s[SecretPrefix.Length..]));

    /// <summary>The keys where the webhook's format is CloudApi: there the text of the secret is the key.</summary>
    public static IEnumerable<byte[]> TextKeys(IEnumerable<string> secrets) =>
        secrets.Select(Encoding.UTF8.GetBytes);

    /// <summary>Whether a text can be a secret.</summary>
    public static bool IsSecret(string text) =>
        text.StartsWith(SecretPrefix, StringComparison.Ordinal)
        && Convert.TryFromBase64String(
            text[SecretPrefix.Length..],
            new byte[text.Length],
            out var bytes
        )
        && bytes >= 24;

    /// <summary>Whether a post is from who has one of the keys, and new.</summary>
    /// <param name="keys">Any of them may have signed.</param>
    /// <param name="headers">The post's headers.</param>
    /// <param name="body">Its body, byte by byte as it came.</param>
    /// <param name="now">The time.</param>
    public static bool IsSigned(
        IEnumerable<byte[]> keys,
        IHeaderDictionary headers,
        byte[] body,
        DateTimeOffset now
    )
    {
        var (id, timestamp) = (
            headers["webhook-id"].ToString(),
            headers["webhook-timestamp"].ToString()
        );
        if (
            id.Length == 0
            || !long.TryParse(
                timestamp,
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var seconds
            )
            || Math.Abs(now.ToUnixTimeSeconds() - seconds) > Tolerance.TotalSeconds
        )
            return false;
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var signatures = headers["webhook-signature"]
            .ToString()
            .Split(' ')
            .Where(s => s.StartsWith(SignaturePrefix, StringComparison.Ordinal))
            .Select(s => Encoding.ASCII.GetBytes(s[SignaturePrefix.Length..]))
            .ToList();
        return keys.Select(key => HMACSHA256.HashData(key, signed))
            .Select(hash => Encoding.ASCII.GetBytes(Convert.ToBase64String(hash)))
            .Any(right => signatures.Any(s => CryptographicOperations.FixedTimeEquals(s, right)));
    }
}
