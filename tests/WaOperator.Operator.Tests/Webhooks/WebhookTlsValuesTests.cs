using System.Text;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Webhooks;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Webhooks;

public sealed class WebhookTlsValuesTests : IDisposable
{
    private static readonly WebhookTlsSpec Both = new()
    {
        CaRef = new() { Name = "ca", Key = "ca.crt" },
        ClientCertSecretRef = new() { Name = "client" },
    };

    private readonly Pki _pki = new();

    private DateTimeOffset Now { get; } = TimeProvider.System.GetUtcNow();

    [Fact]
    public void Certificates_are_read_as_they_stand_in_their_secrets()
    {
        var (certificate, key) = _pki.Client("acme", "wa");

        var (tls, ends, troubles) = Read(Both, Secrets(_pki.AuthorityPem, certificate, key));

        troubles.ShouldBeEmpty();
        ends.ShouldBeNull();
        (tls!.Authorities, tls.Certificate).ShouldBe((_pki.AuthorityPem, certificate));
        tls.Key.ShouldBe(Encoding.ASCII.GetBytes(key));
        Read(null, []).Tls.ShouldBeNull();
        Read(new(), []).Tls.ShouldBeNull();
        Read(Both with { ClientCertSecretRef = null }, Secrets(_pki.AuthorityPem, "", ""))
            .Tls!.Key.ShouldBeNull();
    }

    [Theory]
    [InlineData(-15, null, false)]
    [InlineData(-13, "expires on", false)]
    [InlineData(1, "expired on", true)]
    public void The_end_of_a_certificate_is_told_ahead_and_then_ends_it(
        int daysAfterEnd,
        string? said,
        bool isOver
    )
    {
        var (certificate, key) = _pki.Client("acme", "wa");
        var end = Now.AddHours(-1).AddMinutes(1).AddYears(5);

        var (tls, ends, troubles) = Read(
            Both,
            Secrets(_pki.AuthorityPem, certificate, key),
            end.AddDays(daysAfterEnd)
        );

        (troubles.Count > 0).ShouldBe(isOver);
        if (said is null)
            ends.ShouldBeNull();
        else
            (isOver ? troubles.Single() : ends)!.ShouldContain(
                $"{said} {end.UtcDateTime:yyyy-MM-dd}"
            );
        if (!isOver)
            tls!.Key.ShouldNotBeNull();
    }

    [Fact]
    public void What_is_wrong_is_told_without_what_stands_there()
    {
        var (certificate, key) = _pki.Client("acme", "wa");
        var (_, another) = _pki.Client("another", "wa");
        Trouble(Secrets(_pki.AuthorityPem, certificate, another)).ShouldContain("Secret client");
        Trouble(Secrets("hunter2", certificate, key)).ShouldContain("it has 0 certificates");
        Trouble(Secrets(_pki.AuthorityPem, "hunter2", "hunter2")).ShouldContain("not encrypted");
        Trouble(Secrets(_pki.AuthorityPem, certificate, "")).ShouldContain("tls.key");
        Trouble([]).ShouldContain("there is no Secret ca");
        var opaque = Secrets(_pki.AuthorityPem, certificate, key);
        opaque["client"] = opaque["client"]! with { Type = "Opaque" };
        Trouble(opaque).ShouldContain("must be of type kubernetes.io/tls");

        string Trouble(Dictionary<string, Secret?> secrets)
        {
            var told = string.Join("; ", Read(Both, secrets).Troubles);
            told.ShouldNotContain("hunter2");
            told.ShouldNotContain("PRIVATE");
            return told;
        }
    }

    public void Dispose() => _pki.Dispose();

    private (WebhookTls? Tls, string? Ends, List<string> Troubles) Read(
        WebhookTlsSpec? spec,
        Dictionary<string, Secret?> secrets,
        DateTimeOffset? now = null
    )
    {
        var troubles = new List<string>();
        var (tls, ends) = WebhookTlsValues.Of(spec, secrets, now ?? Now, troubles);
        return (tls, ends, troubles);
    }

    private static Dictionary<string, Secret?> Secrets(
        string authorities,
        string certificate,
        string key
    ) =>
        new(StringComparer.Ordinal)
        {
            ["ca"] = new() { Data = Data(("ca.crt", authorities)) },
            ["client"] = new()
            {
                Type = "kubernetes.io/tls",
                Data = Data(("tls.crt", certificate), ("tls.key", key)),
            },
        };

    private static Dictionary<string, byte[]> Data(params (string Name, string Text)[] values) =>
        values.ToDictionary(v => v.Name, v => Encoding.ASCII.GetBytes(v.Text));
}
