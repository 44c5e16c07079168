using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Durability;

/// <summary>
/// One record in memory. Its monitor serialises all work on the record, and is held until the change is in the committer's queue:
/// so changes of one record become durable in the order in which they were made. Work on several slots takes them
/// in the order of <see cref="Slots.Order"/>.
/// </summary>
internal sealed class Slot(RecordKey key)
{
    private int _uncommitted;

    public RecordKey Key { get; } = key;

    /// <summary>The record as it is now, which may be ahead of the durable one; null if there is none. Guard: the slot's monitor.</summary>
    public IRecord? Value { get; private set; }

    /// <summary>Another name under which the value was stored: deleted with the next write.</summary>
    public RecordKey? Former { get; set; }

    public SessionRecord? Session => Value as SessionRecord;

    /// <summary>The newest identity key of a device that was seen, 32 bytes, whether there are sessions with it or not any more; null: none was.</summary>
    public ReadOnlyMemory<byte>? KnownIdentity =>
        Value switch
        {
            SessionRecord sessions => sessions.TheirIdentity,
            FormerIdentity former => former.Key,
            // Without the cast it would be memory of nothing.
            _ => (ReadOnlyMemory<byte>?)null,
        };

    public SenderKeyRecord? SenderKey => (SenderKeyRecord?)Value;

    /// <summary>Completes when the value has been read. Guard: the cache's lock.</summary>
    public Task Loaded { get; set; } = Task.CompletedTask;

    /// <summary>How many use the slot now. Guard: the cache's lock.</summary>
    public int Pins { get; set; }

    /// <summary>Where it stands among the slots by last use. Guard: the cache's lock.</summary>
    public LinkedListNode<Slot>? Place { get; set; }

    /// <summary>True while a change of it is not durable: what the store has is not what counts.</summary>
    public bool IsAhead => Volatile.Read(ref _uncommitted) > 0;

    /// <summary>Sets what was read.</summary>
    public void Fill(IRecord? value) => Value = value;

    /// <summary>Sets the next value and gives the one before, which the committer disposes of.</summary>
    public IRecord? Change(IRecord? value)
    {
        var before = Value;
        Value = value;
        Interlocked.Increment(ref _uncommitted);
        return before;
    }

    public void Committed() => Interlocked.Decrement(ref _uncommitted);
}

/// <summary>Several slots at once.</summary>
internal static class Slots
{
    /// <summary>The order in which monitors are taken.</summary>
    public static readonly Comparison<Slot> Order = static (a, b) =>
    {
        var kind = string.CompareOrdinal(a.Key.Kind, b.Key.Kind);
        return kind != 0 ? kind : string.CompareOrdinal(a.Key.Id, b.Key.Id);
    };

    /// <summary>Takes the monitors of all slots, runs, and leaves them.</summary>
    public static void Locked(IEnumerable<Slot> slots, Action work)
    {
        var ordered = slots.Distinct().ToList();
        ordered.Sort(Order);
        var taken = 0;
        try
        {
            foreach (var slot in ordered)
            {
                Monitor.Enter(slot);
                taken++;
            }
            work();
        }
        finally
        {
            while (taken > 0)
                Monitor.Exit(ordered[--taken]);
        }
    }
}
