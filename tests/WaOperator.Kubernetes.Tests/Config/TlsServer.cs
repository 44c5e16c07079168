using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Config;

/// <summary>An HTTPS server that has every namespace; its certificate is for 127.0.0.1 and no name.</summary>
internal sealed class TlsServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly Task _accepting;

    private TlsServer(Pki pki)
    {
        var (certificate, key) = pki.Server("elsewhere");
        _certificate = X509Certificate2.CreateFromPem(certificate, key);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static TlsServer Start(Pki pki) => new(pki);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _certificate.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
            _ = AnswerAsync(await _listener.AcceptTcpClientAsync());
    }

    private async Task AnswerAsync(TcpClient connection)
    {
        using var _ = connection;
        await using var tls = new SslStream(connection.GetStream());
        try
        {
            await tls.AuthenticateAsServerAsync(_certificate);
            using var reader = new StreamReader(tls);
            while (await reader.ReadLineAsync() is { Length: > 0 }) { }
            var body = """{"kind":"Namespace","apiVersion":"v1","metadata":{"name":"default"}}""";
            await tls.WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"
                )
            );
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // The client did not trust us, as it should.
        }
    }
}
