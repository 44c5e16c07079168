using System.Globalization;

namespace WaOperator.Kubernetes.Client;

/// <summary>What <c>/version</c> says.</summary>
/// <param name="Major">Such as 1.</param>
/// <param name="Minor">Such as 20; a vendor's suffix (<c>20+</c>) is left out.</param>
/// <param name="GitVersion">The whole, such as <c>v1.20.2</c>.</param>
public sealed record ServerVersion(int Major, int Minor, string GitVersion)
{
    /// <summary>Whether the server is at least that version.</summary>
    public bool AtLeast(int major, int minor) =>
        Major > major || (Major == major && Minor >= minor);

    internal static ServerVersion From(VersionInfo info) =>
        new(Number(info.Major), Number(info.Minor), info.GitVersion ?? "unknown");

    private static int Number(string? text)
    {
        var digits = (text ?? "").AsSpan();
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(
            end < 0 ? digits : digits[..end],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var n
        )
            ? n
            : 0;
    }
}

internal sealed record VersionInfo
{
    public string? Major { get; init; }
    public string? Minor { get; init; }
    public string? GitVersion { get; init; }
}

internal sealed record ApiResourceList
{
    public IReadOnlyList<ApiResource>? Resources { get; init; }
}

internal sealed record ApiResource
{
    public string? Name { get; init; }
    public string? Kind { get; init; }
}
