using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// A tenant's messages of 24 hours, taken from PostgreSQL in blocks that last a minute or two. What a pod has not used when it ends is
/// lost to the tenant until it has passed; it is never given twice. Asked for one batch after the other.
/// </summary>
/// <param name="take">Takes a block: limit, needed, liked, what is left of the one before.</param>
/// <param name="time">The clock.</param>
internal sealed class DayBlocks(
    Func<int, int, int, UnusedBlock, Task<DayAnswer>> take,
    TimeProvider time
)
{
    /// <summary>How long a block should last.</summary>
    public static readonly TimeSpan Lasts = TimeSpan.FromMinutes(2);

    /// <summary>How long a limit that was found reached is not asked about again.</summary>
    private static readonly TimeSpan Closed = TimeSpan.FromMinutes(1);

    private DayAnswer _block;
    private long _takenAt;
    private long _waitSince;
    private int _left;
    private int _size = 1;
    private int _limit;

    /// <summary>From the database.</summary>
    public static DayBlocks Of(long tenant, TenantQuotas quotas, MessageContext context) =>
        new(
            (limit, needed, liked, unused) =>
                context.ReadAsync(
                    ct =>
                    {
                        // Asked again after a failure, it may have been given back already.
                        var (back, _) = (unused, unused = default);
                        return quotas.TakeDayAsync(tenant, limit, needed, liked, back, ct);
                    },
                    context.Ended
                ),
            context.Time
        );

    /// <summary>How many are left to all pods, as far as this one knows; at least what it holds.</summary>
    public long Remaining => _block.Remaining + _left;

    /// <summary>In what time more are left.</summary>
    public TimeSpan Wait => Positive(_block.Wait - time.GetElapsedTime(_takenAt));

    /// <summary>How many of some messages the limit lets pass; <see cref="Use"/> counts those that do.</summary>
    /// <param name="limit">Messages in 24 hours, 1 or more.</param>
    /// <param name="asked">How many, 1 or more.</param>
    public async Task<int> RoomAsync(int limit, int asked)
    {
        var age = time.GetElapsedTime(_takenAt);
        var ended = age >= _block.Ends;
        if (!ended && _left >= asked && limit == _limit)
            return asked;
        if (
            limit == _limit
            && _waitSince != 0
            && time.GetElapsedTime(_waitSince) < (Closed < _block.Wait ? Closed : _block.Wait)
        )
            return ended ? 0 : Math.Min(_left, asked);
        if (_takenAt != 0)
            _size = SizeAfter(_size, age);
        (_block, var unused) = (default, new UnusedBlock(_left, _block.Part));
        _left = 0;
        _block = await take(limit, asked, Math.Max(asked, _size), unused);
        (_left, _takenAt, _limit) = (_block.Taken, time.GetTimestamp(), limit);
        _waitSince = _left < asked ? _takenAt : 0;
        return Math.Min(_left, asked);
    }

    /// <summary>How the limit stands, as <see cref="Remaining"/> and <see cref="Wait"/> tell it after a message; nothing is taken.</summary>
    /// <param name="limit">Messages in 24 hours, 1 or more.</param>
    public async Task<LimitState> LookAsync(int limit)
    {
        var age = time.GetElapsedTime(_takenAt);
        var isKnown =
            _takenAt != 0
            && limit == _limit
            && age < _block.Ends
            && (_waitSince == 0 || time.GetElapsedTime(_waitSince) < Closed);
        if (isKnown)
            return new(limit, Remaining, Wait);
        var held = _takenAt != 0 && age < _block.Ends ? _left : 0;
        var now = await take(limit, 0, 0, default);
        return new(limit, now.Remaining + held, now.Wait);
    }

    /// <summary>Counts messages that were sent.</summary>
    /// <param name="count">No more than there was room for.</param>
    public void Use(int count) => _left -= count;

    /// <summary>The size of the next block: twice that of one that was used up early, half of one that lasted long. Pure.</summary>
    internal static int SizeAfter(int size, TimeSpan lasted) =>
        lasted < Lasts ? (int)Math.Min(size * 2L, 1_000_000)
        : lasted > 2 * Lasts ? Math.Max(size / 2, 1)
        : size;

    private static TimeSpan Positive(TimeSpan time) => time > TimeSpan.Zero ? time : TimeSpan.Zero;
}
