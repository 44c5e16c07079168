using System.Diagnostics.CodeAnalysis;
using WaOperator.Store;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// Lets this pod's share of a webhook's posts through, so many a second: at most a tenth of that at once after a rest, then evenly. Those that
/// wait do so one behind the other, and the first alone for time to pass, so that the end of their worker never waits for all of theirs.
/// </summary>
/// <param name="perSecond">How many of all pods together; 0: there is no limit.</param>
/// <param name="pods">How many pods share them.</param>
/// <param name="time">The clock.</param>
[SuppressMessage(
    "Design",
    "CA1001",
    Justification = "A semaphore whose wait handle is not asked for holds nothing."
)]
internal sealed class PostPace(
    int perSecond,
    Func<CancellationToken, Task<int>> pods,
    TimeProvider time
)
{
    /// <summary>How long a share is kept to before pods are counted again.</summary>
    public static readonly TimeSpan ShareLife = TimeSpan.FromMinutes(1);

    /// <summary>How soon one that waits sees that no post is to be made any more: a share may be one post in minutes.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    // More than a timer is late by.
    private const int BurstsPerSecond = 10;

    private readonly SemaphoreSlim _first = new(1, 1);
    private readonly long _began = time.GetTimestamp();
    private TimeSpan? _countedAt;
    private TimeSpan _turn;
    private TimeSpan _slack;
    private TimeSpan _next;

    /// <summary>Waits until a post may be made.</summary>
    /// <param name="isOver">Whether none is to be made any more.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>False: none is to be made.</returns>
    public async ValueTask<bool> EnterAsync(Func<bool> isOver, CancellationToken ct)
    {
        if (perSecond == 0)
            return true;
        await _first.WaitAsync(ct);
        try
        {
            if (isOver())
                return false;
            await ShareAsync(ct);
            var now = time.GetElapsedTime(_began);
            var rested = now - _slack;
            while (_next > now)
            {
                await Task.Delay(_next - now < LookEvery ? _next - now : LookEvery, time, ct);
                if (isOver())
                    return false;
                now = time.GetElapsedTime(_began);
            }
            _next = (_next > rested ? _next : rested) + _turn;
            return true;
        }
        finally
        {
            _first.Release();
        }
    }

    private async Task ShareAsync(CancellationToken ct)
    {
        var now = time.GetElapsedTime(_began);
        if (now - _countedAt < ShareLife)
            return;
        int among;
        try
        {
            among = await pods(ct);
        }
        catch (Exception e) when (_countedAt is not null && DatabaseFailure.IsAway(e))
        {
            // Pods neither come nor go while PostgreSQL is away.
            _countedAt = now;
            return;
        }
        var share = (double)perSecond / Math.Max(among, 1);
        _turn = TimeSpan.FromSeconds(1 / share);
        // As many as a burst may have, less the one that is let through.
        _slack =
            share > BurstsPerSecond
                ? TimeSpan.FromSeconds(1.0 / BurstsPerSecond) - _turn
                : TimeSpan.Zero;
        _countedAt = now;
    }
}
