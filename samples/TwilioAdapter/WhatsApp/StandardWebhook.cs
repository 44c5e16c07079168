using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace TwilioAdapter.WhatsApp;

/// <summary>Whether a post is WaOperator's: Standard Webhooks, v1, an HMAC-SHA256 of id, time and body (https://www.standardwebhooks.com). Pure.</summary>
internal static class StandardWebhook
{
    private const string Prefix = "whsec_";
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    /// <summary>The key that a secret stands for; null: it stands for none. A text without whsec_, for format CloudApi, is the key itself.</summary>
    public static byte[]? KeyOf(string secret)
    {
        if (!secret.StartsWith(Prefix, StringComparison.Ordinal))
            return Encoding.UTF8.GetBytes(secret);
        var key = new byte[secret.Length];
        return Convert.TryFromBase64String(secret[Prefix.Length..], key, out var length)
            ? key[..length]
            : null;
    }

    /// <summary>Whether one of the signatures is right and the time is near.</summary>
    /// <param name="secrets">Secrets, each of which counts.</param>
    /// <param name="headers">Of the post.</param>
    /// <param name="body">As it came, byte by byte.</param>
    /// <param name="now">The time.</param>
    public static bool IsRight(
        IEnumerable<string> secrets,
        IHeaderDictionary headers,
        byte[] body,
        DateTimeOffset now
    )
    {
        var (id, timestamp) = ($"{headers["webhook-id"]}", $"{headers["webhook-timestamp"]}");
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
        var given = $"{headers["webhook-signature"]}"
            .Split(' ')
            .Select(Encoding.UTF8.GetBytes)
            .ToList();
        var found = false;
        foreach (var key in secrets.Select(KeyOf).OfType<byte[]>())
        {
            var right = Encoding.UTF8.GetBytes(
                $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, signed))}"
            );
            foreach (var one in given)
                found |= CryptographicOperations.FixedTimeEquals(one, right);
        }
        return found;
    }
}
