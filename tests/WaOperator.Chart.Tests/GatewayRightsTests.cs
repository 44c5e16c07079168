using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Chart.Tests;

/// <summary>What the gateway's service account may do: what the values say, and what a real API server says.</summary>
public sealed class GatewayRightsTests
{
    private const string Role = "wa-operator.wa-operator-gateway";
    private const string Account = "wa-operator-gateway";

    [Theory]
    [InlineData("default", "Role", "wa-operator")]
    [InlineData("namespaced", "Role", "team-a,team-b,wa-operator")]
    [InlineData("cluster", "ClusterRole", "")]
    public async Task It_writes_sessions_and_reads_tenants_where_the_operator_manages_them(
        string values,
        string kind,
        string namespaces
    )
    {
        var rendered = await Rendered.OfAsync(values);
        var roles = Named(rendered, kind, Role);
        roles
            .Select(r => r["metadata"]!["namespace"]?.ToString() ?? "")
            .ShouldBe(namespaces.Split(','), ignoreOrder: true);
        foreach (var role in roles)
            role["rules"]!
                .AsArray()
                .Select(r =>
                    $"{List(r!, "apiGroups")}/{List(r!, "resources")}: {List(r!, "verbs")}"
                )
                .ShouldBe([
                    "whatsapp.wa-operator.io/whatsappsessions: get,list,watch,create,patch,delete",
                    "whatsapp.wa-operator.io/whatsapptenants: get",
                ]);
        foreach (var binding in Named(rendered, $"{kind}Binding", Role))
        {
            binding["roleRef"]!["kind"]!.ToString().ShouldBe(kind);
            binding["subjects"]!.AsArray().Single()!["name"]!.ToString().ShouldBe(Account);
        }
        Bound(rendered).ShouldAllBe(b => Rendered.Name(b) == Role);
    }

    [Theory]
    [InlineData("gateway.manageSessions=false", false)]
    [InlineData("rbac.create=false", true)]
    public async Task Without_the_task_it_has_no_rights(string set, bool token)
    {
        var rendered = await Rendered.OfAsync("default", "1.36", "--set", set);
        Bound(rendered).ShouldBeEmpty();
        rendered.Pods.Single(p => p.Name == Account).Spec["automountServiceAccountToken"]!
            .GetValue<bool>()
            .ShouldBe(token);
    }

    [Fact]
    public async Task A_service_account_of_ones_own_takes_its_place()
    {
        var rendered = await Rendered.OfAsync(
            "default",
            "1.36",
            "--set",
            "gateway.serviceAccount.create=false,gateway.serviceAccount.name=mine"
        );
        rendered.Of("ServiceAccount").ShouldNotContain(a => Rendered.Name(a) == Account);
        rendered.Pods.Single(p => p.Name == Account).Spec["serviceAccountName"]!
            .ToString()
            .ShouldBe("mine");
        Named(rendered, "RoleBinding", Role).Single()["subjects"]![0]!["name"]!
            .ToString()
            .ShouldBe("mine");
    }

    [Fact]
    public async Task A_real_API_server_lets_it_do_that_and_nothing_else()
    {
        await using var server = await ApiServer.StartAsync();
        foreach (var ns in (string[])["wa-operator", "team-a", "other"])
            await server.KubectlAsync("", "create", "namespace", ns);
        (
            await Tool.HelmAsync([
                "install",
                "wa-operator",
                Rendered.Chart,
                "-n",
                "wa-operator",
                "--kubeconfig",
                server.KubeconfigPath,
                "--set",
                "watchNamespaces={team-a}",
            ])
        ).Succeeded();

        foreach (var verb in (string[])["get", "list", "watch", "create", "patch", "delete"])
            (await MayAsync(server, verb, "whatsappsessions", "team-a")).ShouldBeTrue(verb);
        (await MayAsync(server, "get", "whatsapptenants", "team-a")).ShouldBeTrue();
        foreach (
            var (verb, resource, ns) in new[]
            {
                ("update", "whatsappsessions/status", "team-a"),
                ("deletecollection", "whatsappsessions", "team-a"),
                ("get", "whatsappsessions", "other"),
                ("list", "whatsapptenants", "team-a"),
                ("patch", "whatsapptenants", "team-a"),
                ("get", "whatsappsessionpools", "wa-operator"),
                ("get", "secrets", "team-a"),
                ("get", "secrets", "wa-operator"),
                ("get", "pods", "wa-operator"),
                ("create", "pods/exec", "wa-operator"),
                ("get", "configmaps", "wa-operator"),
            }
        )
            (await MayAsync(server, verb, resource, ns)).ShouldBeFalse(
                $"{verb} {resource} in {ns}"
            );
    }

    private static async Task<bool> MayAsync(
        ApiServer server,
        string verb,
        string resource,
        string ns
    )
    {
        var parts = resource.Split('/');
        var group = resource.StartsWith("whatsapp", StringComparison.Ordinal)
            ? "whatsapp.wa-operator.io"
            : "";
        var review = new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SubjectAccessReview",
            ["spec"] = new JsonObject
            {
                ["user"] = $"system:serviceaccount:wa-operator:{Account}",
                ["resourceAttributes"] = new JsonObject
                {
                    ["namespace"] = ns,
                    ["verb"] = verb,
                    ["group"] = group,
                    ["resource"] = parts[0],
                    ["subresource"] = parts.Length > 1 ? parts[1] : "",
                },
            },
        };
        var answer = JsonNode.Parse(
            await server.KubectlAsync(review.ToJsonString(), "create", "-f", "-", "-o", "json")
        )!;
        return answer["status"]!["allowed"]!.GetValue<bool>();
    }

    /// <summary>What binds the gateway's service account, whatever its name.</summary>
    private static List<JsonObject> Bound(Rendered rendered) =>
        [
            .. rendered
                .Of("RoleBinding", "ClusterRoleBinding")
                .Where(b => b["subjects"]!.AsArray().Any(s => s!["name"]!.ToString() == Account)),
        ];

    private static List<JsonObject> Named(Rendered rendered, string kind, string name) =>
        [.. rendered.Of(kind).Where(o => Rendered.Name(o) == name)];

    private static string List(JsonNode rule, string field) =>
        string.Join(',', rule[field]!.AsArray());
}
