using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using WaOperator.Api.Egress;

namespace WaOperator.SessionPod.Tests.Egress;

public sealed class EgressHttpTests
{
    [Fact]
    public async Task A_name_that_leads_to_an_inner_address_is_not_connected_to()
    {
        using var listener = Listener();
        var url = new Uri($"https://files.example:{Port(listener)}/");
        foreach (
            var addresses in (IPAddress[][])
                [
                    [IPAddress.Loopback],
                    [IPAddress.IPv6Loopback, IPAddress.Loopback],
                    [IPAddress.Loopback.MapToIPv6()],
                    [],
                ]
        )
        {
            using var http = EgressHttp.Create(
                EgressRules.Public,
                (_, _) => Task.FromResult(addresses)
            );
            var failure = await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(url));
            failure.InnerException.ShouldBeOfType<EgressRefusedException>();
        }
        listener.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task An_answer_that_changes_after_the_check_changes_nothing()
    {
        using var listener = Listener();
        var asked = 0;
        var rules = new EgressRules([IPNetwork.Parse("127.0.0.1/32")], [], [443]);
        using var http = EgressHttp.Create(
            rules,
            (_, _) =>
                Task.FromResult<IPAddress[]>([
                    asked++ == 0 ? IPAddress.Loopback : IPAddress.Parse("127.0.0.2"),
                ])
        );
        var url = new Uri($"https://files.example:{Port(listener)}/");
        var asking = http.GetAsync(url);
        using (var accepted = await listener.AcceptSocketAsync())
            ((IPEndPoint)accepted.LocalEndPoint!).Address.ShouldBe(IPAddress.Loopback);
        (
            await Should.ThrowAsync<HttpRequestException>(() => asking)
        ).InnerException.ShouldNotBeOfType<EgressRefusedException>();
        // The address that was checked is the one connected to: the name was resolved once.
        asked.ShouldBe(1);

        (
            await Should.ThrowAsync<HttpRequestException>(() => http.GetAsync(url))
        ).InnerException.ShouldBeOfType<EgressRefusedException>();
        listener.Pending().ShouldBeFalse();
    }

    [Fact]
    public async Task Of_several_addresses_only_those_that_may_be_are_connected_to()
    {
        using var listener = Listener();
        var rules = new EgressRules([IPNetwork.Parse("127.0.0.1/32")], [], [443]);
        using var http = EgressHttp.Create(
            rules,
            (_, _) =>
                Task.FromResult<IPAddress[]>([IPAddress.Parse("127.0.0.2"), IPAddress.Loopback])
        );
        var asking = http.GetAsync(new Uri($"https://files.example:{Port(listener)}/"));
        using var accepted = await listener.AcceptSocketAsync();
        ((IPEndPoint)accepted.LocalEndPoint!).Address.ShouldBe(IPAddress.Loopback);
        accepted.Dispose();
        await Should.ThrowAsync<HttpRequestException>(() => asking);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_issuer_that_a_certificate_names_is_asked_for_nowhere(bool withAuthorities)
    {
        using var listener = Listener();
        using var inner = Listener();
        using var certificate = Issued($"http://127.0.0.1:{Port(inner)}/issuer.cer", out var other);
        using var http = EgressHttp.Create(
            new EgressRules([IPNetwork.Parse("127.0.0.1/32")], [], [443]),
            (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]),
            withAuthorities ? other : null
        );
        var asking = http.GetAsync(new Uri($"https://files.example:{Port(listener)}/"));
        using var accepted = await listener.AcceptTcpClientAsync();
        await using var tls = new SslStream(accepted.GetStream());
        var serving = tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                // Offline: else it is the server that asks for the issuer.
                ServerCertificateContext = SslStreamCertificateContext.Create(
                    certificate,
                    null,
                    offline: true
                ),
            }
        );
        await Should.ThrowAsync<HttpRequestException>(() => asking);

        inner.Pending().ShouldBeFalse();
        // Of a refusal the server learns afterwards, if at all.
        await Task.WhenAny(serving);
    }

    /// <summary>A certificate whose issuer is not shown and is to be had at an address.</summary>
    /// <param name="address">Where.</param>
    /// <param name="other">Another authority, in PEM.</param>
    private static X509Certificate2 Issued(string address, out string other)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (from, to) = (now.AddDays(-1), now.AddDays(1));
        using var keys = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var issuer = Authority("CN=missing").CreateSelfSigned(from, to);
        using var another = Authority("CN=other").CreateSelfSigned(from, to);
        other = another.ExportCertificatePem();
        var request = new CertificateRequest("CN=files.example", keys, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("files.example");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(
            new X509AuthorityInformationAccessExtension(null, [address])
        );
        using var leaf = request.Create(issuer, from, to, [1, 2, 3]).CopyWithPrivateKey(keys);
        return X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
    }

    private static CertificateRequest Authority(string name)
    {
        var request = new CertificateRequest(
            name,
            ECDsa.Create(ECCurve.NamedCurves.nistP256),
            HashAlgorithmName.SHA256
        );
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(true, false, 0, critical: true)
        );
        return request;
    }

    private static TcpListener Listener()
    {
        var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return listener;
    }

    private static int Port(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;
}
