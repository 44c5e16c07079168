using WaOperator.Domain;

namespace WaOperator.Store.Operator;

/// <summary>What one look at the Secrets of a tenant's API keys said.</summary>
/// <param name="Hashes">SHA-256 of each key that was read, by where it stands.</param>
/// <param name="Unread">Where a key stands that could not be read: what is known of it stays.</param>
/// <param name="MayAdd">Whether keys that the tenant did not have become its own. Those that it has no longer end in any case.</param>
public sealed record ApiKeyReading(
    IReadOnlyDictionary<string, byte[]> Hashes,
    IReadOnlyCollection<string> Unread,
    bool MayAdd
)
{
    /// <summary>What each key opens, by where it stands; those that are missing open everything.</summary>
    public IReadOnlyDictionary<string, ApiKeyLimits> Limits { get; init; } =
        new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal);

    /// <summary>The issuers of tokens that it names; null: those that are stored stay.</summary>
    public IReadOnlyList<StoredIssuer>? Issuers { get; init; }

    /// <summary>Which issuers the tenant has from now on.</summary>
    internal IReadOnlyList<StoredIssuer> FollowIssuers(IReadOnlyList<StoredIssuer> before)
    {
        if (Issuers is null)
            return before;
        if (!MayAdd)
            return
            [
                .. before.Where(b =>
                    Issuers.Any(i =>
                        i.Id == b.Id && i.Source == b.Source && (i.Keys is null || i.Keys == b.Keys)
                    )
                ),
            ];
        var known = before.ToDictionary(i => (i.Id, i.Source), i => i.Keys);
        return
        [
            .. Issuers
                .Select(i => i with { Keys = i.Keys ?? known.GetValueOrDefault((i.Id, i.Source)) })
                .Where(i => i.Keys is not null),
        ];
    }

    /// <summary>Which keys the tenant has from now on.</summary>
    internal StoredApiKeys Follow(StoredApiKeys before)
    {
        var had = before.Hashes.ToHashSet(StringComparer.Ordinal);
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (source, hash) in Hashes)
            if (Convert.ToHexStringLower(hash) is var hex && (MayAdd || had.Contains(hex)))
                sources[source] = hex;
        foreach (var source in Unread)
            if (before.Sources.TryGetValue(source, out var known) && had.Contains(known))
                sources[source] = known;
        var hashes = sources.Values.ToHashSet(StringComparer.Ordinal);
        // Stored by an older version, which did not say where from: it may be one of those that could not be read.
        if (Unread.Any(s => !before.Sources.ContainsKey(s)))
            hashes.UnionWith(had.Except(before.Sources.Values, StringComparer.Ordinal));
        return new([.. hashes.Order(StringComparer.Ordinal)], sources)
        {
            Limits = Limits
                .Where(l => sources.ContainsKey(l.Key))
                .ToDictionary(l => l.Key, l => l.Value, StringComparer.Ordinal),
        };
    }
}

/// <summary>The API keys of a tenant as stored.</summary>
/// <param name="Hashes">SHA-256 of each, in hex.</param>
/// <param name="Sources">Where each stands; keys of older versions are missing.</param>
internal sealed record StoredApiKeys(
    IReadOnlyCollection<string> Hashes,
    IReadOnlyDictionary<string, string> Sources
)
{
    /// <summary>What those open that do not open everything, by where they stand.</summary>
    public IReadOnlyDictionary<string, ApiKeyLimits> Limits { get; init; } =
        new Dictionary<string, ApiKeyLimits>(StringComparer.Ordinal);

    /// <summary>Whether both say the same.</summary>
    public bool IsLike(StoredApiKeys other) =>
        Hashes.ToHashSet(StringComparer.Ordinal).SetEquals(other.Hashes)
        && Sources.Count == other.Sources.Count
        && Sources.All(s => other.Sources.GetValueOrDefault(s.Key) == s.Value)
        && Limits.Count == other.Limits.Count
        && Limits.All(l => other.Limits.GetValueOrDefault(l.Key)?.IsLike(l.Value) == true);
}
