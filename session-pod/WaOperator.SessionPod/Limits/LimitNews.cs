using System.Collections.Concurrent;
using WaOperator.Api;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Sessions;

namespace WaOperator.SessionPod.Limits;

/// <summary>
/// Tells a tenant that a limit keeps his messages back, as an event of the session: with the first one that is refused, and again after an
/// hour if it still is, so that a caller who does not stop writes no journal full.
/// </summary>
internal sealed partial class LimitNews(TimeProvider time, ILogger<LimitNews> logger)
{
    /// <summary>How often a limit of a session is told, at most.</summary>
    public static readonly TimeSpan Every = TimeSpan.FromHours(1);

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<(long Session, ReachedLimit Limit), long> _told = new();
    private long _sweptAt = time.GetTimestamp();

    /// <summary>A message was refused. The answer does not wait until that is told.</summary>
    /// <param name="session">Whose message.</param>
    /// <param name="answer">What its sender is told.</param>
    /// <param name="reached">The limit of the tenant that is why; null: too many messages wait.</param>
    /// <param name="limits">How the tenant's limits stand.</param>
    public void Refused(
        IServedSession session,
        ProblemAnswer answer,
        QuotaLimit? reached,
        LimitReading? limits
    )
    {
        var limit = reached switch
        {
            QuotaLimit.Minute => ReachedLimit.Minute,
            QuotaLimit.Recipient => ReachedLimit.Recipient,
            QuotaLimit.Day => ReachedLimit.Day,
            _ => ReachedLimit.Queue,
        };
        if (!IsNews((session.Id, limit)))
            return;
        var now = time.GetUtcNow();
        _ = TellAsync(
            session,
            new()
            {
                Limit = limit,
                Allowed = limit switch
                {
                    ReachedLimit.Minute => limits?.Minute?.Limit,
                    ReachedLimit.Recipient => limits?.Recipient?.Limit,
                    ReachedLimit.Day => limits?.Day?.Limit,
                    _ => null,
                },
                RetryAt = now + answer.RetryAfter,
                Message = answer.Detail,
                At = now,
            }
        );
    }

    private bool IsNews((long Session, ReachedLimit Limit) key)
    {
        var now = time.GetTimestamp();
        if (_told.TryGetValue(key, out var last))
            return time.GetElapsedTime(last, now) >= Every && _told.TryUpdate(key, now, last);
        Sweep(now);
        return _told.TryAdd(key, now);
    }

    private void Sweep(long now)
    {
        var before = Volatile.Read(ref _sweptAt);
        if (
            time.GetElapsedTime(before, now) < SweepEvery
            || Interlocked.CompareExchange(ref _sweptAt, now, before) != before
        )
            return;
        foreach (var (old, at) in _told)
            if (time.GetElapsedTime(at, now) >= Every)
                _told.TryRemove(new(old, at));
    }

    private async Task TellAsync(IServedSession session, LimitReached reached)
    {
        try
        {
            await session.TellAsync(reached);
        }
        catch (Exception e)
            when (e is NotStoredException or InvalidDataException or OperationCanceledException)
        {
            // The next refusal tells it, here or where the session is run by then.
            _told.TryRemove((session.Id, reached.Limit), out _);
        }
        catch (Exception e)
        {
            Log.Failed(logger, session.Id, e);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.LimitNewsFailed,
            LogLevel.Error,
            "session {Session}: that a limit is reached could not be told"
        )]
        public static partial void Failed(ILogger logger, long session, Exception fault);
    }
}
