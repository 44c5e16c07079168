using System.Text.Json.Nodes;
using WaOperator.Domain;

namespace WaOperator.Chart.Tests;

/// <summary>The gateway's objects: that they fit together, and what each value changes in them.</summary>
public sealed class GatewayTests
{
    private const string Name = "wa-operator-gateway";

    [Fact]
    public async Task Without_a_gateway_nothing_of_it_is_there()
    {
        var rendered = await Rendered.OfAsync(
            "everything",
            "1.36",
            "--set",
            "gateway.enabled=false"
        );
        rendered.Objects.Where(o => Component(o) == "gateway").ShouldBeEmpty();
        rendered.Text.ShouldNotContain("gateway-dsn");
    }

    [Theory]
    [InlineData("default")]
    [InlineData("everything")]
    public async Task It_is_given_settings_that_it_reads_and_each_once(string values)
    {
        var names = Env(await Rendered.OfAsync(values))
            .Select(e => e["name"]!.ToString())
            .Where(n => n.StartsWith("WA__", StringComparison.Ordinal))
            .ToList();
        names.ShouldBeUnique();
        names.ShouldBeSubsetOf(GatewayEnvironment.All);
        names.ShouldContain(GatewayEnvironment.Database);
        names.ShouldContain(GatewayEnvironment.Redis);
    }

    [Fact]
    public async Task Values_reach_it()
    {
        var rendered = await Rendered.OfAsync(
            "default",
            "1.36",
            "--set",
            "gateway.hold.seconds=7,gateway.hold.plannedSeconds=9,gateway.hold.requests=100000,gateway.hold.memoryMiB=32,gateway.resendPercent=20",
            "--set",
            "database.gateway.existingSecret=db,database.gateway.key=gw",
            "--set",
            "gateway.allowedOrigins={https://a.example,https://b.example:8443}"
        );
        Env(rendered)
            .Where(e => e["value"] is not null)
            .Select(e => $"{e["name"]}={e["value"]}")
            .ShouldBe(
                [
                    $"{GatewayEnvironment.Port}={GatewayPort.Api}",
                    $"{GatewayEnvironment.HealthPort}={GatewayPort.Health}",
                    $"{GatewayEnvironment.PodApiPort}={ContainerPorts.Api}",
                    $"{GatewayEnvironment.HoldSeconds}=7",
                    $"{GatewayEnvironment.PlannedHoldSeconds}=9",
                    $"{GatewayEnvironment.MaxHeld}=100000",
                    $"{GatewayEnvironment.MaxHeldMiB}=32",
                    $"{GatewayEnvironment.ResendPercent}=20",
                    $"{GatewayEnvironment.Kubernetes}=true",
                    $"{GatewayEnvironment.AllowedOrigins}=https://a.example,https://b.example:8443",
                    "Logging__LogLevel__Default=Information",
                ],
                ignoreOrder: true
            );
        var dsn = Env(rendered).Single(e => e["name"]!.ToString() == GatewayEnvironment.Database)[
            "valueFrom"
        ]!["secretKeyRef"]!;
        dsn["name"]!.ToString().ShouldBe("db");
        dsn["key"]!.ToString().ShouldBe("gw");
        Env(await Rendered.OfAsync("default", "1.36", "--set", "redis.existingSecret="))
            .ShouldNotContain(e => e["name"]!.ToString() == GatewayEnvironment.Redis);
    }

    [Theory]
    [InlineData("", 80, "http")]
    [InlineData("api-tls", 443, "https")]
    public async Task The_service_has_the_port_of_its_protocol(string secret, int port, string name)
    {
        var rendered = await Rendered.OfAsync(
            "default",
            "1.36",
            "--set",
            $"gateway.tls.existingSecret={secret}"
        );
        var served = rendered.One("Service", Name)["spec"]!["ports"]!.AsArray().Single()!;
        served["port"]!.GetValue<long>().ShouldBe(port);
        served["name"]!.ToString().ShouldBe(name);
        ContainerPort(rendered, served["targetPort"]!.ToString()).ShouldBe(GatewayPort.Api);
        Env(rendered)
            .Any(e => e["name"]!.ToString() == GatewayEnvironment.TlsCertificateFile)
            .ShouldBe(secret.Length > 0);
    }

    [Fact]
    public async Task Its_certificate_is_mounted_where_it_reads_it_and_can_be_renewed()
    {
        var rendered = await Rendered.OfAsync(
            "default",
            "1.36",
            "--set",
            "gateway.tls.existingSecret=api-tls"
        );
        foreach (
            var (setting, key) in new[]
            {
                (GatewayEnvironment.TlsCertificateFile, "tls.crt"),
                (GatewayEnvironment.TlsKeyFile, "tls.key"),
            }
        )
        {
            var file = Env(rendered).Single(e => e["name"]!.ToString() == setting)[
                "value"
            ]!.ToString();
            var mount = Container(rendered)["volumeMounts"]!
                .AsArray()
                .Single(m => file == $"{m!["mountPath"]}/{key}")!;
            mount["readOnly"]!.GetValue<bool>().ShouldBeTrue();
            // Kubelet renews no file that is mounted by a path of its own.
            mount["subPath"].ShouldBeNull();
            Pod(rendered)["volumes"]!
                .AsArray()
                .Single(v => v!["name"]!.ToString() == mount["name"]!.ToString())!["secret"]![
                "secretName"
            ]!
                .ToString()
                .ShouldBe("api-tls");
        }
    }

    [Fact]
    public async Task Probes_ask_the_health_port_and_the_end_leaves_time_for_requests()
    {
        var rendered = await Rendered.OfAsync("default");
        foreach (var probe in (string[])["startupProbe", "livenessProbe", "readinessProbe"])
            ContainerPort(rendered, Container(rendered)[probe]!["httpGet"]!["port"]!.ToString())
                .ShouldBe(GatewayPort.Health, probe);
        var pause = int.Parse(
            Container(rendered)["lifecycle"]!["preStop"]!["exec"]!["command"]![1]!.ToString(),
            null
        );
        // The program's own limit is 20 s.
        Pod(rendered)["terminationGracePeriodSeconds"]!
            .GetValue<long>()
            .ShouldBeGreaterThan(pause + 20);
    }

    [Theory]
    [InlineData("1.20", "autoscaling/v2beta2")]
    [InlineData("1.23", "autoscaling/v2")]
    public async Task With_an_autoscaler_the_deployment_has_no_number_of_its_own(
        string version,
        string api
    )
    {
        (await Rendered.OfAsync("default", version)).One("Deployment", Name)["spec"]!["replicas"]!
            .GetValue<long>()
            .ShouldBe(2);
        var rendered = await Rendered.OfAsync("everything", version);
        rendered.One("Deployment", Name)["spec"]!.AsObject().ShouldNotContainKey("replicas");
        var scaler = rendered.Of("HorizontalPodAutoscaler").Single();
        scaler["apiVersion"]!.ToString().ShouldBe(api);
        scaler["spec"]!["scaleTargetRef"]!["name"]!.ToString().ShouldBe(Name);
        scaler["spec"]!["minReplicas"]!.GetValue<long>().ShouldBe(3);
        scaler["spec"]!["maxReplicas"]!.GetValue<long>().ShouldBe(6);
    }

    [Theory]
    [InlineData("gateway.replicas=2", true)]
    [InlineData("gateway.replicas=1", false)]
    [InlineData("gateway.podDisruptionBudget.enabled=false", false)]
    [InlineData("gateway.replicas=1,gateway.autoscaling.enabled=true", true)]
    [InlineData("gateway.autoscaling.enabled=true,gateway.autoscaling.minReplicas=1", false)]
    public async Task A_disruption_budget_is_there_where_one_of_several_may_go(
        string set,
        bool there
    ) =>
        (await Rendered.OfAsync("default", "1.36", "--set", set))
            .Of("PodDisruptionBudget")
            .Any(b => Rendered.Name(b) == Name)
            .ShouldBe(there);

    [Theory]
    [InlineData("")]
    [InlineData("api-tls")]
    public async Task Ingress_and_route_lead_to_the_service(string secret)
    {
        var rendered = await Rendered.OfAsync(
            "everything",
            "1.36",
            "--set",
            $"gateway.tls.existingSecret={secret}"
        );
        var port = rendered.One("Service", Name)["spec"]!["ports"]![0]!;
        var rules = rendered.Of("Ingress").Single()["spec"]!["rules"]!.AsArray();
        rules.Select(r => r!["host"]!.ToString()).ShouldBe(["api.example.com", "*.example.org"]);
        foreach (var rule in rules)
        {
            var backend = rule!["http"]!["paths"]![0]!["backend"]!["service"]!;
            backend["name"]!.ToString().ShouldBe(Name);
            backend["port"]!["name"]!.ToString().ShouldBe(port["name"]!.ToString());
        }
        var route = rendered.Of("HTTPRoute").Single()["spec"]!;
        route["parentRefs"]![0]!["name"]!.ToString().ShouldBe("public");
        route["rules"]![0]!["backendRefs"]![0]!["name"]!.ToString().ShouldBe(Name);
        route["rules"]![0]!["backendRefs"]![0]!["port"]!
            .GetValue<long>()
            .ShouldBe(port["port"]!.GetValue<long>());
        route["rules"]![0]!["timeouts"]!["request"]!.ToString().ShouldBe("0s");
    }

    [Fact]
    public async Task An_ingress_without_hosts_takes_every_name() =>
        (await Rendered.OfAsync("default", "1.36", "--set", "gateway.ingress.enabled=true"))
            .Of("Ingress")
            .Single()["spec"]!["rules"]!
            .AsArray()
            .Single()!
            .AsObject()
            .ShouldNotContainKey("host");

    [Fact]
    public async Task Its_metrics_are_scraped_from_its_health_port()
    {
        var rendered = await Rendered.OfAsync("everything");
        var monitor = rendered.One("PodMonitor", Name)["spec"]!;
        Selects(monitor["selector"]!, Labels(rendered)).ShouldBeTrue();
        ContainerPort(rendered, monitor["podMetricsEndpoints"]![0]!["port"]!.ToString())
            .ShouldBe(GatewayPort.Health);
    }

    private static JsonNode Template(Rendered rendered) =>
        rendered.One("Deployment", Name)["spec"]!["template"]!;

    internal static JsonObject Labels(Rendered rendered) =>
        Template(rendered)["metadata"]!["labels"]!.AsObject();

    private static JsonNode Pod(Rendered rendered) => Template(rendered)["spec"]!;

    private static JsonNode Container(Rendered rendered) => Pod(rendered)["containers"]![0]!;

    private static IEnumerable<JsonObject> Env(Rendered rendered) =>
        Container(rendered)["env"]!.AsArray().Select(e => e!.AsObject());

    private static long ContainerPort(Rendered rendered, string name) =>
        Container(rendered)["ports"]!.AsArray().Single(p => p!["name"]!.ToString() == name)![
            "containerPort"
        ]!.GetValue<long>();

    private static string? Component(JsonObject o) =>
        o["metadata"]!["labels"]?["app.kubernetes.io/component"]?.ToString();

    /// <summary>Whether a selector with matchLabels alone selects these labels.</summary>
    internal static bool Selects(JsonNode selector, JsonObject labels) =>
        selector["matchLabels"]!
            .AsObject()
            .All(l => labels[l.Key]?.ToString() == l.Value!.ToString());
}
