using System.Collections.Concurrent;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Media;

/// <summary>The HTTP clients of a process: one, and one more for each proxy. Made when needed.</summary>
internal sealed class MediaHttp(WhatsAppOptions options) : IDisposable
{
    private static readonly TimeSpan IdleConnection = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, Lazy<HttpClient>> _clients = new(
        StringComparer.Ordinal
    );

    /// <summary>Plain HTTP only where the connection itself is plain: in tests.</summary>
    public string Scheme { get; } = options.Url.Scheme == "ws" ? "http" : "https";

    public HttpClient For(Uri? proxy) =>
        _clients
            .GetOrAdd(
                proxy?.AbsoluteUri ?? "",
                static (_, state) => new(() => state.Owner.Make(state.Proxy)),
                (Owner: this, Proxy: proxy)
            )
            .Value;

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            if (client.IsValueCreated)
                client.Value.Dispose();
        }
    }

    private HttpClient Make(Uri? proxy)
    {
        var handler = HttpHandlers.Create(proxy, HttpHandlers.Trust(options.TlsCaPem));
        handler.PooledConnectionIdleTimeout = IdleConnection;
        // What is awaited is progress, not the end.
        var client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.TryAddWithoutValidation("Origin", options.Origin);
        client.DefaultRequestHeaders.TryAddWithoutValidation("Referer", options.Origin + "/");
        return client;
    }
}
