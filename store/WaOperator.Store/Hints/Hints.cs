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
}

/// <summary>Hints by Redis pub/sub.</summary>
public sealed partial class RedisHints : IHints, IDisposable
{
    private readonly ConnectionMultiplexer redis;
    private readonly ILogger<RedisHints> logger;

    private RedisHints(ConnectionMultiplexer redis, ILogger<RedisHints> logger)
    {
        this.redis = redis;
        this.logger = logger;
        redis.ConnectionFailed += (_, e) => Log.Away(logger, e.FailureType.ToString());
        redis.ConnectionRestored += (_, _) => Log.Back(logger);
    }

    /// <inheritdoc/>
    public bool IsConnected => redis.IsConnected;

    /// <summary>Connects in the background: Redis may be away now and come later.</summary>
    /// <param name="configuration">StackExchange.Redis configuration; never logged since it may hold a password.</param>
    /// <param name="logger">Where the loss of Redis is told.</param>
    public static async Task<RedisHints> ConnectAsync(
        string configuration,
        ILogger<RedisHints> logger
    )
    {
        var options = ConfigurationOptions.Parse(configuration);
        options.AbortOnConnectFail = false;
        options.ConnectTimeout = 2000;
        return new RedisHints(await ConnectionMultiplexer.ConnectAsync(options), logger);
    }

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
            "Redis is away ({Failure}): hints are lost, slow polls go on"
        )]
        public static partial void Away(ILogger logger, string failure);

        [LoggerMessage(LogLevel.Information, "Redis is back")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(LogLevel.Debug, "hint on {Channel} dropped: {Message}")]
        public static partial void Dropped(ILogger logger, string channel, string message);
    }
}
