using System.Globalization;
using WaOperator.Testing;

namespace WaOperator.Store.Tests.Hints;

/// <summary>A Redis that speaks TLS, with a certificate of an authority of its own.</summary>
internal sealed class RedisTls : IDisposable
{
    private Pki pki = new();
    private readonly string home = Directory.CreateTempSubdirectory("wa-tls-").FullName;

    public RedisTls() => Write();

    private void Write()
    {
        var (certificate, key) = pki.Server("localhost");
        File.WriteAllText($"{home}/ca.pem", pki.AuthorityPem);
        File.WriteAllText($"{home}/server.pem", certificate);
        File.WriteAllText($"{home}/server.key", key);
    }

    public string CaFile => $"{home}/ca.pem";

    /// <summary>Puts a certificate of another authority in place of the server's, and that authority into the file.</summary>
    public void Renew()
    {
        Pki next = new();
        (pki, next) = (next, pki);
        next.Dispose();
        Write();
    }

    public RedisServer Server()
    {
        var port = PostgresServer.FreePort();
        return new RedisServer
        {
            Port = port,
            More =
            [
                "--port",
                "0",
                "--tls-port",
                port.ToString(CultureInfo.InvariantCulture),
                "--tls-cert-file",
                $"{home}/server.pem",
                "--tls-key-file",
                $"{home}/server.key",
                "--tls-ca-cert-file",
                $"{home}/ca.pem",
                "--tls-auth-clients",
                "no",
            ],
        };
    }

    public void Dispose()
    {
        pki.Dispose();
        Directory.Delete(home, recursive: true);
    }
}
