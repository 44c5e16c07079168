using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Placement;

/// <summary>
/// Relieves shards whose process stays above the high-water mark (the pool's memory cap): one small batch, then a new
/// measurement.
/// </summary>
/// <remarks>
/// It comes to rest because it evicts only while the shard's sessions are counted above the admit mark, and nothing brings the
/// shard above that mark again: a session that was evicted comes in only below it, and from its first eviction on a process takes
/// any session only below it, however long ago that was. No one comes in between an eviction and the next measurement either, since
/// the count would still go by the factor measured before. So as long as sessions and processes weigh what they weigh, a
/// process evicts in one go and never again, and a session that it evicted may come back without being evicted a second time: there
/// is no bouncing. The proof needs the factor (bytes of the process per byte counted) not to grow when sessions come in, which
/// holds for a process that has a fixed part and grows with its sessions; it is rounded up, lest a full shard be a byte above.
/// The count follows the measurement by a factor that is clamped, so that a process which stays large however few sessions it
/// has keeps most of them.
/// </remarks>
internal static class Evictor
{
    public static void Evict(Draft draft)
    {
        foreach (var slot in draft.Board.Slots)
            if (
                slot.Shard
                    is {
                        State: ShardState.Serving,
                        WindowsAbove: >= PlacementRules.EvictionWindows
                    }
                && !draft.Input.Pools[slot.Shard.Pool].Holds
            )
                Relieve(draft, slot);
    }

    private static void Relieve(Draft draft, ShardSlot slot)
    {
        var pool = slot.Shard.Pool;
        var left = Math.Min(
            slot.Sessions - 1,
            Math.Max(1, slot.Sessions * PlacementRules.EvictionPercent / 100)
        );
        foreach (var i in Candidates(draft, slot))
        {
            if (left-- <= 0 || slot.Memory <= slot.AdmitMemory)
                return;
            var large = draft.Board.IsTooLarge(pool, Board.Cost(draft.Input.Sessions[i]));
            var to = large
                ? null
                : draft.Settle(i, draft.AskOf(i, slot) with { BelowMark = true }, out _);
            if (to is null)
                draft.Put(i, null);
            draft.Change(i, to, PlacementReason.Evicted);
            if (to is null)
                draft.Wait(i, large ? PlacementReason.TooLarge : PlacementReason.Evicted);
            slot.IsRelieved = true;
        }
    }

    /// <summary>
    /// Who would not even fit an empty shard, then the lowest priority, then who was active least recently. Who was evicted
    /// not long ago stays.
    /// </summary>
    private static List<int> Candidates(Draft draft, ShardSlot slot)
    {
        var candidates = draft.MembersOf(slot);
        candidates.RemoveAll(i => Draft.IsRecent(draft.Input.Sessions[i].Evicted));
        return
        [
            .. candidates
                .OrderByDescending(i =>
                    draft.Board.IsTooLarge(slot.Shard.Pool, Board.Cost(draft.Input.Sessions[i]))
                )
                .ThenBy(i => draft.Input.Sessions[i].Priority)
                .ThenBy(i => draft.Input.Sessions[i].LastActive),
        ];
    }
}
