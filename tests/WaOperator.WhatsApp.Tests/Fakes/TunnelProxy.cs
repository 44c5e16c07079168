using System.Net;
using System.Net.Sockets;
using System.Text;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>An HTTP proxy on a loopback port that makes tunnels (CONNECT) and nothing else.</summary>
internal sealed class TunnelProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly Task _accepting;

    public TunnelProxy()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public Uri Url => new($"http://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>The last request's first line.</summary>
    public string Request { get; private set; } = "";

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync()));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            var stream = client.GetStream();
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await stream.ReadAsync(one) == 0)
                    return;
                head.Append((char)one[0]);
            }
            Request = head.ToString().Split("\r\n")[0];
            var target = Request.Split(' ')[1].Split(':');
            using var server = new TcpClient();
            await server.ConnectAsync(
                target[0],
                int.Parse(target[1], System.Globalization.CultureInfo.InvariantCulture)
            );
            await stream.WriteAsync("HTTP/1.1 200 Tunnel\r\n\r\n"u8.ToArray());
            // Either side's end ends the tunnel.
            await Task.WhenAny(
                stream.CopyToAsync(server.GetStream()),
                server.GetStream().CopyToAsync(stream)
            );
        }
    }
}
