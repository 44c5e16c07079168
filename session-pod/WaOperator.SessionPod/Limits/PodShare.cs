using WaOperator.Signals;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Limits;

/// <summary>How far a pod may trust the windows in Redis.</summary>
internal enum Trust
{
    /// <summary>They decide.</summary>
    Whole,

    /// <summary>They may have lost what was counted: the pod also keeps within its share.</summary>
    Share,

    /// <summary>Others may have used all of the limit a moment ago, unknown to this pod: all pods together add one share at most.</summary>
    ShareOfShare,
}

/// <summary>What a pod may send of a tenant's limit by itself. Pure.</summary>
internal static class PodShare
{
    private static readonly TimeSpan Minute = TimeSpan.FromSeconds(61);

    /// <summary>How far to trust: for a minute after a loss what was counted before is still in the minute, and unknown.</summary>
    /// <param name="health">How the windows stand.</param>
    /// <param name="time">The clock.</param>
    public static Trust TrustIn(WindowsHealth health, TimeProvider time)
    {
        if (health.LostAt is not { } lost)
            return health.IsConnected ? Trust.Whole : Trust.ShareOfShare;
        if (time.GetElapsedTime(lost) < Minute)
            return Trust.ShareOfShare;
        return
            health is { IsConnected: true, BackAt: { } back } && time.GetElapsedTime(back) >= Minute
            ? Trust.Whole
            : Trust.Share;
    }

    /// <summary>A pod's part of a limit; the parts of all are the limit.</summary>
    /// <param name="limit">0 or more.</param>
    /// <param name="serving">Among whom it is divided.</param>
    public static int Of(int limit, Serving serving)
    {
        var shards = Math.Max(serving.Shards, 1);
        return limit / shards + (serving.Rank < limit % shards ? 1 : 0);
    }

    /// <summary>How many more messages a pod may send by itself.</summary>
    /// <param name="trust">Not <see cref="Trust.Whole"/>.</param>
    /// <param name="limit">The tenant's limit.</param>
    /// <param name="serving">Among whom it is divided.</param>
    /// <param name="own">What it sent of the tenant in the last minute.</param>
    /// <param name="added">What of that was sent since the windows were lost.</param>
    public static int Room(Trust trust, int limit, Serving serving, int own, int added)
    {
        var room = Of(limit, serving) - own;
        if (trust == Trust.ShareOfShare)
            room = Math.Min(room, Of(Of(limit, serving with { Rank = 0 }), serving) - added);
        return Math.Max(room, 0);
    }
}
