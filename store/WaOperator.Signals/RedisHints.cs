using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace WaOperator.Signals;

/// <summary>Hints by Redis pub/sub.</summary>
public sealed partial class RedisHints : IHints, IDisposable
{
    /// <summary>How often it is looked whether all is well; asked is only where it is not.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly ConnectionMultiplexer _redis;
    private readonly RedisChannels _channels;
    private readonly TimeProvider _time;
    private readonly ILogger<RedisHints> _logger;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _telling = new();
    private RedisFault? _fault;
    private RedisFault? _refused;

    private RedisHints(
        ConnectionMultiplexer redis,
        string? probe,
        TimeProvider time,
        ILogger<RedisHints> logger
    )
    {
        (_redis, _time, _logger) = (redis, time, logger);
        Windows = new RedisWindows(redis, time, logger);
        _channels = new(redis.GetSubscriber(), probe, logger);
        redis.ConnectionFailed += (_, e) =>
            Failed(
                RedisFault.Of(e.Exception)
                    ?? (
                        e.FailureType == ConnectionFailureType.AuthenticationFailure
                            ? RedisFault.LogIn
                            : RedisFault.Away
                    )
            );
        redis.ConnectionRestored += (_, _) => Restored();
        _ = LookAsync(_disposed.Token);
    }

    // Told once for each reason: it is tried again without end.
    private void Failed(RedisFault why)
    {
        // Sentinel's name for a service is no host's name.
        if (why == RedisFault.Name && _redis.IsConnected)
            return;
        // Of a loss and its end that come at once the end is told last.
        lock (_telling)
        {
            if (_fault == why)
                return;
            Volatile.Write(ref _fault, why);
            Log.Away(_logger, why.Sentence);
        }
    }

    private void Restored()
    {
        _channels.Doubt();
        lock (_telling)
        {
            if (!_redis.IsConnected || _fault is null)
                return;
            Volatile.Write(ref _fault, null);
            Log.Back(_logger);
        }
    }

    /// <inheritdoc/>
    public bool IsConnected => _redis.IsConnected;

    /// <inheritdoc/>
    public RedisFault? Fault => _redis.IsConnected ? _channels.Refused : Volatile.Read(ref _fault);

    /// <summary>Connects; from then on it connects again by itself.</summary>
    /// <param name="configuration">See <see cref="RedisDsn"/>; never logged since it may hold a password.</param>
    /// <param name="logger">Where the loss of Redis is logged.</param>
    /// <exception cref="RedisException">It cannot be used now.</exception>
    public static Task<RedisHints> ConnectAsync(string configuration, ILogger<RedisHints> logger) =>
        ConnectAsync(RedisDsn.Read(configuration), null, TimeProvider.System, logger);

    /// <summary>Connects; from then on it connects again by itself.</summary>
    /// <param name="configuration">See <see cref="RedisDsn"/>; never logged since it may hold a password.</param>
    /// <param name="probe">A channel that is published on to learn whether that is allowed; null for none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Where the loss of Redis is logged.</param>
    /// <exception cref="RedisException">It cannot be used now.</exception>
    public static async Task<RedisHints> ConnectAsync(
        ConfigurationOptions configuration,
        string? probe,
        TimeProvider time,
        ILogger<RedisHints> logger
    )
    {
        // Only here it stands when a command is refused that the connection begins with.
        await using var steps = new StringWriter();
        try
        {
            return new(
                await ConnectionMultiplexer.ConnectAsync(
                    configuration,
                    TextWriter.Synchronized(steps)
                ),
                probe,
                time,
                logger
            );
        }
        catch (RedisConnectionException e) when (e.InnerException is null)
        {
            throw steps.ToString().Contains(RedisFault.NoRights, StringComparison.Ordinal)
                ? new RedisException(RedisFault.NoRights, e)
                : e;
        }
    }

    /// <summary>Windows that are counted in Redis.</summary>
    public ISharedWindows Windows { get; }

    /// <inheritdoc/>
    public void Publish(string channel) => _channels.Publish(channel);

    /// <inheritdoc/>
    public void Subscribe(string channel, Action handler) => _channels.Listen(channel, handler);

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed.Cancel();
        _redis.Dispose();
    }

    private async Task LookAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(LookEvery, _time);
        try
        {
            do
            {
                if (!_redis.IsConnected)
                    continue;
                await _channels.AskAsync();
                Tell(_channels.Refused);
            } while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(_logger);
        }
    }

    private void Tell(RedisFault? now)
    {
        if (_refused == now)
            return;
        _refused = now;
        if (now is null)
            Log.Allowed(_logger);
        else
            Log.Refused(_logger, now.Sentence);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.RedisHintsAway,
            LogLevel.Warning,
            "Redis cannot be used: {Failure}. Hints are lost; slow polls replace them"
        )]
        public static partial void Away(ILogger logger, string failure);

        [LoggerMessage(EventIds.RedisHintsBack, LogLevel.Information, "Redis is back")]
        public static partial void Back(ILogger logger);

        [LoggerMessage(
            EventIds.RedisHintsRefused,
            LogLevel.Warning,
            "Redis refuses some hints: {Failure}. Slow polls replace them"
        )]
        public static partial void Refused(ILogger logger, string failure);

        [LoggerMessage(
            EventIds.RedisHintsAllowed,
            LogLevel.Information,
            "Redis accepts all hints again"
        )]
        public static partial void Allowed(ILogger logger);

        [LoggerMessage(EventIds.RedisHintsEnded, LogLevel.Debug, "watch of Redis ended")]
        public static partial void Ended(ILogger logger);
    }
}
