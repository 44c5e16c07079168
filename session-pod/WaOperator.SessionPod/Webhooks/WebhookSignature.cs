using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Sealing;
using WaOperator.Store;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>Signatures of Standard Webhooks (https://www.standardwebhooks.com), and of Meta's webhooks. Pure.</summary>
internal static class WebhookSignature
{
    private const string Symmetric = "v1,";
    private const string Asymmetric = "v1a,";

    /// <summary>The value of <c>webhook-signature</c>: one signature of each key.</summary>
    /// <param name="how">What kind of signature.</param>
    /// <param name="keys">What signs (<see cref="WebhookSecrets.Signing"/>).</param>
    /// <param name="id">The value of <c>webhook-id</c>.</param>
    /// <param name="seconds">The value of <c>webhook-timestamp</c>.</param>
    /// <param name="body">What is posted.</param>
    public static string Sign(
        WebhookSigning how,
        IReadOnlyList<byte[]> keys,
        string id,
        long seconds,
        ReadOnlySpan<byte> body
    )
    {
        byte[] message =
        [
            .. Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"{id}.{seconds}.")
            ),
            .. body,
        ];
        return string.Join(
            ' ',
            keys.Select(key =>
                how == WebhookSigning.V1a
                    ? Asymmetric + Convert.ToBase64String(SigningKey.Sign(key, message))
                    : Symmetric + Convert.ToBase64String(HMACSHA256.HashData(key, message))
            )
        );
    }

    /// <summary>The value of <c>X-Hub-Signature-256</c>, which is one signature, of the body alone.</summary>
    /// <param name="key">What signs.</param>
    /// <param name="body">What is posted.</param>
    public static string OfHub(byte[] key, ReadOnlySpan<byte> body) =>
        $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(key, body))}";
}
