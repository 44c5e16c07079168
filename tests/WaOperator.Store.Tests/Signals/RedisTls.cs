using System.Globalization;
using WaOperator.Testing;

namespace WaOperator.Store.Tests.Hints;

/// <summary>A Redis that speaks TLS, with a certificate of an authority of its own.</summary>
internal sealed class RedisTls : IDisposable
{
    private Pki _pki = new();
    private readonly string _home = Directory.CreateTempSubdirectory("wa-tls-").FullName;

    public RedisTls() => Write();

    private void Write()
    {
        var (certificate, key) = _pki.Server("localhost");
        File.WriteAllText($"{_home}/ca.pem", _pki.AuthorityPem);
        File.WriteAllText($"{_home}/server.pem", certificate);
        File.WriteAllText($"{_home}/server.key", key);
    }

    public string CaFile => $"{_home}/ca.pem";

    /// <summary>Puts a certificate of another authority in place of the server's, and that authority into the file.</summary>
    public void Renew()
    {
        Pki next = new();
        (_pki, next) = (next, _pki);
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
                $"{_home}/server.pem",
                "--tls-key-file",
                $"{_home}/server.key",
                "--tls-ca-cert-file",
                $"{_home}/ca.pem",
                "--tls-auth-clients",
                "no",
            ],
        };
    }

    public void Dispose()
    {
        _pki.Dispose();
        Directory.Delete(_home, recursive: true);
    }
}
