using System.Net;
using System.Net.Security;
using WaOperator.Api;
using WaOperator.Gateway.Hosting;
using WaOperator.Gateway.Options;
using WaOperator.Gateway.Tests.World;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests;

public sealed class TlsTests
{
    [Fact]
    public async Task A_renewed_certificate_is_shown_without_a_restart_and_a_broken_one_is_not()
    {
        await using var world = await GatewayWorld.StartAsync();
        using var pki = new Pki();
        var files = Directory.CreateTempSubdirectory("wa-tls-").FullName;
        Put(files, pki, "one.example");
        var gateway = await world.GatewayAsync(o =>
            o with
            {
                TlsCertificateFile = $"{files}/tls.crt",
                TlsKeyFile = $"{files}/tls.key",
            }
        );

        (await ShownAsync(gateway)).ShouldBe(("one.example", HttpVersion.Version20));

        await File.WriteAllTextAsync($"{files}/tls.crt", "not a certificate");
        Put(files, pki, "two.example");
        await Eventually.True(
            "the renewed certificate is shown",
            async () => (await ShownAsync(gateway)).Name == "two.example"
        );
        Directory.Delete(files, recursive: true);
        (await ShownAsync(gateway)).Name.ShouldBe("two.example");
    }

    [Fact]
    public void Files_that_cannot_be_read_refuse_the_start()
    {
        var refused = Should.Throw<StartRefusedException>(() =>
            GatewayHost.Build(
                new GatewayOptions
                {
                    Database = "Host=db;Username=wa_gateway",
                    TlsCertificateFile = "/nowhere/tls.crt",
                    TlsKeyFile = "/nowhere/tls.key",
                }
            )
        );
        refused.Message.ShouldContain("/nowhere/tls.crt");
    }

    private static void Put(string files, Pki pki, string name)
    {
        var (certificate, key) = pki.Server(name);
        File.WriteAllText($"{files}/tls.key", key);
        File.WriteAllText($"{files}/tls.crt", certificate);
    }

    /// <summary>Whose certificate a new connection is shown, and what it speaks.</summary>
    private static async Task<(string Name, Version Version)> ShownAsync(TestGateway gateway)
    {
        var name = "";
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                TargetHost = "x.example",
                RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                {
                    name =
                        (
                            certificate
                            as System.Security.Cryptography.X509Certificates.X509Certificate2
                        )?.MatchesHostname("one.example") == true
                            ? "one.example"
                            : "two.example";
                    // Which one it is, is asked here; whether it is trusted is not.
                    return certificate is not null;
                },
            },
        };
        using var http = new HttpClient(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(gateway.Api, "/x"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        using var answer = await http.SendAsync(request);
        return (name, answer.Version);
    }
}
