using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using WaOperator.Store;

namespace WaOperator.Signals;

/// <summary>
/// Windows of a minute in Redis: a hash for each, of messages by tenths of a second. A tenth counts until it has passed as a whole, so no
/// 60 s have more messages than the limit. The clock is that of Redis.
/// </summary>
internal sealed partial class RedisWindows : ISharedWindows
{
    /// <summary>How long an answer is waited for.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);

    /// <summary>Without any answer for so long it counts as lost.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <summary>While it is lost so, one question in this time looks whether it is back.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private const string Prefix = "wa:minute:";

    // n: all messages; o: the oldest tenth that may have some; each tenth: its messages.
    private const string Script = """
        local key, limit, asked, told = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
        local clock = redis.call('TIME')
        local us = tonumber(clock[2])
        local now = tonumber(clock[1]) * 10 + math.floor(us / 100000)
        local head = redis.call('HMGET', key, 'n', 'o')
        local held, oldest = tonumber(head[1] or '0'), tonumber(head[2] or now)
        while oldest < now - 600 do
            local part = redis.call('HGET', key, oldest)
            if part then
                held = held - tonumber(part)
                redis.call('HDEL', key, oldest)
            end
            oldest = oldest + 1
        end
        local taken = math.max(math.min(asked, limit - held - told), 0)
        if taken + told > 0 then
            held = held + taken + told
            if now < oldest then oldest = now end
            redis.call('HINCRBY', key, now, taken + told)
            redis.call('HSET', key, 'n', held, 'o', oldest)
            redis.call('PEXPIRE', key, 61000)
        end
        local wait, surplus, at = 0, math.max(held - limit, 0), oldest
        while held > 0 and at <= now do
            local part = redis.call('HGET', key, at)
            if part then
                surplus = surplus - tonumber(part)
                if surplus < 0 then
                    wait = (at + 601 - now) * 100 - math.floor(us % 100000 / 1000)
                    break
                end
            end
            at = at + 1
        end
        return {taken, held, math.min(math.max(wait, 0), 60000)}
        """;

    private readonly ConnectionMultiplexer _redis;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Lock _turn = new();
    private long? _lostAt;
    private long? _backAt;
    private long? _silentSince;
    private long? _pausedAt;
    private int _refused;

    public RedisWindows(ConnectionMultiplexer redis, TimeProvider time, ILogger logger)
    {
        (_redis, _time, _logger) = (redis, time, logger);
        if (!redis.IsConnected)
            _lostAt = time.GetTimestamp();
        redis.ConnectionFailed += (_, e) =>
        {
            if (e.ConnectionType == ConnectionType.Interactive)
                Lost();
        };
        redis.ConnectionRestored += (_, e) =>
        {
            if (e.ConnectionType == ConnectionType.Interactive)
                Back();
        };
    }

    /// <inheritdoc/>
    public WindowsHealth Health
    {
        get
        {
            lock (_turn)
                return new(_redis.IsConnected && !IsPaused(), _lostAt, _backAt);
        }
    }

    /// <inheritdoc/>
    public async Task<WindowAnswer?> TakeAsync(string name, int limit, int asked, int told)
    {
        if (!Health.IsConnected)
            return null;
        try
        {
            var answer = (RedisResult[]?)
                await _redis
                    .GetDatabase()
                    .ScriptEvaluateAsync(Script, [Prefix + name], [limit, asked, told])
                    .WaitAsync(Timeout, _time);
            Heard();
            return new(
                (int)answer![0],
                (long)answer[1],
                TimeSpan.FromMilliseconds((long)answer[2])
            );
        }
        catch (Exception e)
            when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            Silent();
            if (RedisFault.IsRights(e) && Interlocked.Exchange(ref _refused, 1) == 0)
                Log.Refused(_logger);
            return null;
        }
    }

    private bool IsPaused() => _pausedAt is { } since && _time.GetElapsedTime(since) < Pause;

    private void Lost()
    {
        lock (_turn)
            if (_lostAt is null || _backAt is not null)
                (_lostAt, _backAt) = (_time.GetTimestamp(), null);
    }

    private void Back()
    {
        lock (_turn)
            if (_lostAt is not null)
                _backAt ??= _time.GetTimestamp();
    }

    // One slow answer is no loss: what was counted is still there.
    private void Silent()
    {
        lock (_turn)
        {
            _silentSince ??= _time.GetTimestamp();
            if (_time.GetElapsedTime(_silentSince.Value) < Patience)
                return;
            _pausedAt = _time.GetTimestamp();
            Lost();
        }
    }

    private void Heard()
    {
        lock (_turn)
        {
            (_silentSince, _pausedAt) = (null, null);
            Back();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.RedisWindowsRefused,
            LogLevel.Warning,
            "Redis does not let its user count the messages of tenants (NOPERM): each pod takes its share of their limits. Give it ~wa:* +eval +evalsha +script|load +time +hget +hmget +hset +hdel +hincrby +pexpire"
        )]
        public static partial void Refused(ILogger logger);
    }
}
