using WaOperator.Gateway.Forwarding;
using WaOperator.Store.Gateway;

namespace WaOperator.Gateway.Streams;

/// <summary>The pods that a client's sessions come from: one stream for each pod, and which is to be begun next.</summary>
/// <param name="address">Where pods are.</param>
/// <param name="time">The clock.</param>
internal sealed class FeedPlan(PodAddress address, TimeProvider time)
{
    /// <summary>How long a pod is left alone after a stream of it began or failed, at least.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a pod is left alone that has no such stream, or no room for one more.</summary>
    public static readonly TimeSpan RefusedPause = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, (TimeSpan Pause, long At)> _tries = new(
        StringComparer.Ordinal
    );

    /// <summary>The streams that run.</summary>
    public Dictionary<string, PodFeed> Feeds { get; } = new(StringComparer.Ordinal);

    /// <summary>Forgets streams that are over.</summary>
    /// <returns>Those.</returns>
    public IReadOnlyList<PodFeed> TakeOver()
    {
        var over = Feeds.Values.Where(f => f.Over).ToArray();
        foreach (var feed in over)
        {
            Feeds.Remove(feed.Address);
            if (feed.Refused)
                _tries[feed.Address] = (RefusedPause, time.GetTimestamp());
        }
        return over;
    }

    /// <summary>Pods that may be asked now, with the sessions that they are to be asked for in addition.</summary>
    /// <param name="found">Sessions without a pod, and where they are now.</param>
    public IReadOnlyList<(string Pod, string Address, IReadOnlyList<StreamSession> Sessions)> Next(
        IEnumerable<(StreamSession Session, ServedPlace? Place)> found
    ) =>
        [
            .. found
                .Where(f =>
                    f.Place is { Pod: not null } && f.Place.Tenant == f.Session.Row.TenantId
                )
                .GroupBy(f => (Pod: f.Place!.Pod!, Address: address(f.Place!)))
                .Where(g => MayTry(g.Key.Address))
                .Select(g =>
                    (
                        g.Key.Pod,
                        g.Key.Address,
                        (IReadOnlyList<StreamSession>)[.. g.Select(f => f.Session)]
                    )
                ),
        ];

    private bool MayTry(string pod)
    {
        var pause = PauseOf(pod);
        if (!Feeds.TryGetValue(pod, out var feed))
            return !_tries.TryGetValue(pod, out var tried) || HasPassed(tried.At, pause);
        // What has just begun is given the time to show something, however often sessions come to it.
        return feed.OpenedAt is { } opened
            ? HasPassed(opened, pause)
            : HasPassed(feed.Began, OpenLimit);
    }

    /// <summary>A pod is asked.</summary>
    public void Tried(string pod)
    {
        var pause = _tries.ContainsKey(pod) ? PauseOf(pod) * 2 : FirstPause;
        _tries[pod] = (pause < LongestPause ? pause : LongestPause, time.GetTimestamp());
    }

    /// <summary>How long it is left alone; one that was not asked for a while, no longer than at first.</summary>
    private TimeSpan PauseOf(string pod) =>
        _tries.TryGetValue(pod, out var tried) && !HasPassed(tried.At, Quiet)
            ? tried.Pause
            : FirstPause / 2;

    private bool HasPassed(long since, TimeSpan pause) => time.GetElapsedTime(since) >= pause;
}
