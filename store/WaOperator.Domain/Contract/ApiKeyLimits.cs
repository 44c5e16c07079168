namespace WaOperator.Domain;

/// <summary>What an API key opens of its tenant's API.</summary>
/// <param name="Scopes">What it may be used for (<see cref="ApiScopes"/>); null for everything.</param>
/// <param name="Sessions">Names of the sessions that it opens; null for all of the tenant.</param>
/// <param name="NotAfter">When it ends; null for never.</param>
public sealed record ApiKeyLimits(
    IReadOnlyList<string>? Scopes,
    IReadOnlyList<string>? Sessions,
    DateTimeOffset? NotAfter
)
{
    /// <summary>Whether it may be used for that.</summary>
    public bool HasScope(string scope) => Scopes?.Contains(scope, StringComparer.Ordinal) != false;

    /// <summary>Whether it opens the session of that name.</summary>
    public bool HasSession(string name) =>
        Sessions?.Contains(name, StringComparer.Ordinal) != false;

    /// <summary>Whether both say the same.</summary>
    public bool IsLike(ApiKeyLimits other) =>
        Same(Scopes, other.Scopes) && Same(Sessions, other.Sessions) && NotAfter == other.NotAfter;

    /// <summary>Whether two lists of scopes or names say the same; null is a list of everything.</summary>
    public static bool Same(IReadOnlyList<string>? one, IReadOnlyList<string>? other) =>
        one is null ? other is null : other is not null && one.ToHashSet().SetEquals(other);
}
