using System.Net;
using System.Net.Sockets;

namespace WaOperator.Gateway.Forwarding;

/// <summary>No connection to a pod could be made: it has nothing of the request.</summary>
internal sealed class PodUnreachableException(string message, Exception? inner)
    : IOException(message, inner)
{
    /// <summary>Whether a failure has that at its root.</summary>
    public static bool IsCauseOf(Exception? failure)
    {
        for (var e = failure; e is not null; e = e.InnerException)
            if (e is PodUnreachableException)
                return true;
        return false;
    }
}

/// <summary>The connections to pods.</summary>
internal static class PodClient
{
    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(2);

    /// <summary>Connections for all pods; they are dialled when they are needed, and closed when they are not.</summary>
    public static HttpMessageInvoker Create() =>
        new(
            new SocketsHttpHandler
            {
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                // The client's own trace goes through as it came.
                ActivityHeadersPropagator = null,
                // Below the pods' own limit: a connection that a pod is closing is not used.
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
                // A file's bytes are asked for by the pod and not sent because it took long to decide.
                Expect100ContinueTimeout = TimeSpan.FromSeconds(60),
                ConnectCallback = (context, ct) => ConnectAsync(context.DnsEndPoint, ct),
            }
        );

    private static async ValueTask<Stream> ConnectAsync(DnsEndPoint pod, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(ConnectLimit);
        try
        {
            // A node that died says nothing: its connections are found dead within half a minute.
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 10);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 5);
            socket.SetSocketOption(
                SocketOptionLevel.Tcp,
                SocketOptionName.TcpKeepAliveRetryCount,
                4
            );
            await socket.ConnectAsync(pod, limit.Token);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            socket.Dispose();
            throw;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            throw new PodUnreachableException($"{pod.Host}:{pod.Port} does not answer", e);
        }
    }
}
