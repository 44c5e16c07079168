using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace WaOperator.WhatsApp.Transport;

/// <summary>
/// Dials WebSockets. What .NET's HTTP client knows of proxies, TLS and upgrades makes the connection; then only the connection
/// is kept, since the client's part of it would hold 10 KB more for as long as the connection lives.
/// </summary>
internal sealed class WebSocketDialer : IWireDialer
{
    private readonly Uri _url;
    private readonly string _origin;
    private readonly X509ChainPolicy _trust;
    private readonly Predicate<IPAddress>? _allow;

    /// <summary>Prepares dialling.</summary>
    /// <exception cref="ArgumentException">The certificate authorities are no PEM certificates.</exception>
    public WebSocketDialer(WhatsAppOptions options)
    {
        _url = options.Url;
        _origin = options.Origin;
        _trust = HttpHandlers.Trust(options.TlsCaPem);
        _allow = options.AllowProxyAt;
        OpenSslBuffers.ReleaseWhenIdle();
    }

    /// <inheritdoc/>
    public async Task<IWire> DialAsync(ProxyAddress? proxy, CancellationToken ct)
    {
        Carrier? carrier = null;
        var steps = new ProxySteps();
        using var http = new HttpMessageInvoker(
            HttpHandlers.CreateForOne(proxy, _trust, _allow, stream => carrier = new(stream), steps)
        );
        using var upgrade = new ClientWebSocket();
        try
        {
            upgrade.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
            upgrade.Options.CollectHttpResponseDetails = true;
            upgrade.Options.SetRequestHeader("Origin", _origin);
            await upgrade.ConnectAsync(_url, http, ct);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            var status = (int)upgrade.HttpStatusCode;
            if (proxy is not null && ProxyFailure.Of(proxy, steps, e, status, Where) is { } failure)
                throw new DialException(failure.Message, null, e) { Kind = failure.Kind };
            throw new DialException(Explain(e, status), status == 0 ? null : status, e);
        }
        return new WebSocketWire(
            WebSocket.CreateFromStream(
                carrier!.Release(),
                // The protocol has its own keepalive; the one of WebSocket would cost a timer for each session.
                new WebSocketCreationOptions { KeepAliveInterval = Timeout.InfiniteTimeSpan }
            )
        );
    }

    private string Where => $"{_url.Scheme}://{_url.Authority}";

    private string Explain(Exception e, int status)
    {
        var where = Where;
        if (status != 0 && status != (int)HttpStatusCode.SwitchingProtocols)
            return $"{where} answered the WebSocket upgrade with HTTP {status}; is the path {_url.AbsolutePath} right?";
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case AuthenticationException when IsAboutCertificate(cause):
                    return $"The TLS certificate of {where} is not trusted ({cause.Message}); give its authority as the TLS CA.";
                case AuthenticationException:
                    return $"The TLS handshake with {where} failed: {ErrorText.Of(cause)} A server without TLS has an address with ws://.";
                case HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
                    when _url.Scheme == "ws":
                    return $"{where} ended the connection without an answer; a server with TLS has an address with wss://.";
                case SocketException socket:
                    return $"{where} cannot be reached: {socket.Message}.";
            }
        }
        return $"{where} cannot be reached: {ErrorText.Of(e)}";
    }

    private static bool IsAboutCertificate(Exception e) =>
        e.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase);
}
