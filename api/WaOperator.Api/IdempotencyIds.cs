using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace WaOperator.Api;

/// <summary>The ids of messages that come without one. The gateway gives them before it asks a pod, a pod to those that reach it directly.</summary>
internal static class IdempotencyIds
{
    /// <summary>Characters of an Idempotency-Key at most.</summary>
    public const int MaxKey = 255;

    private const string Prefix = "3EB0";
    private const int Digits = 18;

    /// <summary>A new id.</summary>
    public static string New() => Prefix + RandomNumberGenerator.GetHexString(Digits);

    /// <summary>
    /// The id that an Idempotency-Key stands for. The same key of the same session always gives the same id, and no tenant can choose keys
    /// whose ids meet those of another session. Pure.
    /// </summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="ns">Namespace of the session.</param>
    /// <param name="name">Name of the session.</param>
    /// <param name="key">The header's value, 1 to <see cref="MaxKey"/> characters.</param>
    public static string Of(long tenant, string ns, string name, string key)
    {
        var salt = SHA256.HashData(
            Encoding.UTF8.GetBytes(
                string.Create(CultureInfo.InvariantCulture, $"idempotency\n{tenant}\n{ns}/{name}")
            )
        );
        return Prefix
            + Convert.ToHexString(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes(key)))[..Digits];
    }
}
