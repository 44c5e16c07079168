using System.Security.Cryptography;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Operator.Proxies;

/// <summary>What a Secret says of proxies. Pure but for the Secret's bytes, which are wiped.</summary>
internal static class ProxySights
{
    /// <summary>What is declared there.</summary>
    /// <param name="at">Where.</param>
    /// <param name="secret">The Secret; null: there is none.</param>
    public static ProxySight Of(ProxyAt at, Secret? secret)
    {
        if (secret is null)
            return Wrong($"there is no Secret {at.Secret}");
        try
        {
            if (secret.Data?.GetValueOrDefault(at.Key) is not { } value)
                return Wrong($"Secret {at.Secret} has no key {at.Key}");
            return ProxyList.Read(value, out var wrong) is { } list
                ? new(list, ProxyVersion.Of(at, secret), null)
                : Wrong($"Secret {at.Secret}, key {at.Key}: the value {wrong}");
        }
        finally
        {
            foreach (var value in secret.Data?.Values ?? [])
                CryptographicOperations.ZeroMemory(value);
        }
    }

    private static ProxySight Wrong(string what) =>
        new(
            null,
            "",
            new(
                Reasons.ProxySecretInvalid,
                $"{what}. Until that is corrected the session keeps a proxy that was read before, and does not run without one"
            )
        );
}
