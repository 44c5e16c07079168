namespace WaOperator.Operator.Placement;

/// <summary>
/// The average load of a pool's serving shards, as the fraction <paramref name="Load"/> / <paramref name="Of"/> of their
/// capacity in the dimension that binds (sessions or memory). Integers only.
/// </summary>
internal readonly record struct AverageLoad(UInt128 Load, UInt128 Of)
{
    /// <summary>There is a capacity to speak of.</summary>
    public bool IsKnown => Of != 0;

    /// <summary>The average over <paramref name="slots"/>, with so many sessions and so much memory still to come.</summary>
    public static AverageLoad Over(ShardSlot[] slots, long sessions = 0, long memory = 0)
    {
        UInt128 count = (UInt128)sessions,
            cost = (UInt128)memory,
            places = 0,
            room = 0;
        foreach (var slot in slots)
        {
            count += (UInt128)slot.Sessions;
            cost += (UInt128)slot.Memory;
            places += (UInt128)slot.MaxSessions;
            room += (UInt128)slot.MaxMemory;
        }
        if (places == 0 || room == 0)
            return default;
        return count * room >= cost * places ? new(count, places) : new(cost, room);
    }

    /// <summary>What a shard with the capacity <paramref name="cap"/> holds at that percentage of the average, rounded up.</summary>
    public long Ceiling(long cap, int percent) => Part(cap, percent, up: true);

    /// <summary>The same rounded down.</summary>
    public long Floor(long cap, int percent) => Part(cap, percent, up: false);

    /// <summary>
    /// Numerator and denominator lose low bits first when both are so great that the product would overflow (limits that mean
    /// "none"); the fraction stays right to 2^-50.
    /// </summary>
    private long Part(long cap, int percent, bool up)
    {
        var (num, den) = (Load * (UInt128)percent, Of * 100);
        while (den >> 60 != 0 || num >> 64 != 0)
            (num, den) = (num >> 1, UInt128.Max(1, den >> 1));
        return (long)UInt128.Min(long.MaxValue, ((num * (UInt128)cap) + (up ? den - 1 : 0)) / den);
    }
}
