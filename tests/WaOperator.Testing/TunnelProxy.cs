using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace WaOperator.Testing;

/// <summary>
/// A proxy, by default on a loopback port, that makes tunnels: HTTP's CONNECT, by TLS if it has a certificate, or SOCKS5 (RFC 1928, 1929). Whatever name
/// it is asked for, it connects to loopback: names that no DNS knows work through it, and only through it.
/// </summary>
public sealed class TunnelProxy : IAsyncDisposable
{
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();
    private readonly bool _socks;
    private readonly X509Certificate2? _certificate;
    private readonly IPAddress _at;
    private TcpListener _listener;
    private Task _accepting;
    private long _up;
    private long _down;

    public TunnelProxy(
        bool socks = false,
        X509Certificate2? certificate = null,
        IPAddress? at = null
    )
    {
        (_socks, _certificate, _at) = (socks, certificate, at ?? IPAddress.Loopback);
        _listener = new(_at, 0);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync(_listener);
    }

    public int Port { get; }

    /// <summary>User and password that it asks for; null for none.</summary>
    public (string User, string Password)? Credentials { get; init; }

    /// <summary>Whether it makes no tunnels.</summary>
    public bool Refuses { get; set; }

    /// <summary>What it was asked for: host:port, as the client named it.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Bytes that clients sent through it.</summary>
    public long Up => Interlocked.Read(ref _up);

    /// <summary>Bytes that clients received through it.</summary>
    public long Down => Interlocked.Read(ref _down);

    /// <summary>Takes no more connections and cuts those that there are.</summary>
    public async Task StopAsync()
    {
        _listener.Stop();
        foreach (var client in _open.Keys)
            client.Dispose();
        await _accepting;
    }

    /// <summary>Takes connections again, on the same port.</summary>
    public void Restart()
    {
        _listener = new(_at, Port);
        _listener.Start();
        _accepting = AcceptAsync(_listener);
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task AcceptAsync(TcpListener listener)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await listener.AcceptTcpClientAsync()));
        }
        // InvalidOperationException: it was stopped between two connections.
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        _open[client] = true;
        using var server = new TcpClient();
        try
        {
            Stream stream = client.GetStream();
            if (_certificate is not null)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsServerAsync(_certificate);
                stream = tls;
            }
            if (
                await (_socks ? AgreeBySocksAsync(stream) : AgreeByHttpAsync(stream))
                is not { } port
            )
                return;
            await server.ConnectAsync(IPAddress.Loopback, port);
            await stream.WriteAsync(
                _socks ? [5, 0, 0, 1, 0, 0, 0, 0, 0, 0] : "HTTP/1.1 200 Tunnel\r\n\r\n"u8.ToArray()
            );
            // Either side's end ends the tunnel.
            await Task.WhenAny(
                CopyAsync(stream, server.GetStream(), n => Interlocked.Add(ref _up, n)),
                CopyAsync(server.GetStream(), stream, n => Interlocked.Add(ref _down, n))
            );
        }
        catch (Exception e)
            when (e
                    is IOException
                        or SocketException
                        or ObjectDisposedException
                        or AuthenticationException
                        or InvalidOperationException
            )
        {
            // The client sees what comes of it.
        }
        finally
        {
            _open.TryRemove(client, out _);
            client.Dispose();
        }
    }

    private async Task<int?> AgreeByHttpAsync(Stream stream)
    {
        while (true)
        {
            var lines = (await HeadAsync(stream)).Split("\r\n");
            var target = lines[0].Split(' ')[1];
            var expected = Credentials is { } c
                ? "Proxy-Authorization: Basic "
                    + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{c.User}:{c.Password}"))
                : null;
            if (expected is not null && !lines.Contains(expected))
            {
                await stream.WriteAsync(
                    "HTTP/1.1 407 Who?\r\nProxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0\r\n\r\n"u8.ToArray()
                );
                continue;
            }
            Asked.Enqueue(target);
            if (!Refuses)
                return int.Parse(
                    target[(target.LastIndexOf(':') + 1)..],
                    CultureInfo.InvariantCulture
                );
            await stream.WriteAsync("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
            return null;
        }
    }

    private static async Task<string> HeadAsync(Stream stream)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            head.Append((char)(await TakeAsync(stream, 1))[0]);
        return head.ToString();
    }

    private async Task<int?> AgreeBySocksAsync(Stream stream)
    {
        var methods = await TakeAsync(stream, (await TakeAsync(stream, 2))[1]);
        var method = (byte)(Credentials is null ? 0 : 2);
        if (!methods.Contains(method))
        {
            await stream.WriteAsync(new byte[] { 5, 0xff });
            return null;
        }
        await stream.WriteAsync(new byte[] { 5, method });
        if (Credentials is { } expected)
        {
            var user = await TextAsync(stream, (await TakeAsync(stream, 2))[1]);
            var password = await TextAsync(stream, (await TakeAsync(stream, 1))[0]);
            var right = (user, password) == expected;
            await stream.WriteAsync(new byte[] { 1, (byte)(right ? 0 : 1) });
            if (!right)
                return null;
        }
        var host = (await TakeAsync(stream, 4))[3] switch
        {
            1 => new IPAddress(await TakeAsync(stream, 4)).ToString(),
            4 => new IPAddress(await TakeAsync(stream, 16)).ToString(),
            _ => await TextAsync(stream, (await TakeAsync(stream, 1))[0]),
        };
        var number = await TakeAsync(stream, 2);
        var port = (number[0] << 8) | number[1];
        Asked.Enqueue($"{host}:{port}");
        if (!Refuses)
            return port;
        await stream.WriteAsync(new byte[] { 5, 2, 0, 1, 0, 0, 0, 0, 0, 0 });
        return null;
    }

    private static async Task<string> TextAsync(Stream stream, int length) =>
        Encoding.UTF8.GetString(await TakeAsync(stream, length));

    private static async Task<byte[]> TakeAsync(Stream stream, int length)
    {
        var bytes = new byte[length];
        await stream.ReadExactlyAsync(bytes);
        return bytes;
    }

    private static async Task CopyAsync(Stream from, Stream to, Action<int> count)
    {
        var buffer = new byte[16 * 1024];
        int read;
        while ((read = await from.ReadAsync(buffer)) > 0)
        {
            count(read);
            await to.WriteAsync(buffer.AsMemory(0, read));
        }
    }
}
