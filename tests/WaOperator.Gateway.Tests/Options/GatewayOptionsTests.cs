using Microsoft.Extensions.Configuration;
using WaOperator.Api;
using WaOperator.Domain;
using WaOperator.Gateway.Options;

namespace WaOperator.Gateway.Tests.Options;

public sealed class GatewayOptionsTests
{
    private static GatewayOptions Read(params (string Name, string? Value)[] settings)
    {
        var all = new Dictionary<string, string?>
        {
            ["WA:Database:ConnectionString"] = "Host=db;Username=wa_gateway;Password=secret",
        };
        foreach (var (name, value) in settings)
            all[name.Replace("__", ":", StringComparison.Ordinal)] = value;
        return GatewayOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(all).Build());
    }

    [Fact]
    public void The_connection_string_is_enough()
    {
        var options = Read();
        (options.Port, options.HealthPort).ShouldBe((8080, 8081));
        options.Hold.ShouldBe(TimeSpan.FromSeconds(5));
        options.MaxHeld.ShouldBe(4_000);
        options.ResendPercent.ShouldBe(10);
        options.PodApiPort.ShouldBe(ContainerPorts.Api);
        options.TlsCertificateFile.ShouldBeNull();
        options.AllowedOrigins.ShouldBeEmpty();
        options.ToString().ShouldNotContain("secret");
    }

    [Fact]
    public void Origins_are_those_that_browsers_send() =>
        Read((GatewayEnvironment.AllowedOrigins, "https://a.example, http://localhost:5173"))
            .AllowedOrigins.ShouldBe(["https://a.example", "http://localhost:5173"]);

    [Fact]
    public void All_that_the_chart_sets_is_read()
    {
        var asked = new AskedKeys();
        Should.Throw<StartRefusedException>(() =>
            GatewayOptions.Read(new ConfigurationRoot([asked]))
        );
        GatewayEnvironment
            .All.Select(n => n.Replace("__", ":", StringComparison.Ordinal))
            .ShouldBeSubsetOf(asked.Keys);
    }

    [Theory]
    [InlineData(GatewayEnvironment.Database, null, "is not set")]
    [InlineData(GatewayEnvironment.Database, "Host=db;Usrname=wa", "did you mean Username?")]
    [InlineData(GatewayEnvironment.HoldSeconds, "16", "0 to 15")]
    [InlineData(GatewayEnvironment.HoldSeconds, "soon", "0 to 15")]
    [InlineData(GatewayEnvironment.PlannedHoldSeconds, "61", "0 to 60")]
    [InlineData(GatewayEnvironment.Port, "8081", "must differ")]
    [InlineData(GatewayEnvironment.MaxBodyKiB, "1", "448 to 16384")]
    [InlineData(GatewayEnvironment.AllowedOrigins, "app.example", "https://app.example.org")]
    [InlineData(GatewayEnvironment.AllowedOrigins, "https://a.example,*", "has *")]
    [InlineData(GatewayEnvironment.AllowedOrigins, "https://a.example/", "has https://a.example/")]
    [InlineData(GatewayEnvironment.AllowedOrigins, "https://A.example", "has https://A.example")]
    [InlineData(GatewayEnvironment.AllowedOrigins, "https://a.example:443", "has https://")]
    [InlineData(GatewayEnvironment.TlsCertificateFile, "/tls/tls.crt", "set both")]
    public void What_is_wrong_is_named_with_what_is_allowed(string name, string? value, string told)
    {
        var refused = Should.Throw<StartRefusedException>(() => Read((name, value)));
        refused.Message.ShouldContain(told);
        refused.Message.ShouldContain(name);
    }

    private sealed class AskedKeys : ConfigurationProvider
    {
        public HashSet<string> Keys { get; } = [];

        public override bool TryGet(string key, out string? value)
        {
            Keys.Add(key);
            return base.TryGet(key, out value);
        }
    }
}
