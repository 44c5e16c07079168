using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace WaOperator.Signals;

/// <summary>
/// What is published and listened to by one connection, and what of it the server refuses to its user. The refused is asked for again,
/// since rights are given while connections stand.
/// </summary>
/// <param name="subscriber">Sends and hears.</param>
/// <param name="probe">On it the right to publish is asked for where nothing was published yet; null: it is not.</param>
/// <param name="logger">Where dropped hints are logged.</param>
internal sealed partial class RedisChannels(ISubscriber subscriber, string? probe, ILogger logger)
{
    /// <summary>A subscription that is renewed by the library may be missing for a look.</summary>
    private const int MissingLooks = 2;

    private readonly Lock _adding = new();
    private readonly List<Listener> _listeners = [];
    private readonly string? _unasked = probe;
    private string? _doubtful = probe;
    private volatile bool _mayNotPublish;

    /// <summary>What is refused now; null for nothing.</summary>
    public RedisFault? Refused =>
        RedisFault.Of(!_mayNotPublish, Listeners().All(l => !l.IsRefused));

    /// <summary>Sends a hint; waits for nothing.</summary>
    public void Publish(string channel) => _ = PublishAsync(channel);

    /// <summary>Listens from now on.</summary>
    public void Listen(string channel, Action handler)
    {
        var listener = new Listener(channel, handler);
        lock (_adding)
            _listeners.Add(listener);
        _ = ListenAsync(listener);
    }

    /// <summary>The connection is another one: nothing is known of its rights.</summary>
    public void Doubt() => Interlocked.CompareExchange(ref _doubtful, _unasked, null);

    /// <summary>Asks for what is refused or not known.</summary>
    public async Task AskAsync()
    {
        if (Volatile.Read(ref _doubtful) is { } channel)
            await PublishAsync(channel);
        foreach (var listener in Listeners())
            if (!Stands(listener))
                await ListenAsync(listener);
    }

    private Listener[] Listeners()
    {
        lock (_adding)
            return [.. _listeners];
    }

    private bool Stands(Listener listener)
    {
        if (!listener.IsStanding)
            return false;
        listener.Missing = subscriber.SubscribedEndpoint(listener.Channel) is null
            ? listener.Missing + 1
            : 0;
        return listener.Missing < MissingLooks;
    }

    private async Task PublishAsync(string channel)
    {
        try
        {
            await subscriber.PublishAsync(RedisChannel.Literal(channel), RedisValue.EmptyString);
            if (Interlocked.CompareExchange(ref _doubtful, null, channel) == channel)
                _mayNotPublish = false;
        }
        catch (RedisServerException e) when (RedisFault.IsRights(e))
        {
            Volatile.Write(ref _doubtful, channel);
            _mayNotPublish = true;
        }
        catch (Exception e)
            when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            Log.Dropped(logger, channel, e.Message);
        }
    }

    private async Task ListenAsync(Listener listener)
    {
        if (!listener.TryBegin())
            return;
        try
        {
            // What the library still holds of a refused one would come twice later.
            await subscriber.UnsubscribeAsync(
                listener.Channel,
                listener.OnHint,
                CommandFlags.FireAndForget
            );
            await subscriber.SubscribeAsync(listener.Channel, listener.OnHint);
            (listener.IsStanding, listener.IsRefused, listener.Missing) = (true, false, 0);
        }
        catch (RedisServerException e) when (RedisFault.IsRights(e))
        {
            (listener.IsStanding, listener.IsRefused) = (false, true);
        }
        catch (Exception e)
            when (e is RedisException or TimeoutException or ObjectDisposedException)
        {
            listener.IsStanding = false;
            Log.NotHeard(logger, listener.Channel.ToString(), e.Message);
        }
        finally
        {
            listener.End();
        }
    }

    /// <summary>Who listens to a channel, and how that stands.</summary>
    private sealed class Listener(string channel, Action handler)
    {
        private int _busy;

        public RedisChannel Channel { get; } = RedisChannel.Literal(channel);

        public bool IsStanding { get; set; }

        public bool IsRefused { get; set; }

        public int Missing { get; set; }

        public void OnHint(RedisChannel from, RedisValue content) => handler();

        /// <summary>Only one try at a time.</summary>
        public bool TryBegin() => Interlocked.Exchange(ref _busy, 1) == 0;

        public void End() => Volatile.Write(ref _busy, 0);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.RedisChannelsDropped,
            LogLevel.Debug,
            "hint on {Channel} dropped: {Message}"
        )]
        public static partial void Dropped(ILogger logger, string channel, string message);

        [LoggerMessage(
            EventIds.RedisChannelsNotHeard,
            LogLevel.Debug,
            "not subscribed to hints on {Channel} yet: {Message}"
        )]
        public static partial void NotHeard(ILogger logger, string channel, string message);
    }
}
