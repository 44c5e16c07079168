using System.Text.Json.Nodes;
using WaOperator.Domain;

namespace WaOperator.Chart.Tests;

/// <summary>Who may connect to the gateway, and where it may connect to.</summary>
public sealed class GatewayNetworkTests
{
    private const string Gateway = "wa-operator-gateway";
    private const string SessionPods = "wa-operator-session-pods";

    [Fact]
    public async Task Everyone_may_use_it_unless_the_values_list_who()
    {
        Ingress(await Rendered.OfAsync("default"), Gateway, GatewayPort.Api)["from"].ShouldBeNull();
        var listed = Ingress(await Rendered.OfAsync("everything"), Gateway, GatewayPort.Api)[
            "from"
        ]!.AsArray();
        listed.Single()!["namespaceSelector"]!["matchLabels"]!["kubernetes.io/metadata.name"]!
            .ToString()
            .ShouldBe("ingress");
        Ingress(await Rendered.OfAsync("everything"), Gateway, GatewayPort.Health)["from"]![0]![
            "namespaceSelector"
        ]!["matchLabels"]!["kubernetes.io/metadata.name"]!
            .ToString()
            .ShouldBe("monitoring");
    }

    [Fact]
    public async Task It_reaches_session_pods_of_any_namespace_by_their_api_alone()
    {
        var egress = Policy(await Rendered.OfAsync("default"), Gateway)["egress"]!
            .AsArray()
            .Single(r => r!["to"] is not null)!;
        egress["to"]!.AsArray().Single()!["namespaceSelector"]!.AsObject().ShouldBeEmpty();
        egress["to"]![0]!["podSelector"]!["matchLabels"]!["app.kubernetes.io/component"]!
            .ToString()
            .ShouldBe("session-pod");
        Ports(egress).ShouldBe([ContainerPorts.Api]);
    }

    [Theory]
    [InlineData("true", new long[] { 443, 6443, 5432, 6379 })]
    [InlineData("false", new long[] { 5432, 6379 })]
    public async Task It_reaches_the_API_server_only_for_writing_sessions(
        string manage,
        long[] ports
    )
    {
        var rendered = await Rendered.OfAsync(
            "default",
            "1.36",
            "--set",
            $"gateway.manageSessions={manage}"
        );
        Policy(rendered, Gateway)["egress"]!
            .AsArray()
            .Where(r => r!["to"] is null)
            .SelectMany(r => Ports(r!))
            .Except([53L])
            .ShouldBe(ports, ignoreOrder: true);
    }

    [Fact]
    public async Task Session_pods_take_calls_of_the_gateway_alone_when_told_so()
    {
        Ingress(await Rendered.OfAsync("default"), SessionPods, ContainerPorts.Api)["from"]
            .ShouldBeNull();
        var rendered = await Rendered.OfAsync(
            "default",
            "1.36",
            "--set",
            "networkPolicy.apiOnlyThroughGateway=true"
        );
        var from = Ingress(rendered, SessionPods, ContainerPorts.Api)["from"]!
            .AsArray()
            .Single()!
            .AsObject();
        // In the policy's own namespace, which is the gateway's.
        from.Select(p => p.Key).ShouldBe(["podSelector"]);
        GatewayTests.Selects(from["podSelector"]!, GatewayTests.Labels(rendered)).ShouldBeTrue();
        GatewayTests
            .Selects(
                from["podSelector"]!,
                rendered.One("Deployment", "wa-operator")["spec"]!["template"]!["metadata"]![
                    "labels"
                ]!.AsObject()
            )
            .ShouldBeFalse("the operator is not the gateway");
    }

    [Fact]
    public async Task Who_may_use_session_pods_directly_is_listed_beside_the_gateway()
    {
        var rendered = await Rendered.OfAsync("everything");
        var from = Ingress(rendered, SessionPods, ContainerPorts.Api)["from"]!.AsArray();
        from.Count.ShouldBe(2);
        GatewayTests
            .Selects(from[0]!["podSelector"]!, GatewayTests.Labels(rendered))
            .ShouldBeTrue();
        from[1]!["podSelector"]!["matchLabels"]!["app"]!.ToString().ShouldBe("legacy");
    }

    [Fact]
    public async Task It_reaches_the_demos_PostgreSQL_and_Redis_and_not_the_simulator()
    {
        var rendered = await Rendered.OfAsync("demo");
        foreach (
            var (name, reaches) in new[]
            {
                ("wa-postgresql", true),
                ("wa-redis", true),
                ("wa-simulator", false),
            }
        )
            Policy(rendered, name)["ingress"]![0]!["from"]!
                .AsArray()
                .Any(f => GatewayTests.Selects(f!["podSelector"]!, GatewayTests.Labels(rendered)))
                .ShouldBe(reaches, name);
    }

    private static JsonNode Policy(Rendered rendered, string name) =>
        rendered.One("NetworkPolicy", name)["spec"]!;

    private static JsonNode Ingress(Rendered rendered, string name, long port) =>
        Policy(rendered, name)["ingress"]!.AsArray().Single(r => Ports(r!).Contains(port))!;

    private static IEnumerable<long> Ports(JsonNode rule) =>
        rule["ports"]!.AsArray().Select(p => p!["port"]!.GetValue<long>());
}
