using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Calls;

/// <summary>The calls of a connection that ring, as far as is known: those that can be rejected. Takes memory with the first call only.</summary>
internal sealed class CallBook
{
    /// <summary>More do not ring at once; the oldest is forgotten.</summary>
    private const int Most = 64;

    private readonly Lock _lock = new();
    private List<CallOffered>? _ringing;

    /// <summary>A call rings.</summary>
    public void Add(CallOffered call)
    {
        lock (_lock)
        {
            _ringing ??= [];
            _ringing.RemoveAll(c => c.Id == call.Id && c.From == call.From);
            if (_ringing.Count == Most)
                _ringing.RemoveAt(0);
            _ringing.Add(call);
        }
    }

    /// <summary>The call with that id; null: none rings.</summary>
    public CallOffered? Find(string id)
    {
        lock (_lock)
            return _ringing?.FindLast(c => c.Id == id);
    }

    /// <summary>A call rings no more.</summary>
    /// <returns>Whether it did.</returns>
    public bool End(Jid from, string id)
    {
        lock (_lock)
        {
            var ended = _ringing?.RemoveAll(c => c.Id == id && c.From == from) > 0;
            if (_ringing?.Count == 0)
                _ringing = null;
            return ended;
        }
    }
}
