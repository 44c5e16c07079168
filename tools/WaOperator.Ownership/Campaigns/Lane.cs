using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace WaOperator.Ownership.Campaigns;

/// <summary>Schedules of one kind that are still to be performed, and how many were.</summary>
internal sealed class Lane(string name)
{
    private readonly ConcurrentQueue<int> _left = new();
    private int _done;
    private int _added;

    /// <summary>Its name, for people.</summary>
    public string Name => name;

    /// <summary>Nothing waits; some may still be performed.</summary>
    public bool IsEmpty => _left.IsEmpty;

    /// <summary>The first that waits; null: none does.</summary>
    public int? First => _left.TryPeek(out var index) ? index : null;

    /// <summary>How many were performed.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>How many there are in all.</summary>
    public int Total => Volatile.Read(ref _added);

    /// <summary>One more.</summary>
    public void Add(int index)
    {
        _left.Enqueue(index);
        Interlocked.Increment(ref _added);
    }

    /// <summary>One that could not be performed waits once more.</summary>
    public void PutBack(int index) => _left.Enqueue(index);

    /// <summary>Takes the next.</summary>
    public bool TryTake([MaybeNullWhen(false)] out int index) => _left.TryDequeue(out index);

    /// <summary>One was performed.</summary>
    public void Finished() => Interlocked.Increment(ref _done);
}
