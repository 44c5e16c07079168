using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace WaOperator.Kubernetes.Objects;

/// <summary>A few entries in an array: a fifth of a dictionary's memory, and as fast for the handful that labels are.</summary>
internal sealed class StringMap(KeyValuePair<string, string>[] entries)
    : IReadOnlyDictionary<string, string>
{
    public int Count => entries.Length;

    public IEnumerable<string> Keys => entries.Select(e => e.Key);

    public IEnumerable<string> Values => entries.Select(e => e.Value);

    public string this[string key] =>
        TryGetValue(key, out var value)
            ? value
            : throw new KeyNotFoundException($"there is no \"{key}\"");

    public bool ContainsKey(string key) => TryGetValue(key, out _);

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out string value)
    {
        foreach (var entry in entries)
            if (entry.Key == key)
            {
                value = entry.Value;
                return true;
            }
        value = null;
        return false;
    }

    public IEnumerator<KeyValuePair<string, string>> GetEnumerator() =>
        ((IEnumerable<KeyValuePair<string, string>>)entries).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
