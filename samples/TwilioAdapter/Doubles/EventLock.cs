using StackExchange.Redis;

namespace TwilioAdapter.Doubles;

/// <summary>
/// The first layer: a lock per event in Redis (SET NX PX), released by its own token alone. It lets deliveries that come at once stand in
/// line instead of racing to the database. It decides nothing: without Redis, or when the line is too long, work continues.
/// </summary>
internal sealed class EventLock(
    IConnectionMultiplexer? redis,
    TimeProvider time,
    ILogger<EventLock> log
)
{
    // Longer than a transaction takes; after a crash the lock ends by itself.
    private static readonly TimeSpan Life = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(25);
    private readonly IConnectionMultiplexer? _redis = redis;
    private volatile bool _away;

    /// <summary>Waits for the lock, but not for long.</summary>
    /// <returns>Releases it.</returns>
    public async Task<IAsyncDisposable> TakeAsync(string id, CancellationToken ct)
    {
        var held = new Held(this, $"twilio-adapter:{id}", $"{Guid.NewGuid():N}");
        for (var waited = TimeSpan.Zero; _redis is not null && waited < Patience; waited += Step)
        {
            if (await TryAsync(r => r.LockTakeAsync(held.Key, held.Token, Life)) is not false)
                break;
            await Task.Delay(Step, time, ct);
        }
        return held;
    }

    /// <returns>Null: Redis does not answer.</returns>
    private async Task<bool?> TryAsync(Func<IDatabase, Task<bool>> ask)
    {
        try
        {
            var answer = await ask(_redis!.GetDatabase());
            _away = false;
            return answer;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            if (!_away)
                log.LogWarning(
                    "Redis is away ({Reason}); the database keeps doubles out, as it does anyway",
                    e.Message
                );
            _away = true;
            return null;
        }
    }

    private sealed class Held(EventLock owner, string key, string token) : IAsyncDisposable
    {
        public string Key => key;
        public string Token => token;

        // One that was not got is not released: its value is another token.
        public async ValueTask DisposeAsync()
        {
            if (owner is { _redis: not null, _away: false })
                await owner.TryAsync(redis => redis.LockReleaseAsync(key, token));
        }
    }
}
