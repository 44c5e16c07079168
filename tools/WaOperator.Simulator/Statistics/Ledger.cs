using System.Collections.Concurrent;

namespace WaOperator.Simulator.Statistics;

/// <summary>Something worth telling, in the order it happened.</summary>
/// <param name="Seq">Counts up from 1.</param>
/// <param name="At">When.</param>
/// <param name="Kind">Such as replaced, lateFrame, refused, rejected.</param>
/// <param name="Device">The device's address, where there is one.</param>
/// <param name="Detail">In words.</param>
/// <param name="Data">The same in parts, where someone counts with them.</param>
internal sealed record LedgerEvent(
    long Seq,
    DateTimeOffset At,
    string Kind,
    string? Device,
    string? Detail,
    object? Data
);

/// <summary>Counts and events of the whole simulator.</summary>
internal sealed class Ledger(Clock clock)
{
    private const int EventsKept = 20_000;
    private const int SecondsKept = 3600;

    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private readonly Queue<LedgerEvent> _events = new();
    private readonly SortedDictionary<long, int> _logins = [];
    private long _seq;

    /// <summary>The newest injection stamp.</summary>
    public Mark? Mark { get; private set; }

    /// <summary>Sets an injection stamp.</summary>
    public Mark SetMark(string? label)
    {
        var mark = new Mark(clock.Now(), label);
        Mark = mark;
        Note("mark", null, label);
        return mark;
    }

    /// <summary>Adds to a counter.</summary>
    public void Count(string name, long by = 1) =>
        _counts.AddOrUpdate(name, by, (_, old) => old + by);

    /// <summary>Keeps an event and counts its kind.</summary>
    public void Note(string kind, string? device, string? detail, object? data = null)
    {
        Count(kind);
        lock (_gate)
        {
            if (_events.Count == EventsKept)
                _events.Dequeue();
            _events.Enqueue(new(++_seq, clock.Now().At, kind, device, detail, data));
        }
    }

    /// <summary>Counts a login into its second.</summary>
    public void Login(Stamp at)
    {
        Count("logins");
        var second = at.At.ToUnixTimeSeconds();
        lock (_gate)
        {
            _logins[second] = _logins.GetValueOrDefault(second) + 1;
            while (_logins.Count > SecondsKept)
                _logins.Remove(_logins.Keys.First());
        }
    }

    /// <summary>All counters by name.</summary>
    public IReadOnlyDictionary<string, long> Counts() =>
        new SortedDictionary<string, long>(_counts, StringComparer.Ordinal);

    /// <summary>Logins by second (unix time), the last hour in which there were any.</summary>
    public IReadOnlyDictionary<long, int> LoginsPerSecond()
    {
        lock (_gate)
            return new SortedDictionary<long, int>(_logins);
    }

    /// <summary>Events after <paramref name="seq"/>, at most <paramref name="limit"/>.</summary>
    public IReadOnlyList<LedgerEvent> Events(long seq, int limit)
    {
        lock (_gate)
            return [.. _events.Where(e => e.Seq > seq).Take(limit)];
    }

    /// <summary>Forgets counts, events and the mark.</summary>
    public void Reset()
    {
        _counts.Clear();
        Mark = null;
        lock (_gate)
        {
            _events.Clear();
            _logins.Clear();
        }
    }
}
