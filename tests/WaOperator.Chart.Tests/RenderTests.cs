using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using WaOperator.Resources;

namespace WaOperator.Chart.Tests;

/// <summary>What stands in the rendered chart.</summary>
public sealed class RenderTests
{
    private static readonly JsonSerializerOptions Strict = new(ResourcesJsonContext.Default.Options)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    [Theory]
    [MemberData(nameof(Rendered.All), MemberType = typeof(Rendered))]
    public async Task Rendering_twice_gives_the_same_bytes(string values, string version) =>
        (await Rendered.OfAsync(values, version)).Text.ShouldBe(
            (await Rendered.OfAsync(values, version)).Text
        );

    [Theory]
    [MemberData(nameof(Rendered.All), MemberType = typeof(Rendered))]
    public async Task Nothing_secret_is_made(string values, string version)
    {
        var rendered = await Rendered.OfAsync(values, version);
        rendered.Of("Secret").ShouldBeEmpty();
        rendered.Text.ShouldNotContain("Password=");
    }

    [Theory]
    [MemberData(nameof(Rendered.All), MemberType = typeof(Rendered))]
    public async Task Every_namespaced_object_says_its_namespace_and_no_object_is_there_twice(
        string values,
        string version
    )
    {
        var rendered = await Rendered.OfAsync(values, version);
        foreach (var o in rendered.Objects)
            (o["metadata"]!["namespace"] is not null).ShouldBe(
                !o["kind"]!.ToString().StartsWith("Cluster", StringComparison.Ordinal)
                    && o["kind"]!.ToString() != "CustomResourceDefinition",
                $"{o["kind"]}/{Rendered.Name(o)}"
            );
        rendered
            .Objects.Select(o => $"{o["kind"]} {o["metadata"]!["namespace"]} {Rendered.Name(o)}")
            .ShouldBeUnique();
    }

    [Theory]
    [InlineData("1.20", false, false)]
    [InlineData("1.24.17", false, false)]
    [InlineData("1.25", true, false)]
    [InlineData("1.29.4-gke.1", true, false)]
    [InlineData("1.30", true, true)]
    [InlineData("1.36", true, true)]
    public async Task Definitions_have_what_the_server_knows(
        string version,
        bool rules,
        bool selectable
    )
    {
        var rendered = await Rendered.OfAsync("default", version);
        rendered
            .Text.Contains("x-kubernetes-validations:", StringComparison.Ordinal)
            .ShouldBe(rules);
        rendered.Text.Contains("selectableFields:", StringComparison.Ordinal).ShouldBe(selectable);
    }

    [Fact]
    public async Task Definitions_are_those_of_crds_and_are_kept()
    {
        var definitions = (await Rendered.OfAsync("default"))
            .Of("CustomResourceDefinition")
            .ToList();
        definitions.Count.ShouldBe(4);
        foreach (var definition in definitions)
        {
            var source = Yaml.Read(
                Tool.Read($"crds/{definition["spec"]!["names"]!["plural"]}.yaml")
            );
            JsonNode
                .DeepEquals(definition["spec"], source["spec"])
                .ShouldBeTrue(Rendered.Name(definition));
            definition["metadata"]!["annotations"]!["helm.sh/resource-policy"]!
                .ToString()
                .ShouldBe("keep");
        }
        (
            await Rendered.OfAsync("default", "1.36", "--set", "crds.keep=false")
        ).Text.ShouldNotContain("resource-policy");
        (await Rendered.OfAsync("default", "1.36", "--set", "crds.install=false"))
            .Of("CustomResourceDefinition")
            .ShouldBeEmpty();
    }

    [Theory]
    [InlineData("1.20", "policy/v1beta1")]
    [InlineData("1.21", "policy/v1")]
    public async Task Disruption_budgets_are_of_a_version_that_is_served(
        string version,
        string api
    ) =>
        (await Rendered.OfAsync("default", version))
            .Of("PodDisruptionBudget")
            .Select(b => b["apiVersion"]!.ToString())
            .ShouldBe([api, api]);

    [Theory]
    [MemberData(nameof(Rendered.All), MemberType = typeof(Rendered))]
    public async Task Pods_run_restricted_and_only_operator_and_gateway_have_a_token(
        string values,
        string version
    )
    {
        foreach (var (name, pod) in (await Rendered.OfAsync(values, version)).Pods)
        {
            pod["automountServiceAccountToken"]!
                .GetValue<bool>()
                .ShouldBe(
                    name is "wa-operator" or "wa-operator-uninstall" or "wa-operator-gateway",
                    name
                );
            pod["securityContext"]!["runAsNonRoot"]!.GetValue<bool>().ShouldBeTrue(name);
            pod["securityContext"]!["seccompProfile"]!["type"]!
                .ToString()
                .ShouldBe("RuntimeDefault", name);
            foreach (var container in pod["containers"]!.AsArray())
            {
                var security = container!["securityContext"]!;
                security["readOnlyRootFilesystem"]!.GetValue<bool>().ShouldBeTrue(name);
                security["allowPrivilegeEscalation"]!.GetValue<bool>().ShouldBeFalse(name);
                security["capabilities"]!["drop"]!
                    .AsArray()
                    .Select(c => c!.ToString())
                    .ShouldBe(["ALL"], name);
                container["resources"]!["requests"].ShouldNotBeNull(name);
            }
        }
    }

    [Fact]
    public async Task The_registry_stands_before_every_image()
    {
        var rendered = await Rendered.OfAsync("everything");
        var images = rendered
            .Pods.SelectMany(p => p.Spec["containers"]!.AsArray())
            .Select(c => c!["image"]!.ToString())
            .Append(
                Env(rendered).Single(e => e["name"]!.ToString() == "WA__SessionPod__Image")[
                    "value"
                ]!.ToString()
            )
            .Order(StringComparer.Ordinal);
        images.ShouldBe([
            "registry.example.com/team/postgres:15",
            "registry.example.com/team/redis:7",
            "registry.example.com/team/wa-operator/gateway:1.2.3",
            "registry.example.com/team/wa-operator/operator:1.2.3",
            "registry.example.com/team/wa-operator/operator:1.2.3",
            "registry.example.com/team/wa-operator/session-pod:1.2.3",
            "registry.example.com/team/wa-operator/simulator:1.2.3",
        ]);
    }

    [Fact]
    public async Task Services_select_pods_and_name_their_protocol()
    {
        var rendered = await Rendered.OfAsync("demo");
        var pods = rendered
            .Of("Deployment", "StatefulSet")
            .Select(w => w["spec"]!["template"]!["metadata"]!["labels"]!.AsObject())
            .ToList();
        foreach (var service in rendered.Of("Service"))
        {
            pods.Count(labels =>
                    service["spec"]!["selector"]!
                        .AsObject()
                        .All(s => labels[s.Key]?.ToString() == s.Value!.ToString())
                )
                .ShouldBe(1, Rendered.Name(service));
            // A server-side apply on Kubernetes 1.20 is refused without it.
            foreach (var port in service["spec"]!["ports"]!.AsArray())
                port!["protocol"]!.ToString().ShouldBe("TCP", Rendered.Name(service));
        }
    }

    [Fact]
    public async Task The_demo_has_the_names_that_its_secrets_and_samples_use()
    {
        var rendered = await Rendered.OfAsync("demo");
        rendered
            .Of("Service")
            .Select(Rendered.Name)
            .ShouldBe(
                ["wa-operator", "wa-operator-gateway", "wa-postgresql", "wa-redis", "wa-simulator"],
                ignoreOrder: true
            );
        rendered.One("Service", "wa-simulator")["spec"]!["ports"]!
            .AsArray()
            .Select(p => $"{p!["name"]} {p["port"]}")
            .ShouldBe(["wss 8443", "control 8081"]);
        rendered.Of("ConfigMap").ShouldBeEmpty("the samples bring the pool");
    }

    [Fact]
    public async Task The_default_pool_is_a_valid_pool_without_unknown_fields()
    {
        var map = (await Rendered.OfAsync("everything")).Of("ConfigMap").Single();
        var spec = JsonSerializer.Deserialize<PoolSpec>(
            map["data"]!["spec.json"]!.ToString(),
            Strict
        )!;
        PoolValidation
            .Validate(
                new()
                {
                    Metadata = new() { Name = map["data"]!["name"]!.ToString() },
                    Spec = spec,
                }
            )
            .ShouldBeEmpty();
        spec.DatabaseSecretRef.ToString().ShouldBe("wa-database/pod-dsn");
        spec.RedisSecretRef!.ToString().ShouldBe("wa-redis/url");
        spec.MasterKeySecretRef.ToString().ShouldBe("wa-master-key/key");
        spec.ServedNamespaces.ShouldBe(["*"]);
        spec.Shards.Max.ShouldBe(4);
        Env(await Rendered.OfAsync("default"))
            .Single(e => e["name"]!.ToString() == "WA__DefaultPool__ConfigMap")["value"]!
            .ToString()
            .ShouldBe(Rendered.Name(map));
    }

    [Fact]
    public async Task Without_Redis_no_one_asks_for_its_Secret()
    {
        var rendered = await Rendered.OfAsync("default", "1.36", "--set", "redis.existingSecret=");
        Env(rendered).ShouldNotContain(e => e["name"]!.ToString() == "WA__Redis__Configuration");
        rendered.Of("ConfigMap").Single()["data"]!["spec.json"]!
            .ToString()
            .ShouldNotContain("redis");
    }

    [Fact]
    public async Task Authorities_for_Redis_reach_the_operator_and_the_default_pool()
    {
        var rendered = await Rendered.OfAsync(
            "default",
            "1.36",
            "--set",
            "redis.ca.existingSecret=redis-ca,redis.ca.key=own.pem"
        );
        var file = Env(rendered).Single(e => e["name"]!.ToString() == "WA__Redis__CaFile")[
            "value"
        ]!.ToString();
        var pod = rendered.One("Deployment", "wa-operator")["spec"]!["template"]!["spec"]!;
        var mount = pod["containers"]![0]!["volumeMounts"]!
            .AsArray()
            .Single(m =>
                file.StartsWith($"{m!["mountPath"]}/", StringComparison.Ordinal)
                && m["readOnly"]!.ToString() == "true"
            )!;
        var secret = pod["volumes"]!
            .AsArray()
            .Single(v => v!["name"]!.ToString() == mount["name"]!.ToString())!["secret"]!;
        secret["secretName"]!.ToString().ShouldBe("redis-ca");
        secret["items"]![0]!["key"]!.ToString().ShouldBe("own.pem");
        file.ShouldEndWith($"/{secret["items"]![0]!["path"]}");
        JsonSerializer
            .Deserialize<PoolSpec>(
                rendered.Of("ConfigMap").Single()["data"]!["spec.json"]!.ToString(),
                Strict
            )!
            .RedisCaSecretRef!.ToString()
            .ShouldBe("redis-ca/own.pem");
    }

    private static IEnumerable<JsonObject> Env(Rendered rendered) =>
        rendered.One("Deployment", "wa-operator")["spec"]!["template"]!["spec"]!["containers"]![0]![
            "env"
        ]!
            .AsArray()
            .Select(e => e!.AsObject());
}
