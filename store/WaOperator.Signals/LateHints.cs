using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using WaOperator.Store;

namespace WaOperator.Signals;

/// <summary>Hints by Redis that may come later than the process: the start does not wait for Redis.</summary>
public sealed partial class LateHints : IHints, ISharedWindows, IDisposable
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _joining = new();
    private readonly List<(string Channel, Action Handler)> _early = [];
    private readonly ILogger<LateHints> _logger;
    private readonly TimeProvider _time;
    private readonly long _started;
    private long? _joinedAt;
    private RedisHints? _redis;
    private RedisFault? _fault;

    /// <summary>Begins to connect in the background.</summary>
    /// <param name="configuration">See <see cref="RedisDsn"/>; never logged since it may hold a password.</param>
    /// <param name="probe">A channel that is published on to learn whether that is allowed; null for none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where the loss of Redis is logged.</param>
    public LateHints(
        ConfigurationOptions configuration,
        string? probe,
        TimeProvider time,
        ILoggerFactory loggers
    )
    {
        _logger = loggers.CreateLogger<LateHints>();
        (_time, _started) = (time, time.GetTimestamp());
        _ = Task.Run(() =>
            ConnectAsync(
                configuration,
                probe,
                time,
                loggers.CreateLogger<RedisHints>(),
                _disposed.Token
            )
        );
    }

    /// <inheritdoc/>
    public bool IsConnected => Volatile.Read(ref _redis)?.IsConnected ?? false;

    /// <inheritdoc/>
    public RedisFault? Fault => Volatile.Read(ref _redis)?.Fault ?? Volatile.Read(ref _fault);

    /// <inheritdoc/>
    public WindowsHealth Health
    {
        get
        {
            lock (_joining)
                return _redis is null ? new(false, _started, null)
                    : _redis.Windows.Health is { LostAt: not null } lost ? lost
                    // It was missed for a time, if it did not come with the first try.
                    : _joinedAt is { } joined ? new(_redis.IsConnected, _started, joined)
                    : _redis.Windows.Health;
        }
    }

    /// <inheritdoc/>
    public Task<WindowAnswer?> TakeAsync(string name, int limit, int asked, int told) =>
        Volatile.Read(ref _redis) is { } redis
            ? redis.Windows.TakeAsync(name, limit, asked, told)
            : Task.FromResult<WindowAnswer?>(null);

    /// <inheritdoc/>
    public void Publish(string channel) => Volatile.Read(ref _redis)?.Publish(channel);

    /// <inheritdoc/>
    public void Subscribe(string channel, Action handler)
    {
        lock (_joining)
        {
            if (_redis is { } connected)
                connected.Subscribe(channel, handler);
            else
                _early.Add((channel, handler));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed.Cancel();
        lock (_joining)
            _redis?.Dispose();
    }

    private async Task ConnectAsync(
        ConfigurationOptions configuration,
        string? probe,
        TimeProvider time,
        ILogger<RedisHints> redisLogger,
        CancellationToken ct
    )
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var connected = await RedisHints.ConnectAsync(
                    configuration,
                    probe,
                    time,
                    redisLogger
                );
                Join(connected);
                return;
            }
            catch (Exception e)
                when (e
                        is RedisException
                            or SocketException
                            or IOException
                            or TimeoutException
                            or System.Security.Authentication.AuthenticationException
                )
            {
                await TellAsync(e, configuration, ct);
            }
            await Task.Delay(AskAgain, time, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Told once for each reason: it is tried again without end.
    private async Task TellAsync(
        Exception failure,
        ConfigurationOptions configuration,
        CancellationToken ct
    )
    {
        var why = await RedisFault.OfAsync(failure, configuration.EndPoints, ct);
        if (Interlocked.Exchange(ref _fault, why) != why)
            Log.Away(_logger, why.Sentence);
    }

    private void Join(RedisHints connected)
    {
        var missed = Interlocked.Exchange(ref _fault, null) is not null;
        if (missed)
            Log.Back(_logger);
        lock (_joining)
        {
            if (_disposed.IsCancellationRequested)
            {
                connected.Dispose();
                return;
            }
            _joinedAt = missed ? _time.GetTimestamp() : null;
            Volatile.Write(ref _redis, connected);
            foreach (var (channel, handler) in _early)
                connected.Subscribe(channel, handler);
            _early.Clear();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.LateHintsAway,
            LogLevel.Warning,
            "Redis cannot be used: {Why}. Hints are lost; slow polls replace them"
        )]
        public static partial void Away(ILogger logger, string why);

        [LoggerMessage(EventIds.LateHintsBack, LogLevel.Information, "Redis can be used now")]
        public static partial void Back(ILogger logger);
    }
}
