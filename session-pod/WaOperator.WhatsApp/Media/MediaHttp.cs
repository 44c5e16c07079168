using System.Collections.Concurrent;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Media;

/// <summary>The ways to the media hosts that a process has: the direct one, and one for each proxy. Made when needed.</summary>
internal sealed class MediaHttp(WhatsAppOptions options, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<Way, Lazy<MediaRoute>> _routes = new();

    /// <summary>https, and http only where the connection itself is plain (ws://): in tests.</summary>
    public string Scheme { get; } = options.Url.Scheme == "ws" ? "http" : "https";

    public MediaResilience Resilience { get; } = new(time, options.Media);

    public MediaRoute For(ProxyAddress? proxy) =>
        _routes
            .GetOrAdd(
                new(proxy),
                static (_, state) => new(() => state.Owner.Make(state.Proxy)),
                (Owner: this, Proxy: proxy)
            )
            .Value;

    public void Dispose()
    {
        foreach (var route in _routes.Values)
        {
            if (route.IsValueCreated)
                route.Value.Dispose();
        }
    }

    private MediaRoute Make(ProxyAddress? proxy)
    {
        var handler = HttpHandlers.Create(proxy, HttpHandlers.Trust(options.TlsCaPem));
        handler.PooledConnectionIdleTimeout = IdleConnection;
        // What is awaited is progress, not the end.
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Origin", options.Origin);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Referer", options.Origin + "/");
        return new(client, Resilience);
    }

    private readonly record struct Way(ProxyAddress? Proxy);
}
