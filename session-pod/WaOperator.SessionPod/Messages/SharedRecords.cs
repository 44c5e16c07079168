using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Messages;

/// <summary>
/// The records that were used last, of all sessions of the pod, encrypted as they are stored. What is not there is remembered, too.
/// A new record pushes out what was used least recently; an idle session has nothing here.
/// </summary>
/// <param name="limit">Bytes in all, counted with what an entry costs itself.</param>
internal sealed class SharedRecords(long limit)
{
    private const int Overhead = 200;

    private readonly Lock _turn = new();
    private readonly Dictionary<Key, LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _order = new();
    private long _owners;

    /// <summary>Bytes in it now.</summary>
    public long Bytes { get; private set; }

    /// <summary>A name for someone who keeps records here; no one ever sees what another one left.</summary>
    public long NewOwner() => Interlocked.Increment(ref _owners);

    /// <summary>Looks a record up.</summary>
    /// <param name="owner">Whose.</param>
    /// <param name="name">Which.</param>
    /// <param name="row">The record; null where it is known that there is none.</param>
    /// <returns>Whether anything is known of it.</returns>
    public bool TryGet(long owner, RecordName name, out RecordRow? row)
    {
        lock (_turn)
        {
            if (!_entries.TryGetValue(new(owner, name), out var node))
            {
                row = null;
                return false;
            }
            _order.Remove(node);
            _order.AddLast(node);
            row = node.Value.Row;
            return true;
        }
    }

    /// <summary>Keeps a record, in place of what was known of it.</summary>
    public void Put(long owner, RecordName name, RecordRow? row)
    {
        lock (_turn)
        {
            if (_entries.TryGetValue(new(owner, name), out var known))
                Remove(known);
            Add(owner, name, row);
        }
    }

    /// <summary>Keeps a record unless something is known of it already.</summary>
    public void TryAdd(long owner, RecordName name, RecordRow? row)
    {
        lock (_turn)
            if (!_entries.ContainsKey(new(owner, name)))
                Add(owner, name, row);
    }

    private void Add(long owner, RecordName name, RecordRow? row)
    {
        var entry = new Entry(new(owner, name), row);
        if (entry.Weight > limit)
            return;
        while (Bytes + entry.Weight > limit && _order.First is { } oldest)
            Remove(oldest);
        _entries.Add(entry.Key, _order.AddLast(entry));
        Bytes += entry.Weight;
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _order.Remove(node);
        _entries.Remove(node.Value.Key);
        Bytes -= node.Value.Weight;
    }

    private readonly record struct Key(long Owner, RecordName Name);

    private sealed record Entry(Key Key, RecordRow? Row)
    {
        public int Weight => Overhead + (Row?.Ciphertext?.Length ?? 0);
    }
}
