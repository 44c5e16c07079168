using System.Collections.Concurrent;
using WaOperator.Kubernetes.Controllers;
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

    /// <summary>The <see cref="PoolTerms.PerSession"/> of the pool of that UID is known now, or is another than before.</summary>
    public Signal<string> ClaimsChanged { get; } = new();

    /// <summary>The terms of a pool by its UID, if it was seen.</summary>
    public PoolTerms? Find(string uid) => _terms.TryGetValue(uid, out var t) ? t.Terms : null;

    /// <summary>Takes the terms of a pool as it is now, if it is valid.</summary>
    /// <param name="pool">The pool.</param>
    /// <param name="replicas">How many pods its StatefulSet asks for: its size where its status does not tell.</param>
    /// <returns>False when it is invalid and no earlier terms are known: see <see cref="Freeze"/>.</returns>
    public bool See(WhatsAppSessionPool pool, int replicas)
    {
        ArgumentNullException.ThrowIfNull(pool);
        var uid = pool.Metadata.Uid!;
        if (_terms.TryGetValue(uid, out var last) && last.Generation == pool.Metadata.Generation)
            return true;
        if (Validity.Of(pool).Count > 0)
            return _terms.ContainsKey(uid);
        // A size that was grown or shrunk to outlives the leader that decided it.
        var shards = last.Terms is { } known
            ? known.Shards
            : pool.Status?.Shards?.Desired ?? replicas;
        var terms = PoolTerms.Of(pool.Spec, shards);
        _terms[uid] = (pool.Metadata.Generation, terms);
        if (last.Terms?.PerSession != terms.PerSession)
            ClaimsChanged.Emit(uid);
        return true;
    }

    /// <summary>The pool should have so many shards from now on. Ignored when its terms changed since they were read.</summary>
    /// <returns>Whether it was taken.</returns>
    public bool Resize(string uid, PoolTerms read, int shards)
    {
        ArgumentNullException.ThrowIfNull(read);
        return _terms.TryGetValue(uid, out var now)
            && now.Terms == read
            && _terms.TryUpdate(uid, (now.Generation, read with { Shards = shards }), now);
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
