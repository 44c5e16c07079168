using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace WaOperator.Store.Hints;

/// <summary>Hints by Redis that may come later than the process: the start waits for nobody.</summary>
public sealed partial class LateHints : IHints, IDisposable
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource disposed = new();
    private readonly Lock joining = new();
    private readonly List<(string Channel, Action Handler)> early = [];
    private readonly ILogger<LateHints> logger;
    private RedisHints? redis;

    /// <summary>Begins to connect in the background.</summary>
    /// <param name="configuration">As StackExchange.Redis takes it; never logged since it may hold a password.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Where the loss of Redis is told.</param>
    public LateHints(string configuration, TimeProvider time, ILoggerFactory loggers)
    {
        logger = loggers.CreateLogger<LateHints>();
        _ = Task.Run(() =>
            ConnectAsync(configuration, time, loggers.CreateLogger<RedisHints>(), disposed.Token)
        );
    }

    /// <inheritdoc/>
    public bool IsConnected => Volatile.Read(ref redis)?.IsConnected ?? false;

    /// <inheritdoc/>
    public void Publish(string channel) => Volatile.Read(ref redis)?.Publish(channel);

    /// <inheritdoc/>
    public void Subscribe(string channel, Action handler)
    {
        lock (joining)
        {
            if (redis is { } connected)
                connected.Subscribe(channel, handler);
            else
                early.Add((channel, handler));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        disposed.Cancel();
        lock (joining)
            redis?.Dispose();
    }

    private async Task ConnectAsync(
        string configuration,
        TimeProvider time,
        ILogger<RedisHints> redisLogger,
        CancellationToken ct
    )
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var connected = await RedisHints.ConnectAsync(configuration, redisLogger);
                Join(connected);
                return;
            }
            catch (Exception e)
                when (e is RedisException or SocketException or IOException or TimeoutException)
            {
                Log.Away(logger, e.Message);
            }
            catch (ArgumentException e)
            {
                Log.Misconfigured(logger, e.GetType().Name);
                return;
            }
            await Task.Delay(AskAgain, time, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Join(RedisHints connected)
    {
        lock (joining)
        {
            if (disposed.IsCancellationRequested)
            {
                connected.Dispose();
                return;
            }
            Volatile.Write(ref redis, connected);
            foreach (var (channel, handler) in early)
                connected.Subscribe(channel, handler);
            early.Clear();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "Redis is away: slow polls do without its hints ({Error})"
        )]
        public static partial void Away(ILogger logger, string error);

        [LoggerMessage(
            LogLevel.Error,
            "WA__Redis__Configuration cannot be read ({Error}): slow polls do without hints"
        )]
        public static partial void Misconfigured(ILogger logger, string error);
    }
}
