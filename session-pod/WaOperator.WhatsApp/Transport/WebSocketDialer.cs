using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace WaOperator.WhatsApp.Transport;

/// <summary>Dials WebSockets. All connections of a process share one HTTP handler (one more for each proxy).</summary>
public sealed class WebSocketDialer : IWireDialer, IDisposable
{
    private readonly Uri _url;
    private readonly string _origin;
    private readonly X509ChainPolicy? _trust;
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> _invokers = new(
        StringComparer.Ordinal
    );

    /// <summary>Prepares dialling.</summary>
    /// <exception cref="ArgumentException">The certificate authorities are no PEM certificates.</exception>
    public WebSocketDialer(WhatsAppOptions options)
    {
        _url = options.Url;
        _origin = options.Origin;
        _trust = HttpHandlers.Trust(options.TlsCaPem);
    }

    /// <inheritdoc/>
    public async Task<IWire> DialAsync(Uri? proxy, CancellationToken ct)
    {
        var socket = new ClientWebSocket();
        try
        {
            // The protocol has its own keepalive; the one of WebSocket would cost a timer for each session.
            socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
            socket.Options.CollectHttpResponseDetails = true;
            socket.Options.SetRequestHeader("Origin", _origin);
            await socket.ConnectAsync(_url, Invoker(proxy), ct);
            // The response's headers are of no further use.
            socket.HttpResponseHeaders = null;
            return new WebSocketWire(socket);
        }
        catch (Exception e)
        {
            var status = (int)socket.HttpStatusCode;
            socket.Dispose();
            if (e is OperationCanceledException)
                throw;
            throw new DialException(Explain(e, status), status == 0 ? null : status, e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var invoker in _invokers.Values)
            invoker.Dispose();
    }

    private HttpMessageInvoker Invoker(Uri? proxy) =>
        _invokers.GetOrAdd(
            proxy?.AbsoluteUri ?? "",
            static (_, state) =>
                new HttpMessageInvoker(HttpHandlers.Create(state.Proxy, state.Trust)),
            (Trust: _trust, Proxy: proxy)
        );

    private string Explain(Exception e, int status)
    {
        var where = $"{_url.Scheme}://{_url.Authority}";
        if (status != 0 && status != (int)HttpStatusCode.SwitchingProtocols)
            return $"{where} answered the WebSocket upgrade with HTTP {status}; is the path {_url.AbsolutePath} right?";
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AuthenticationException:
                    return $"The TLS certificate of {where} is not trusted ({cause.Message}); give its authority as the TLS CA.";
                case SocketException socket:
                    return $"{where} cannot be reached: {socket.Message}.";
                case HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError }:
                    return $"The proxy did not let us through to {where}: {cause.Message}";
            }
        }
        return $"{where} cannot be reached: {e.Message}";
    }
}
