using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Audit;

/// <summary>What one entry tells of all its calls.</summary>
internal readonly record struct AuditKey(
    long Tenant,
    string? Who,
    string Operation,
    SessionName? Session,
    int Status
);

/// <summary>
/// Calls that are not stored yet. Those that differ in nothing but their subject become one entry: what changes something for as long as
/// the writer waits, what only reads for a minute, so that a client that asks all the time costs a row a minute.
/// </summary>
/// <param name="time">When calls were answered.</param>
/// <param name="room">The most entries that are kept while PostgreSQL is away.</param>
internal sealed class AuditTrail(TimeProvider time, int room = 40_000)
{
    /// <summary>How long calls that only read are taken together.</summary>
    public static readonly TimeSpan ReadsFor = TimeSpan.FromMinutes(1);

    /// <summary>Entries of a tenant that are kept; what is beyond is told without session and caller.</summary>
    public const int MaxOfTenant = 10_000;

    private const int MaxSubjects = 500;
    private const int MaxAllSubjects = 200_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<AuditKey, Open> _reads = [];
    private readonly Dictionary<AuditKey, Open> _writes = [];
    private readonly Queue<(long Tenant, AuditEntry Entry)> _ready = new();
    private readonly Dictionary<long, int> _ofTenant = [];
    private long _readsSince = time.GetTimestamp();
    private int _subjects;
    private long _dropped;

    /// <summary>A call was answered.</summary>
    /// <param name="key">What is told of it.</param>
    /// <param name="reads">It changes nothing.</param>
    /// <param name="subject">The message or file that it is about; null if that is not known.</param>
    public void Note(AuditKey key, bool reads, string? subject)
    {
        lock (_gate)
        {
            var open = reads ? _reads : _writes;
            if (!open.ContainsKey(key) && _ofTenant.GetValueOrDefault(key.Tenant) >= MaxOfTenant)
                key = key with { Session = null, Who = null };
            if (!open.TryGetValue(key, out var entry))
            {
                if (_ready.Count + _reads.Count + _writes.Count >= room)
                {
                    _dropped++;
                    return;
                }
                open[key] = entry = new(time.GetUtcNow());
                Count(key.Tenant, 1);
            }
            entry.Calls++;
            if (subject is null || _subjects >= MaxAllSubjects || !entry.Subjects.Add(subject))
                return;
            _subjects++;
            if (entry.Subjects.Count < MaxSubjects)
                return;
            _ready.Enqueue(entry.Close(key));
            open.Remove(key);
        }
    }

    /// <summary>Takes the oldest entries that can be stored; those that could not be are given back.</summary>
    /// <param name="most">How many at most.</param>
    /// <param name="all">Also those that would still take calls: the gateway stops.</param>
    public List<(long Tenant, AuditEntry Entry)> Take(int most, bool all = false)
    {
        lock (_gate)
        {
            Close(_writes);
            if (all || time.GetElapsedTime(_readsSince) >= ReadsFor || _reads.Count > room / 2)
            {
                Close(_reads);
                _readsSince = time.GetTimestamp();
            }
            var taken = new List<(long, AuditEntry)>(Math.Min(most, _ready.Count));
            while (taken.Count < most && _ready.TryDequeue(out var entry))
            {
                taken.Add(entry);
                Count(entry.Tenant, -1);
                _subjects -= entry.Entry.Subjects.Count;
            }
            return taken;
        }
    }

    /// <summary>Gives back what could not be stored.</summary>
    public void GiveBack(IEnumerable<(long Tenant, AuditEntry Entry)> entries)
    {
        lock (_gate)
            foreach (var entry in entries)
            {
                _ready.Enqueue(entry);
                Count(entry.Tenant, 1);
                _subjects += entry.Entry.Subjects.Count;
            }
    }

    /// <summary>How many calls were not told since this was asked last, because there was no room.</summary>
    public long TakeDropped()
    {
        lock (_gate)
        {
            var dropped = _dropped;
            _dropped = 0;
            return dropped;
        }
    }

    private void Count(long tenant, int more)
    {
        var kept = _ofTenant.GetValueOrDefault(tenant) + more;
        if (kept == 0)
            _ofTenant.Remove(tenant);
        else
            _ofTenant[tenant] = kept;
    }

    private void Close(Dictionary<AuditKey, Open> open)
    {
        foreach (var (key, entry) in open)
            _ready.Enqueue(entry.Close(key));
        open.Clear();
    }

    /// <summary>An entry that takes calls.</summary>
    private sealed class Open(DateTimeOffset at)
    {
        public int Calls { get; set; }

        public HashSet<string> Subjects { get; } = new(StringComparer.Ordinal);

        public (long Tenant, AuditEntry Entry) Close(AuditKey key) =>
            (
                key.Tenant,
                new(
                    Guid.CreateVersion7(at),
                    at,
                    key.Who,
                    key.Operation,
                    key.Session?.Namespace,
                    key.Session?.Name,
                    key.Status,
                    Calls,
                    [.. Subjects]
                )
            );
    }
}
