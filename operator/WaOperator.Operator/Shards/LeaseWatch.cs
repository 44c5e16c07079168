using WaOperator.Store.Operator;

namespace WaOperator.Operator.Shards;

/// <summary>
/// What the operator saw of one lease on its own monotonic clock. A value: each look at the database makes the next one.
/// </summary>
/// <param name="Lease">The row as last read.</param>
/// <param name="StillFor">How long its epoch and counter certainly stood still while PostgreSQL answered.</param>
/// <param name="AwayFor">How long no one acts for the shard although it once held its lease, likewise counted while PostgreSQL answered.</param>
public sealed record LeaseWatch(ShardLease Lease, TimeSpan StillFor, TimeSpan AwayFor)
{
    /// <summary>Timestamp after the read that first showed this epoch and counter: they are no younger than they look.</summary>
    private long StillSince { get; init; }

    /// <summary>Timestamp before the latest read was sent: what it showed was true then or later.</summary>
    private long SeenAt { get; init; }

    /// <summary>The longest pause that this count let pass between two looks.</summary>
    private TimeSpan MaxGap { get; init; }

    private bool WasAway { get; init; }

    /// <summary>The look after <paramref name="before"/>.</summary>
    /// <param name="before">The previous look at the same lease, null for the first.</param>
    /// <param name="lease">The row as read now.</param>
    /// <param name="sent">Timestamp taken before the read was sent.</param>
    /// <param name="received">Timestamp taken after it was answered.</param>
    /// <param name="maxGap">
    /// A longer pause between two looks starts the count again: while PostgreSQL was away no one could renew, and standing
    /// still proves nothing.
    /// </param>
    /// <param name="clock">Whose timestamps they are.</param>
    public static LeaseWatch Next(
        LeaseWatch? before,
        ShardLease lease,
        long sent,
        long received,
        TimeSpan maxGap,
        TimeProvider clock
    )
    {
        var gap = before is null ? TimeSpan.Zero : clock.GetElapsedTime(before.SeenAt, received);
        var steady = before is not null && gap <= maxGap && before.MaxGap <= maxGap;
        var still =
            steady && before!.Lease.Epoch == lease.Epoch && before.Lease.Counter == lease.Counter;
        var since = still ? before!.StillSince : received;
        var away = before?.AwayFor ?? TimeSpan.Zero;
        if (steady && before!.WasAway)
            away += Positive(clock.GetElapsedTime(before.SeenAt, sent));
        return new(lease, Positive(clock.GetElapsedTime(since, sent)), away)
        {
            StillSince = since,
            SeenAt = sent,
            MaxGap = maxGap,
            WasAway = before?.WasAway ?? false,
        };
    }

    /// <summary>The look after the shard's state was decided from it.</summary>
    public LeaseWatch Decided(bool away) =>
        this with
        {
            WasAway = away,
            AwayFor = away ? AwayFor : TimeSpan.Zero,
        };

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
