using WaOperator.Simulator.Statistics;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Accounts;

/// <summary>A stanza that the server keeps until the device has confirmed it.</summary>
/// <param name="Class">message, receipt or notification: the class of the ack that confirms it.</param>
/// <param name="Id">The stanza's id.</param>
/// <param name="From">The account it comes from: two accounts may use the same id.</param>
/// <param name="Stanza">As it is delivered.</param>
internal sealed record Pending(string Class, string Id, string From, BinaryNode Stanza)
{
    /// <summary>Where the journal keeps what becomes of it; null if it keeps nothing.</summary>
    public DeviceTrace? Trace { get; init; }

    /// <summary>Its number in the log that keeps it over a restart; 0 without one.</summary>
    public long Seq { get; init; }
}

/// <summary>Keeps what waits over a restart. Each call returns when a kill of the process can no longer undo it.</summary>
internal interface IMailboxLog
{
    /// <summary>A stanza waits for a device.</summary>
    /// <returns>Its number.</returns>
    long Add(string device, Pending pending);

    /// <summary>A stanza no longer waits.</summary>
    void Remove(long seq);
}

/// <summary>What a device has not confirmed yet, in the order it came. Guard: the device's gate.</summary>
internal sealed class Mailbox
{
    private readonly LinkedList<Pending> _pending = new();
    private IMailboxLog? _log;
    private string _device = "";

    /// <summary>From now on a log keeps what comes and goes.</summary>
    public void Keep(IMailboxLog log, string device) => (_log, _device) = (log, device);

    /// <summary>Puts back what waited before a restart.</summary>
    public void Restore(Pending pending) => _pending.AddLast(pending);

    /// <summary>How many stanzas wait.</summary>
    public int Count => _pending.Count;

    /// <summary>The stanzas, oldest first.</summary>
    public IEnumerable<Pending> All => _pending;

    /// <summary>Adds a stanza.</summary>
    public void Add(Pending pending) =>
        _pending.AddLast(
            _log is null ? pending : pending with { Seq = _log.Add(_device, pending) }
        );

    /// <summary>What waits with that class and id, without removing it.</summary>
    public Pending? Find(string @class, string id) =>
        _pending.FirstOrDefault(p => p.Id == id && p.Class == @class);

    /// <summary>Whether something of that class, id and account waits.</summary>
    public bool Has(string @class, string id, string? from) =>
        _pending.Any(p => p.Id == id && p.Class == @class && p.From == from);

    /// <summary>Removes what the device confirmed; of several with the same id the one from that account, if named.</summary>
    /// <returns>It, or null if nothing of that class and id waits.</returns>
    public Pending? Confirm(string @class, string id, string? from)
    {
        LinkedListNode<Pending>? found = null;
        for (var node = _pending.First; node is not null; node = node.Next)
        {
            if (node.Value.Id != id || node.Value.Class != @class)
                continue;
            found ??= node;
            if (from is null || node.Value.From == from)
            {
                found = node;
                break;
            }
        }
        if (found is null)
            return null;
        _pending.Remove(found);
        _log?.Remove(found.Value.Seq);
        return found.Value;
    }

    /// <summary>Throws everything away.</summary>
    public void Clear()
    {
        foreach (var pending in _pending)
            _log?.Remove(pending.Seq);
        _pending.Clear();
    }
}
