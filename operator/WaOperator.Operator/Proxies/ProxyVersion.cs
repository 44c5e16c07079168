using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Operator.Proxies;

/// <summary>
/// Tells one value of a Secret from another by what the API server says of it, and not by the value: who reads the database could check
/// guesses at a password by anything that follows from it.
/// </summary>
public static class ProxyVersion
{
    /// <summary>Which value it is.</summary>
    /// <param name="at">Where it is declared.</param>
    /// <param name="secret">The Secret as it was read.</param>
    public static string Of(ProxyAt at, Secret secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return $"{at.Secret}/{at.Key}@{secret.Metadata.Uid}.{secret.Metadata.ResourceVersion}";
    }

    /// <summary>Whether it is a value from there.</summary>
    public static bool IsFrom(string version, SecretKeyReference at)
    {
        ArgumentNullException.ThrowIfNull(version);
        return version.StartsWith($"{at}@", StringComparison.Ordinal);
    }
}
