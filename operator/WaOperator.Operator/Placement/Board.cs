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

    private readonly ShardSlot[] _slots;
    private readonly Dictionary<ShardRef, ShardSlot> _index;

    /// <summary>Per pool: its serving slots, by ordinal.</summary>
    private readonly Serving[] _pools;

    public Board(PlacementInput input)
    {
        _slots =
        [
            .. input
                .Shards.OrderBy(s => s.Pool)
                .ThenBy(s => s.Ordinal)
                .Select(s => new ShardSlot(s, input.Pools[s.Pool])),
        ];
        _index = new(_slots.Length);
        foreach (var slot in _slots)
            _index.Add(slot.Ref, slot);
        _pools = new Serving[input.Pools.Count];
        var byPool = _slots
            .Where(s => s.Shard.State == ShardState.Serving)
            .ToLookup(s => s.Shard.Pool);
        for (var pool = 0; pool < _pools.Length; pool++)
            _pools[pool] = new([.. byPool[pool]], input.Pools[pool]);
    }

    /// <summary>All slots, by pool and ordinal.</summary>
    public IReadOnlyList<ShardSlot> Slots => _slots;

    public static long Cost(in PlacementSession session) => Math.Clamp(session.Memory, 0, MaxCost);

    /// <summary>The slot of a shard, or null if there is no such shard.</summary>
    public ShardSlot? Find(ShardRef? shard) =>
        shard is { } s && _index.TryGetValue(s, out var slot) ? slot : null;

    /// <summary>The serving slots of a pool, by ordinal.</summary>
    public ShardSlot[] ServingOf(int pool) => _pools[pool].Slots;

    /// <summary>Whether the pool has a shard that serves.</summary>
    public bool IsServed(int pool) => _pools[pool].Slots.Length > 0;

    /// <summary>Whether some shard of the pool could take one more session, if that is small enough.</summary>
    public bool HasRoom(int pool) => Array.Exists(_pools[pool].Slots, s => s.IsOpen);

    /// <summary>Whether even an empty shard of this pool could not hold the cost.</summary>
    public bool IsTooLarge(int pool, long cost) => cost > _pools[pool].LargestShard;

    /// <summary>
    /// Fixes the balance bound of a pool: a shard takes no further session once it stands at the pool's average load
    /// (all that it serves plus all that is to be placed) times its peak percentage. Since a shard below the bound may
    /// still take one session, the bound is met to the next whole session.
    /// </summary>
    public void Bound(int pool, int waiting, long waitingCost)
    {
        ref readonly var serving = ref _pools[pool];
        var average = AverageLoad.Over(serving.Slots, waiting, waitingCost);
        if (!average.IsKnown)
            return;
        foreach (var slot in serving.Slots)
            slot.SetBound(average, serving.PeakPercent);
    }

    /// <summary>The shard for a session, or null if none that serves has room.</summary>
    public ShardSlot? Choose(int pool, in Ask ask, out bool own)
    {
        ref readonly var serving = ref _pools[pool];
        ShardSlot? first = null,
            best = null;
        ulong firstDraw = 0,
            bestDraw = 0;
        foreach (var slot in serving.Slots)
        {
            var draw = Rendezvous.Draw(ask.Hash, slot.Hash);
            if (first is null || Beats(draw, slot, firstDraw, first, serving.Uniform))
                (first, firstDraw) = (slot, draw);
            if (
                (best is null || Beats(draw, slot, bestDraw, best, serving.Uniform))
                && slot.IsWithinBound(ask)
            )
                (best, bestDraw) = (slot, draw);
        }
        best ??= LeastLoaded(serving.Slots, ask);
        own = best is not null && ReferenceEquals(best, first);
        return best;
    }

    public IReadOnlyList<ShardLoad> Loads() => Array.ConvertAll(_slots, s => s.ToLoad());

    private static bool Beats(ulong a, ShardSlot slotA, ulong b, ShardSlot slotB, bool uniform) =>
        uniform ? a > b : Rendezvous.Beats(a, slotA.Weight, b, slotB.Weight);

    /// <summary>
    /// The shard that is least loaded with the session on it, when the balance bound leaves none: sessions of very
    /// different size do not always fit evenly, and a place that is free is not refused for the sake of balance.
    /// </summary>
    private static ShardSlot? LeastLoaded(ShardSlot[] slots, in Ask ask)
    {
        ShardSlot? best = null;
        var least = UInt128.MaxValue;
        foreach (var slot in slots)
            if (slot.Fits(ask) && slot.LoadWith(ask.Cost) is var load && load < least)
                (best, least) = (slot, load);
        return best;
    }

    private readonly struct Serving(ShardSlot[] slots, PlacementPool pool)
    {
        public readonly ShardSlot[] Slots = slots;
        public readonly int PeakPercent = pool.PeakPercent;
        public readonly bool Uniform =
            slots.Length == 0 || Array.TrueForAll(slots, s => s.Weight == slots[0].Weight);
        public readonly long LargestShard = slots.Aggregate(
            pool.PerShard.Memory,
            (max, s) => Math.Max(max, s.MaxMemory)
        );
    }
}
