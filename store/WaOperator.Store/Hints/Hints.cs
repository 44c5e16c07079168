using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using WaOperator.Store.Leases;

namespace WaOperator.Store.Hints;

/// <summary>The names of the hint channels.</summary>
public static class HintChannels
{
    /// <summary>Pods tell the operator: a session's state changed.</summary>
    public const string State = "wa:state";

    /// <summary>The operator tells a shard: what is placed on you, or your pool's settings, changed.</summary>
    public static string Placement(ShardId shard) =>
        $"wa:placement:{shard.PoolUid}:{shard.Ordinal}";
}

/// <summary>
/// Hints by Redis: they make things quick, never right. Whoever listens also polls slowly, so a lost hint costs seconds and
/// nothing else; Redis away is no error of anybody.
/// </summary>
public interface IHints
{
    /// <summary>Sends a hint; never throws and never waits for Redis.</summary>
    void Publish(string channel);

    /// <summary>Calls <paramref name="handler"/> on each hint; it must be quick. Survives a restart of Redis.</summary>
    void Subscribe(string channel, Action handler);

    /// <summary>Whether Redis answers now, for health and metrics.</summary>
    bool IsConnected { get; }

    /// <summary>Why it does not answer, for people; null while it does.</summary>
    string? Fault { get; }
}

/// <summary>Hints by Redis pub/sub.</summary>
public sealed partial class RedisHints : IHints, IDisposable
{
    private readonly ConnectionMultiplexer redis;
    private readonly ILogger<RedisHints> logger;
    private string? fault;

    private RedisHints(ConnectionMultiplexer redis, ILogger<RedisHints> logger)
    {
        this.redis = redis;
        this.logger = logger;
        redis.ConnectionFailed += (_, e) =>
            Failed(
                e.FailureType == ConnectionFailureType.AuthenticationFailure
                    ? RedisFault.Of(e.Exception) ?? RedisFault.LogIn
                    : RedisFault.Of(e.Exception) ?? RedisFault.Away
            );
        redis.ConnectionRestored += (_, _) =>
        {
            if (redis.IsConnected && Interlocked.Exchange(ref fault, null) is not null)
                Log.Back(logger);
        };
    }

    // Told once for each reason: it is tried again without end.
    private void Failed(string why)
    {
        // Sentinel's name for a service is no host's name.
        if (why == RedisFault.Name && redis.IsConnected)
            return;
        if (Interlocked.Exchange(ref fault, why) != why)
            Log.Away(logger, why);
    }

    /// <inheritdoc/>
    public bool IsConnected => redis.IsConnected;

    /// <inheritdoc/>
    public string? Fault => redis.IsConnected ? null : Volatile.Read(ref fault);

    /// <summary>Connects; from then on it connects again by itself.</summary>
    /// <param name="configuration">See <see cref="Connecting.RedisDsn"/>; never logged since it may hold a password.</param>
    /// <param name="logger">Where the loss of Redis is told.</param>
    /// <exception cref="RedisException">It cannot be used now.</exception>
    public static async Task<RedisHints> ConnectAsync(
        string configuration,
        ILogger<RedisHints> logger
    )
    {
        return await ConnectAsync(Connecting.RedisDsn.Read(configuration), logger);
    }

    /// <inheritdoc cref="ConnectAsync(string, ILogger{RedisHints})"/>
    public static async Task<RedisHints> ConnectAsync(
        ConfigurationOptions configuration,
        ILogger<RedisHints> logger
    ) => new(await ConnectionMultiplexer.ConnectAsync(configuration), logger);

    /// <inheritdoc/>
    public void Publish(string channel)
    {
        try
        {
            redis
                .GetSubscriber()
                .Publish(
                    RedisChannel.Literal(channel),
                    RedisValue.EmptyString,
                    CommandFlags.FireAndForget
                );
        }
        catch (RedisException e)
        {
            Log.Dropped(logger, channel, e.Message);
        }
    }

    /// <inheritdoc/>
    public void Subscribe(string channel, Action handler)
    {
        try
        {
            redis
                .GetSubscriber()
                .Subscribe(
                    RedisChannel.Literal(channel),
                    (_, _) => handler(),
                    CommandFlags.FireAndForget
                );
        }
        catch (RedisException e)
        {
            Log.Dropped(logger, channel, e.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => redis.Dispose();

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "Redis cannot be used: {Failure}. Hints are lost, the slow polls do without them"
        )]
        public static partial void Away(ILogger logger, string failure);

        [LoggerMessage(LogLevel.Information, "Redis is back")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(LogLevel.Debug, "hint on {Channel} dropped: {Message}")]
        public static partial void Dropped(ILogger logger, string channel, string message);
    }
}
