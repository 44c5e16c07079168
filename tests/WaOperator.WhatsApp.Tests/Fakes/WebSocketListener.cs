using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>Accepts WebSockets on a loopback port, by TLS if it has a certificate, and gives them to a server.</summary>
internal sealed class WebSocketListener : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2? _certificate;
    private readonly Task _accepting;

    public WebSocketListener(FakeServer server, X509Certificate2? certificate = null)
    {
        _certificate = certificate;
        _listener.Start();
        _accepting = AcceptAsync(server);
    }

    public Uri Url =>
        new(
            $"{(_certificate is null ? "ws" : "wss")}://localhost:{((IPEndPoint)_listener.LocalEndpoint).Port}/ws/chat"
        );

    /// <summary>If set, the status that answers each upgrade.</summary>
    public int? Refuse { get; set; }

    /// <summary>What is sent in one piece with the answer to an upgrade.</summary>
    public byte[] Behind { get; init; } = [];

    /// <summary>The last request's head.</summary>
    public string Request { get; private set; } = "";

    /// <summary>A certificate for localhost that signs itself, and its PEM.</summary>
    public static (X509Certificate2 Certificate, string Pem) SelfSigned()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        return (
            X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null),
            certificate.ExportCertificatePem()
        );
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting;
        _certificate?.Dispose();
    }

    private async Task AcceptAsync(FakeServer server)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
                serving.Add(ServeAsync(await _listener.AcceptTcpClientAsync(), server));
        }
        // InvalidOperationException: it was stopped between two connections.
        catch (Exception e) when (e is SocketException or InvalidOperationException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client, FakeServer server)
    {
        using (client)
        {
            try
            {
                Stream stream = client.GetStream();
                if (_certificate is not null)
                {
                    var tls = new SslStream(stream);
                    await tls.AuthenticateAsServerAsync(_certificate);
                    stream = tls;
                }
                await UpgradeAsync(stream);
                if (Refuse is not null)
                    return;
                using var socket = WebSocket.CreateFromStream(
                    stream,
                    new WebSocketCreationOptions { IsServer = true }
                );
                await using var wire = new WebSocketWire(socket);
                await server.ServeAsync(wire);
            }
            catch (Exception e)
                when (e is IOException or System.Security.Authentication.AuthenticationException)
            {
                // The client did not like the certificate: its side of the test shows it.
                client.Close();
            }
        }
    }

    private async Task UpgradeAsync(Stream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one) == 0)
                throw new IOException("no request");
            head.Append((char)one[0]);
        }
        Request = head.ToString();
        var key = Request.Split("Sec-WebSocket-Key: ", StringSplitOptions.None)[1].Split("\r\n")[0];
#pragma warning disable CA5350
        var accept = Convert.ToBase64String(
            SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
        );
#pragma warning restore CA5350
        var answer = Refuse is { } status
            ? $"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            : $"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n";
        await stream.WriteAsync((byte[])[.. Encoding.ASCII.GetBytes(answer), .. Behind]);
    }
}
