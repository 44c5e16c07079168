using System.Collections.Concurrent;
using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>
/// The terms of each pool. A pool that becomes invalid keeps the last good ones, so that a mistake in it disturbs nothing
/// that runs.
/// </summary>
public sealed class PoolBook
{
    private readonly ConcurrentDictionary<string, (long? Generation, PoolTerms Terms)> _terms = new(
        StringComparer.Ordinal
    );

    /// <summary>The terms of a pool by its UID, if it was seen.</summary>
    public PoolTerms? Find(string uid) => _terms.TryGetValue(uid, out var t) ? t.Terms : null;

    /// <summary>Takes the terms of a pool as it is now, if it is valid.</summary>
    /// <returns>False when it is invalid and no earlier terms are known: see <see cref="Freeze"/>.</returns>
    public bool See(WhatsAppSessionPool pool)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var uid = pool.Metadata.Uid!;
        if (_terms.TryGetValue(uid, out var last) && last.Generation == pool.Metadata.Generation)
            return true;
        if (Validity.Of(pool).Count > 0)
            return _terms.ContainsKey(uid);
        _terms[uid] = (pool.Metadata.Generation, PoolTerms.Of(pool.Spec));
        return true;
    }

    /// <summary>Gives an invalid pool terms under which all stays as it is.</summary>
    public void Freeze(string uid, PoolTerms terms) => _terms.TryAdd(uid, (null, terms));

    /// <summary>Forgets pools that are gone.</summary>
    public void Keep(IReadOnlySet<string> uids)
    {
        foreach (var gone in _terms.Keys.Where(u => !uids.Contains(u)))
            _terms.TryRemove(gone, out _);
    }

    /// <summary>The terms of all pools by UID.</summary>
    public IReadOnlyDictionary<string, PoolTerms> All() =>
        _terms.ToDictionary(t => t.Key, t => t.Value.Terms, StringComparer.Ordinal);
}
