using System.Diagnostics.CodeAnalysis;

namespace WaOperator.SessionPod.Sharing;

/// <summary>
/// A queue in which tenants take turns: one item each, however many of them wait. A tenant's own items stay in order. Not for several
/// threads. Queues of tenants that are through are used again, so a steady flow allocates nothing.
/// </summary>
internal sealed class TurnQueue<T>
{
    private const int MaxSpare = 64;
    private const int MaxSpareCapacity = 256;

    private readonly Dictionary<long, Queue<T>> _lines = [];
    private readonly Queue<(long Tenant, Queue<T> Line)> _turns = new();
    private readonly Stack<Queue<T>> _spare = new();

    /// <summary>Items of all tenants.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an item behind the others of its tenant.</summary>
    public void Enqueue(long tenant, T item)
    {
        if (!_lines.TryGetValue(tenant, out var line))
        {
            _lines[tenant] = line = _spare.TryPop(out var used) ? used : new();
            _turns.Enqueue((tenant, line));
        }
        line.Enqueue(item);
        Count++;
    }

    /// <summary>The item whose turn it is.</summary>
    public bool TryPeek([MaybeNullWhen(false)] out T item)
    {
        if (_turns.TryPeek(out var turn))
            return turn.Line.TryPeek(out item);
        item = default;
        return false;
    }

    /// <summary>Takes the item whose turn it is; the next one is another tenant's if there is any.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public T Dequeue()
    {
        var turn = _turns.Dequeue();
        var item = turn.Line.Dequeue();
        Count--;
        if (turn.Line.Count > 0)
        {
            _turns.Enqueue(turn);
        }
        else
        {
            _lines.Remove(turn.Tenant);
            if (_spare.Count < MaxSpare && turn.Line.EnsureCapacity(0) <= MaxSpareCapacity)
                _spare.Push(turn.Line);
        }
        return item;
    }
}
