using System.Globalization;

namespace WaOperator.Kubernetes.Cache;

/// <summary>
/// Order of resourceVersions. They are etcd's revisions, numbers without bound, and since Kubernetes 1.35 the API
/// promises that they compare as such (KEP-5504).
/// </summary>
public static class ResourceVersion
{
    /// <summary>Whether <paramref name="a"/> is at least as new as <paramref name="b"/>. No version is older than every other.</summary>
    public static bool IsAtLeast(string? a, string? b)
    {
        if (string.IsNullOrEmpty(b))
            return true;
        if (string.IsNullOrEmpty(a))
            return false;
        return TryParse(a, out var x) && TryParse(b, out var y) ? x >= y : a == b;
    }

    private static bool TryParse(string text, out UInt128 number) =>
        UInt128.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
