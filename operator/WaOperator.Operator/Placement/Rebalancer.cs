using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Placement;

/// <summary>
/// Moves sessions that run from shards that hold too much to those that hold little, within the pool's budget: the surplus of
/// shards above a cap, and what makes a pool uneven.
/// </summary>
internal static class Rebalancer
{
    /// <summary>A surplus that finds no place is not sought one for again and again in the same plan.</summary>
    private const int Tries = 64;

    public static void Rebalance(Draft draft)
    {
        for (var pool = 0; pool < draft.Input.Pools.Count; pool++)
        {
            if (draft.Input.Pools[pool].Rebalances)
                foreach (var slot in draft.Board.ServingOf(pool))
                    MoveSurplus(draft, slot);
            draft.Balance(pool, Even(draft, pool));
        }
    }

    /// <summary>
    /// Moves what is above a cap to where there is room. A shard that was just relieved of memory waits for its measurement.
    /// </summary>
    private static void MoveSurplus(Draft draft, ShardSlot slot)
    {
        if (!IsSurplus(slot) || !draft.Board.HasRoom(slot.Shard.Pool))
            return;
        var tries = Tries;
        foreach (
            var i in draft
                .MembersOf(slot)
                .OrderBy(i => draft.Input.Sessions[i].Priority)
                .ThenBy(i => draft.Input.Sessions[i].LastActive)
        )
        {
            if (!IsSurplus(slot) || tries == 0)
                return;
            if (slot.Sessions <= slot.MaxSessions && draft.Input.Sessions[i].Memory <= 0)
                continue;
            if (!draft.TryTakeMove(slot.Shard.Pool))
                return;
            if (draft.Settle(i, draft.AskOf(i, slot), out _) is { } to)
                draft.Change(i, to, PlacementReason.Rebalanced);
            else
            {
                draft.GiveBackMove(slot.Shard.Pool);
                tries--;
            }
        }
    }

    private static bool IsSurplus(ShardSlot slot) =>
        slot.Sessions > slot.MaxSessions || (slot.Memory > slot.MaxMemory && !slot.IsRelieved);

    /// <summary>
    /// One session after the other from the fullest shard to the emptiest, each at most once while a rebalance lasts, until
    /// all are inside the bounds. Each move makes the fuller of the two emptier and the other less full than that was, so it
    /// ends, and what one rebalance did no later one undoes.
    /// </summary>
    private static PoolBalance Even(Draft draft, int pool)
    {
        var terms = draft.Input.Pools[pool];
        var slots = draft.Board.ServingOf(pool);
        var average = AverageLoad.Over(slots);
        if (!average.IsKnown || slots.Length < 2)
            return default;
        var uneven = IsOutside(
            slots,
            average,
            PlacementRules.UnevenAbovePercent,
            PlacementRules.UnevenBelowPercent
        );
        var due =
            terms.Rebalances
            && (
                terms.Rebalancing || (uneven && terms.UnevenMinutes >= PlacementRules.UnevenMinutes)
            );
        // Who restarts or drains is about to change the average.
        if (!due || IsUnsettled(draft, pool))
            return new(uneven, due && terms.Rebalancing);
        var givers = new List<Giver>();
        while (
            IsOutside(
                slots,
                average,
                PlacementRules.EvenAbovePercent,
                PlacementRules.EvenBelowPercent
            )
        )
        {
            if (!draft.TryTakeMove(pool))
                return new(uneven, true);
            if (MoveOne(draft, slots, givers))
                continue;
            draft.GiveBackMove(pool);
            break;
        }
        return new(uneven, false);
    }

    private static bool IsOutside(ShardSlot[] slots, AverageLoad average, int above, int below) =>
        Array.Exists(slots, s => s.IsAbove(average, above) || s.IsBelow(average, below));

    private static bool IsUnsettled(Draft draft, int pool) =>
        draft.Board.Slots.Any(s =>
            s.Shard.Pool == pool && s.Shard.State is ShardState.Restarting or ShardState.Draining
        );

    private static bool MoveOne(Draft draft, ShardSlot[] slots, List<Giver> givers)
    {
        var to = slots.MinBy(s => s.Load)!;
        foreach (var from in slots.OrderByDescending(s => s.Load))
        {
            if (from.Load <= to.Load)
                return false;
            var giver = givers.Find(g => ReferenceEquals(g.Slot, from));
            if (giver is null)
                givers.Add(giver = new(draft, from));
            if (giver.Give(draft, to) is not { } i)
                continue;
            draft.Put(i, to);
            draft.Change(i, to, PlacementReason.Rebalanced);
            return true;
        }
        return false;
    }

    /// <summary>A shard that gives sessions away, with those that may go.</summary>
    private sealed class Giver(Draft draft, ShardSlot slot)
    {
        private readonly List<int> _left = draft
            .MembersOf(slot)
            .FindAll(i => !draft.Input.Sessions[i].Moved);

        public ShardSlot Slot => slot;

        /// <summary>Of those whose move makes the two more alike, the one that the other shard draws highest.</summary>
        public int? Give(Draft draft, ShardSlot to)
        {
            int? best = null;
            ulong bestDraw = 0;
            foreach (var i in _left)
            {
                var ask = draft.AskOf(i);
                var draw = Rendezvous.Draw(ask.Hash, to.Hash);
                if (
                    (best is null || draw > bestDraw)
                    && to.Fits(ask)
                    && to.LoadWith(ask.Cost) < slot.Load
                    && slot.LoadWithout(ask.Cost) < slot.Load
                )
                    (best, bestDraw) = (i, draw);
            }
            if (best is { } given)
                _left.Remove(given);
            return best;
        }
    }
}
