using System.Collections.Concurrent;
using System.Collections.Immutable;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Cache;

/// <summary>
/// Keys by a value computed from each object. The sets are immutable: a reader keeps a consistent one while the writer
/// makes the next, and a set of one key, the usual case, costs next to nothing.
/// </summary>
internal sealed class Index<T>(Func<T, IEnumerable<string>> values)
    where T : class
{
    private readonly ConcurrentDictionary<string, ImmutableHashSet<NamespacedName>> _keys = new(
        concurrencyLevel: 1,
        capacity: 31,
        StringComparer.Ordinal
    );

    public ImmutableHashSet<NamespacedName> Keys(string value) =>
        _keys.GetValueOrDefault(value) ?? [];

    public void Change(NamespacedName key, T? old, T? now)
    {
        string[] before = old is null ? [] : [.. values(old).Distinct(StringComparer.Ordinal)];
        string[] after = now is null ? [] : [.. values(now).Distinct(StringComparer.Ordinal)];
        foreach (var value in after.Except(before, StringComparer.Ordinal))
            _keys[value] = Keys(value).Add(key);
        foreach (var value in before.Except(after, StringComparer.Ordinal))
        {
            var rest = Keys(value).Remove(key);
            if (rest.IsEmpty)
                _keys.TryRemove(value, out _);
            else
                _keys[value] = rest;
        }
    }
}
