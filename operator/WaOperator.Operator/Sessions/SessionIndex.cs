namespace WaOperator.Operator.Sessions;

/// <summary>
/// Finds sessions by something in their facts, without a look at all of them. Its book keeps it, and locks it.
/// </summary>
/// <param name="keys">What a session is found by; pure.</param>
internal sealed class SessionIndex<TKey>(Func<SessionFacts, IEnumerable<TKey>> keys)
    where TKey : notnull
{
    private readonly Dictionary<TKey, HashSet<string>> _uids = [];

    /// <summary>UIDs of the sessions with that key, in no order.</summary>
    public IReadOnlyCollection<string> Of(TKey key) => _uids.GetValueOrDefault(key) ?? [];

    /// <summary>The facts of a session changed; null: it was not known, or is not any more.</summary>
    public void Update(SessionFacts? before, SessionFacts? after)
    {
        if (before is not null)
            foreach (var key in keys(before))
                if (_uids.TryGetValue(key, out var uids) && uids.Remove(before.Uid))
                    if (uids.Count == 0)
                        _uids.Remove(key);
        if (after is not null)
            foreach (var key in keys(after))
            {
                if (!_uids.TryGetValue(key, out var uids))
                    _uids.Add(key, uids = new(StringComparer.Ordinal));
                uids.Add(after.Uid);
            }
    }
}
