using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>Signatures of Standard Webhooks (https://www.standardwebhooks.com), symmetric. Pure.</summary>
internal static class WebhookSignature
{
    private const string Version = "v1,";

    /// <summary>The value of <c>webhook-signature</c>: one signature of each secret.</summary>
    /// <param name="secrets">The secrets' bytes.</param>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="seconds">The value of <c>webhook-timestamp</c>.</param>
    /// <param name="body">What is posted.</param>
    public static string Sign(
        IReadOnlyList<byte[]> secrets,
        string id,
        long seconds,
        ReadOnlySpan<byte> body
    )
    {
        var head = Encoding.UTF8.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{id}.{seconds}.")
        );
        var all = new StringBuilder();
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        foreach (var secret in secrets)
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, secret);
            hmac.AppendData(head);
            hmac.AppendData(body);
            hmac.GetHashAndReset(hash);
            if (all.Length > 0)
                all.Append(' ');
            all.Append(Version).Append(Convert.ToBase64String(hash));
        }
        return all.ToString();
    }
}
