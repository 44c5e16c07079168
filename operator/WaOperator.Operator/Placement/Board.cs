using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Placement;

/// <summary>
/// The loads of all shards while a plan is made. Choosing a shard costs one pass over the serving shards of one pool and
/// allocates nothing, so that 100,000 sessions on 500 shards take well under a second.
/// </summary>
internal sealed class Board
{
    /// <summary>Greatest cost of one session that is counted (16 TiB), so that no sum overflows.</summary>
    private const long MaxCost = 1L << 44;

    private readonly Slot[] _slots;
    private readonly Dictionary<ShardRef, int> _index;

    /// <summary>Per pool: its serving slots, by ordinal.</summary>
    private readonly Serving[] _pools;

    public Board(PlacementInput input)
    {
        _slots =
        [
            .. input
                .Shards.OrderBy(s => s.Pool)
                .ThenBy(s => s.Ordinal)
                .Select(s => new Slot(s, input.Pools[s.Pool])),
        ];
        _index = new(_slots.Length);
        for (var i = 0; i < _slots.Length; i++)
            _index.Add(new(_slots[i].Shard.Pool, _slots[i].Shard.Ordinal), i);
        _pools = new Serving[input.Pools.Count];
        var byPool = _slots
            .Where(s => s.Shard.State == ShardState.Serving)
            .ToLookup(s => s.Shard.Pool);
        for (var pool = 0; pool < _pools.Length; pool++)
            _pools[pool] = new([.. byPool[pool]], input.Pools[pool]);
    }

    public static long Cost(in PlacementSession session) => Math.Clamp(session.Memory, 0, MaxCost);

    /// <summary>The state of a shard, or null if there is no such shard.</summary>
    public ShardState? StateOf(ShardRef shard) =>
        _index.TryGetValue(shard, out var i) ? _slots[i].Shard.State : null;

    public void Add(ShardRef shard, long cost) => _slots[_index[shard]].Add(cost);

    public void Remove(ShardRef shard, long cost) => _slots[_index[shard]].Remove(cost);

    /// <summary>Whether the pool has a shard that serves.</summary>
    public bool IsServed(int pool) => _pools[pool].Slots.Length > 0;

    /// <summary>Whether even an empty shard of this pool could not hold the cost.</summary>
    public bool IsTooLarge(int pool, long cost) => cost > _pools[pool].LargestShard;

    /// <summary>
    /// Fixes the balance bound of a pool: a shard takes no further session once it stands at the pool's average load
    /// (all that it serves plus all that is to be placed) times its peak percentage. Since a shard below the bound may
    /// still take one session, the bound is met to the next whole session.
    /// </summary>
    public void Bound(int pool, int waiting, long waitingCost)
    {
        ref var serving = ref _pools[pool];
        UInt128 sessions = (UInt128)waiting,
            memory = (UInt128)waitingCost,
            places = 0,
            room = 0;
        foreach (var slot in serving.Slots)
        {
            sessions += (UInt128)slot.Sessions;
            memory += (UInt128)slot.Memory;
            places += (UInt128)slot.MaxSessions;
            room += (UInt128)slot.MaxMemory;
        }
        if (places == 0 || room == 0)
            return;
        // The average load of the dimension that binds, as the fraction load / of.
        var (load, of) = sessions * room >= memory * places ? (sessions, places) : (memory, room);
        foreach (var slot in serving.Slots)
            slot.SetBound(load * (UInt128)serving.PeakPercent, of * 100);
    }

    /// <summary>The shard for a session, or null if none that serves has room.</summary>
    public ShardRef? Choose(int pool, ulong session, long cost, out bool own)
    {
        ref readonly var serving = ref _pools[pool];
        Slot? first = null,
            best = null;
        ulong firstDraw = 0,
            bestDraw = 0;
        foreach (var slot in serving.Slots)
        {
            var draw = Rendezvous.Draw(session, slot.Hash);
            if (first is null || Beats(draw, slot, firstDraw, first, serving.Uniform))
                (first, firstDraw) = (slot, draw);
            if (
                slot.IsWithinBound(cost)
                && (best is null || Beats(draw, slot, bestDraw, best, serving.Uniform))
            )
                (best, bestDraw) = (slot, draw);
        }
        best ??= serving.LeastLoaded(cost);
        own = best is not null && ReferenceEquals(best, first);
        return best is null ? null : new(best.Shard.Pool, best.Shard.Ordinal);
    }

    public IReadOnlyList<ShardLoad> Loads() => Array.ConvertAll(_slots, s => s.Load());

    private static bool Beats(ulong a, Slot slotA, ulong b, Slot slotB, bool uniform) =>
        uniform ? a > b : Rendezvous.Beats(a, slotA.Weight, b, slotB.Weight);

    private readonly struct Serving(Slot[] slots, PlacementPool pool)
    {
        public readonly Slot[] Slots = slots;
        public readonly int PeakPercent = pool.PeakPercent;
        public readonly bool Uniform =
            slots.Length == 0 || Array.TrueForAll(slots, s => s.Weight == slots[0].Weight);
        public readonly long LargestShard = slots.Aggregate(
            pool.PerShard.Memory,
            (max, s) => Math.Max(max, s.MaxMemory)
        );

        /// <summary>
        /// The shard that is least loaded with the session on it, when the balance bound leaves none: sessions of very
        /// different size do not always fit evenly, and a place that is free is not refused for the sake of balance.
        /// </summary>
        public Slot? LeastLoaded(long cost)
        {
            Slot? best = null;
            var least = UInt128.MaxValue;
            foreach (var slot in Slots)
                if (slot.Fits(cost) && slot.LoadWith(cost) is var load && load < least)
                    (best, least) = (slot, load);
            return best;
        }
    }

    private sealed class Slot
    {
        public readonly PlacementShard Shard;
        public readonly ulong Hash;
        public readonly int Weight;
        public readonly int MaxSessions;

        /// <summary>What its sessions' costs may add up to: the limit, less the process's measured overhead.</summary>
        public readonly long MaxMemory;
        public int Sessions;
        public long Memory;
        private readonly int _permille;
        private int _sessionBound;
        private long _memoryBound;

        public Slot(PlacementShard shard, PlacementPool pool)
        {
            Shard = shard;
            Hash = StableHash.Combine(StableHash.Of(pool.Key), (ulong)shard.Ordinal);
            _permille = Math.Clamp(shard.MemoryPermille, 500, 4000);
            var limited = pool.PerShard.Memory != long.MaxValue;
            MaxSessions = Math.Max(0, pool.PerShard.Sessions);
            MaxMemory = limited
                ? Part(Math.Max(0, pool.PerShard.Memory), 1000, _permille)
                : long.MaxValue;
            Weight = limited ? Rendezvous.FullWeight * 1000 / _permille : Rendezvous.FullWeight;
            _sessionBound = MaxSessions;
            _memoryBound = MaxMemory;
        }

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

        public bool Fits(long cost) => Sessions < MaxSessions && cost <= MaxMemory - Memory;

        public bool IsWithinBound(long cost) =>
            Sessions < _sessionBound && Memory < _memoryBound && Fits(cost);

        /// <summary>Sets the bound to the load <paramref name="num"/> / <paramref name="den"/>, rounded up.</summary>
        public void SetBound(UInt128 num, UInt128 den)
        {
            _sessionBound = (int)
                UInt128.Min(int.MaxValue, CeilingOf(num, (UInt128)MaxSessions, den));
            _memoryBound = (long)
                UInt128.Min(long.MaxValue, CeilingOf(num, (UInt128)MaxMemory, den));
        }

        public UInt128 LoadWith(long cost) =>
            UInt128.Max(
                (UInt128)(Sessions + 1) * 1_000_000_000 / (UInt128)MaxSessions,
                (UInt128)(Memory + cost) * 1_000_000_000 / (UInt128)Math.Max(1, MaxMemory)
            );

        public ShardLoad Load() =>
            new(
                new(Shard.Pool, Shard.Ordinal),
                Shard.State,
                Sessions,
                Part(Memory, _permille, 1000),
                Sessions > MaxSessions || Memory > MaxMemory
            );

        private static long Part(long value, int num, int den) =>
            (long)UInt128.Min(long.MaxValue, (UInt128)value * (UInt128)num / (UInt128)den);

        /// <summary>
        /// <c>num * cap / den</c> rounded up. Numerator and denominator lose low bits first when both are so great that the
        /// product would overflow (limits that mean "none"); the fraction stays right to 2^-50.
        /// </summary>
        private static UInt128 CeilingOf(UInt128 num, UInt128 cap, UInt128 den)
        {
            while (den >> 60 != 0 || num >> 64 != 0)
                (num, den) = (num >> 1, UInt128.Max(1, den >> 1));
            return ((num * cap) + den - 1) / den;
        }
    }
}
