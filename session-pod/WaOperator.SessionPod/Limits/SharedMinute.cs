using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// Counts in Redis; while that is away, and until it knows the whole minute again, within this pod's share of the limit.
/// </summary>
/// <param name="name">The window's name, a hash.</param>
/// <param name="windows">The windows in Redis.</param>
/// <param name="serving">Says among whom the limit is divided; asked only while Redis is away, once a minute.</param>
/// <param name="time">The clock.</param>
/// <param name="alone">Told of messages that were decided without Redis.</param>
internal sealed class SharedMinute(
    string name,
    ISharedWindows windows,
    Func<Task<Serving>> serving,
    TimeProvider time,
    Action<int> alone
) : IMinuteCounter
{
    private static readonly TimeSpan ServingLife = TimeSpan.FromMinutes(1);
    private readonly SlidingWindow _own = new();
    private readonly SlidingWindow _added = new();
    private Serving? _serving;
    private long _servingAt;
    private int _untold;

    /// <inheritdoc/>
    public async Task<WindowAnswer> TakeAsync(int limit, int asked)
    {
        var trust = PodShare.TrustIn(windows.Health, time);
        var wanted = trust == Trust.Whole ? asked : Math.Min(asked, await RoomAsync(trust, limit));
        // What is older than a minute counts no more.
        var untold = Math.Min(_untold, _own.Held(SlidingWindow.Now(time)));
        var answer = await windows.TakeAsync(name, limit, wanted, untold);
        if (answer is not null)
            _untold = 0;
        else
        {
            if (trust == Trust.Whole)
                // A moment ago it was there.
                (trust, wanted) = (
                    Trust.ShareOfShare,
                    Math.Min(asked, await RoomAsync(Trust.ShareOfShare, limit))
                );
            _untold += wanted;
            alone(asked);
        }
        var now = SlidingWindow.Now(time);
        var taken = answer?.Taken ?? wanted;
        if (taken > 0)
        {
            _own.Add(now, taken);
            if (trust != Trust.Whole)
                _added.Add(now, taken);
        }
        if (trust == Trust.Whole)
            return answer!.Value;
        // The narrower of both counts.
        var share = PodShare.Of(limit, await ServingAsync());
        var mine = _own.Wait(now, Math.Max(share, 1));
        var spare = PodShare.Room(
            trust,
            limit,
            await ServingAsync(),
            _own.Held(now),
            _added.Held(now)
        );
        return new(
            taken,
            Math.Max(answer?.Held ?? 0, limit - spare),
            taken < asked && mine == TimeSpan.Zero ? TimeSpan.FromSeconds(5)
                : answer?.Wait > mine ? answer.Value.Wait
                : mine
        );
    }

    private async Task<int> RoomAsync(Trust trust, int limit)
    {
        var among = await ServingAsync();
        var now = SlidingWindow.Now(time);
        return PodShare.Room(trust, limit, among, _own.Held(now), _added.Held(now));
    }

    private async ValueTask<Serving> ServingAsync()
    {
        if (_serving is null || time.GetElapsedTime(_servingAt) >= ServingLife)
            (_serving, _servingAt) = (await serving(), time.GetTimestamp());
        return _serving.Value;
    }
}
