using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Cache;

/// <summary>
/// The objects of a kind as last seen. Reading takes no lock; the informer alone writes. Objects are shared and never
/// change: a change is a new object in the old one's place.
/// </summary>
[SuppressMessage(
    "Naming",
    "CA1710:Identifiers should have correct suffix",
    Justification = "The field's name for it."
)]
public sealed class Store<T> : IReadOnlyCollection<T>
    where T : class, IKubernetesObject<T>
{
    // One writer: more than one lock inside would only cost memory.
    private readonly ConcurrentDictionary<NamespacedName, T> _objects = new(
        concurrencyLevel: 1,
        capacity: 31
    );
    private readonly ConcurrentDictionary<string, Index<T>> _indexes = new(
        concurrencyLevel: 1,
        capacity: 3,
        StringComparer.Ordinal
    );

    /// <summary>Number of objects.</summary>
    public int Count => _objects.Count;

    /// <summary>The object of that key, or null.</summary>
    public T? this[NamespacedName key] => _objects.GetValueOrDefault(key);

    /// <summary>The object of that name, or null.</summary>
    public T? Get(string? ns, string name) => this[new(ns ?? "", name)];

    /// <summary>Every object, in no order.</summary>
    public IEnumerator<T> GetEnumerator()
    {
        foreach (var pair in _objects)
            yield return pair.Value;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The objects that the named index holds under <paramref name="value"/>, in no order.</summary>
    /// <exception cref="ArgumentException">There is no such index.</exception>
    public IEnumerable<T> ByIndex(string index, string value)
    {
        if (!_indexes.TryGetValue(index, out var found))
            throw new ArgumentException(
                $"the store of {T.Resource} has no index \"{index}\"",
                nameof(index)
            );
        foreach (var key in found.Keys(value))
            if (this[key] is { } obj)
                yield return obj;
    }

    internal IEnumerable<NamespacedName> Keys => _objects.Keys;

    internal void AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        var index = new Index<T>(values);
        foreach (var (key, obj) in _objects)
            index.Change(key, null, obj);
        if (!_indexes.TryAdd(name, index))
            throw new ArgumentException(
                $"the store of {T.Resource} already has an index \"{name}\"",
                nameof(name)
            );
    }

    /// <summary>Puts the object in; returns the one that was there.</summary>
    internal T? Put(NamespacedName key, T obj)
    {
        var old = this[key];
        _objects[key] = obj;
        foreach (var index in _indexes.Values)
            index.Change(key, old, obj);
        return old;
    }

    internal T? Remove(NamespacedName key)
    {
        if (!_objects.TryRemove(key, out var old))
            return null;
        foreach (var index in _indexes.Values)
            index.Change(key, old, null);
        return old;
    }
}
