namespace WaOperator.Kubernetes.Events;

/// <summary>Remembers the values that were used last.</summary>
internal sealed class LruCache<TKey, TValue>(int capacity)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<(TKey Key, TValue Value)>> _nodes = [];
    private readonly LinkedList<(TKey Key, TValue Value)> _order = new();

    public bool TryGet(TKey key, out TValue value)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            value = default!;
            return false;
        }
        _order.Remove(node);
        _order.AddFirst(node);
        value = node.Value.Value;
        return true;
    }

    public void Set(TKey key, TValue value)
    {
        if (_nodes.Remove(key, out var old))
            _order.Remove(old);
        _nodes[key] = _order.AddFirst((key, value));
        if (_nodes.Count <= capacity)
            return;
        _nodes.Remove(_order.Last!.Value.Key);
        _order.RemoveLast();
    }
}
