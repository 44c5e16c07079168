namespace WaOperator.Operator.Placement;

/// <summary>Who asks for a place.</summary>
/// <param name="Hash">Hash of the session.</param>
/// <param name="Cost">What it costs, in bytes.</param>
/// <param name="Barred">Ordinal of the shard of its pool that it was evicted from not long ago; negative for none.</param>
/// <param name="Leaving">Ordinal of the shard of its pool that it is to leave; negative for none.</param>
/// <param name="BelowMark">It was evicted: it comes in only below the admit mark.</param>
internal readonly record struct Ask(
    ulong Hash,
    long Cost,
    int Barred = -1,
    int Leaving = -1,
    bool BelowMark = false
);

/// <summary>One shard while a plan is made: what it may hold and what it holds.</summary>
internal sealed class ShardSlot
{
    public readonly PlacementShard Shard;
    public readonly ulong Hash;
    public readonly int Weight;
    public readonly int MaxSessions;

    /// <summary>What its sessions' costs may add up to: the cap, less the process's measured overhead.</summary>
    public readonly long MaxMemory;

    /// <summary>The admit mark, likewise.</summary>
    public readonly long AdmitMemory;
    private readonly int _permille;

    /// <summary>Its process is above the mark: no one new before it was measured below.</summary>
    private readonly bool _closed;
    private long _sessionBound;
    private long _memoryBound;

    public ShardSlot(PlacementShard shard, PlacementPool pool)
    {
        Shard = shard;
        Hash = StableHash.Combine(StableHash.Of(pool.Key), (ulong)shard.Ordinal);
        _permille = Math.Clamp(shard.MemoryPermille, 500, 4000);
        _closed = shard.IsAbove || shard.WindowsAbove > 0;
        var limited = pool.PerShard.Memory != long.MaxValue;
        MaxSessions = Math.Max(0, pool.PerShard.Sessions);
        MaxMemory = limited
            ? Part(Math.Max(0, pool.PerShard.Memory), 1000, _permille)
            : long.MaxValue;
        AdmitMemory = limited ? Part(MaxMemory, PlacementRules.AdmitPercent, 100) : long.MaxValue;
        Weight = limited ? Rendezvous.FullWeight * 1000 / _permille : Rendezvous.FullWeight;
        _sessionBound = MaxSessions;
        _memoryBound = MaxMemory;
    }

    /// <summary>Sessions placed here.</summary>
    public int Sessions { get; private set; }

    /// <summary>What they cost together.</summary>
    public long Memory { get; private set; }

    /// <summary>Someone was evicted from here not long ago.</summary>
    public bool IsRelieved { get; set; }

    public ShardRef Ref => new(Shard.Pool, Shard.Ordinal);

    /// <summary>It holds more than it may, because sessions grew or a cap was lowered.</summary>
    public bool IsOver => Sessions > MaxSessions || Memory > MaxMemory;

    /// <summary>It could take another session, if that is small enough.</summary>
    public bool IsOpen => !_closed && Sessions < MaxSessions && Memory < MaxMemory;

    /// <summary>Load in parts per thousand million of its caps.</summary>
    public UInt128 Load => LoadOf(Sessions, Memory);

    public void Add(long cost)
    {
        Sessions++;
        Memory += cost;
    }

    public void Remove(long cost)
    {
        Sessions--;
        Memory -= cost;
    }

    public bool Fits(in Ask ask) =>
        Sessions < MaxSessions
        && !_closed
        && ask.Barred != Shard.Ordinal
        && ask.Leaving != Shard.Ordinal
        && ask.Cost <= (ask.BelowMark || IsAtMark ? AdmitMemory : MaxMemory) - Memory;

    public bool IsWithinBound(in Ask ask) =>
        Sessions < _sessionBound && Memory < _memoryBound && Fits(ask);

    /// <summary>Lets it be filled up to that percentage of the average.</summary>
    public void SetBound(AverageLoad average, int percent)
    {
        _sessionBound = average.Ceiling(MaxSessions, percent);
        _memoryBound = average.Ceiling(MaxMemory, percent);
    }

    /// <summary>Whether its load is above that percentage of the average, rounded up to whole sessions.</summary>
    public bool IsAbove(AverageLoad average, int percent) =>
        Sessions > average.Ceiling(MaxSessions, percent)
        || Memory > average.Ceiling(MaxMemory, percent);

    /// <summary>Whether its load is below that percentage of the average, rounded down to whole sessions.</summary>
    public bool IsBelow(AverageLoad average, int percent) =>
        Sessions < average.Floor(MaxSessions, percent)
        && Memory < average.Floor(MaxMemory, percent);

    /// <summary>No one fills it above the admit mark, see <see cref="Evictor"/>.</summary>
    private bool IsAtMark => IsRelieved || Shard.HasEvicted;

    public UInt128 LoadWith(long cost) => LoadOf(Sessions + 1, Memory + cost);

    public UInt128 LoadWithout(long cost) => LoadOf(Sessions - 1, Memory - cost);

    public ShardLoad ToLoad() =>
        new(Ref, Shard.State, Sessions, Part(Memory, _permille, 1000), IsOver);

    private UInt128 LoadOf(int sessions, long memory) =>
        UInt128.Max(
            (UInt128)sessions * 1_000_000_000 / (UInt128)Math.Max(1, MaxSessions),
            (UInt128)memory * 1_000_000_000 / (UInt128)Math.Max(1, MaxMemory)
        );

    private static long Part(long value, int num, int den) =>
        (long)UInt128.Min(long.MaxValue, (UInt128)value * (UInt128)num / (UInt128)den);
}
