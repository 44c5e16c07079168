using System.Security.Cryptography;
using System.Text;

namespace TwilioAdapter;

/// <summary>Comparing secrets.</summary>
internal static class Secrets
{
    /// <summary>Whether two texts are the same, in a time that tells neither where they differ nor how long the secret is.</summary>
    public static bool AreSame(string given, string secret) =>
        CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(given)),
            SHA256.HashData(Encoding.UTF8.GetBytes(secret))
        );
}
