using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Media;

/// <summary>
/// The ways to the media hosts that a process has: the direct one, and one for each proxy that is in use. Made when needed; of those through
/// proxies that rest, the ones that rested longest are let go.
/// </summary>
internal sealed class MediaHttp(WhatsAppOptions options, TimeProvider time) : IDisposable
{
    /// <summary>Ways through proxies that are kept while no transfer uses them.</summary>
    public const int MaxResting = 64;

    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<ProxyAddress, Way> _proxied = [];
    private readonly LinkedList<Way> _resting = [];
    private Way? _direct;

    /// <summary>https, and http only where the connection itself is plain (ws://): in tests.</summary>
    public string Scheme { get; } = options.Url.Scheme == "ws" ? "http" : "https";

    public MediaResilience Resilience { get; } = new(time, options.Media);

    /// <summary>How many ways through proxies there are now.</summary>
    public int Proxied
    {
        get
        {
            lock (_lock)
                return _proxied.Count;
        }
    }

    /// <summary>The way for one transfer, which gives it back.</summary>
    public Way Take(ProxyAddress? proxy)
    {
        lock (_lock)
        {
            if (proxy is null)
                return _direct ??= new(this, null, Make(null));
            if (!_proxied.TryGetValue(proxy, out var way))
                _proxied.Add(proxy, way = new(this, proxy, Make(proxy)));
            else if (way.Users == 0)
                _resting.Remove(way);
            way.Users++;
            return way;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _direct?.Route.Dispose();
            foreach (var way in _proxied.Values)
                way.Route.Dispose();
            _proxied.Clear();
            _resting.Clear();
        }
    }

    private void GiveBack(Way way)
    {
        Way? gone = null;
        lock (_lock)
        {
            if (way.Proxy is null || --way.Users > 0)
                return;
            _resting.AddLast(way);
            if (_resting.Count > MaxResting)
            {
                gone = _resting.First!.Value;
                _resting.RemoveFirst();
                _proxied.Remove(gone.Proxy!);
            }
        }
        gone?.Route.Dispose();
    }

    private MediaRoute Make(ProxyAddress? proxy)
    {
        var handler = HttpHandlers.Create(
            proxy,
            HttpHandlers.Trust(options.TlsCaPem),
            options.AllowProxyAt
        );
        handler.PooledConnectionIdleTimeout = IdleConnection;
        // What is awaited is progress, not the end.
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Origin", options.Origin);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Referer", options.Origin + "/");
        return new(client, Resilience);
    }

    /// <summary>A way in use by transfers, each of which disposes of it once.</summary>
    internal sealed class Way(MediaHttp owner, ProxyAddress? proxy, MediaRoute route) : IDisposable
    {
        public MediaRoute Route => route;

        public ProxyAddress? Proxy => proxy;

        /// <summary>Transfers that use it. Under the owner's lock.</summary>
        public int Users { get; set; }

        public void Dispose() => owner.GiveBack(this);
    }
}
