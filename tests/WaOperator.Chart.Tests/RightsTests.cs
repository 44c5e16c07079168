using System.Text.Json.Nodes;

namespace WaOperator.Chart.Tests;

/// <summary>The rights of operator and gateway are the least that they can do with.</summary>
public sealed class RightsTests
{
    [Theory]
    [MemberData(nameof(Rendered.All), MemberType = typeof(Rendered))]
    public async Task No_rule_has_a_wildcard_and_Secrets_are_not_listed(
        string values,
        string version
    )
    {
        foreach (var role in (await Rendered.OfAsync(values, version)).Of("Role", "ClusterRole"))
        foreach (var rule in role["rules"]!.AsArray())
        {
            rule!.ToJsonString().ShouldNotContain("*");
            if (Strings(rule, "resources").Contains("secrets", StringComparer.Ordinal))
                Strings(rule, "verbs")
                    .Intersect(["list", "watch"], StringComparer.Ordinal)
                    .ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task A_namespaced_operator_has_no_right_over_the_whole_cluster()
    {
        var rendered = await Rendered.OfAsync("namespaced");
        rendered.Of("ClusterRole", "ClusterRoleBinding").ShouldBeEmpty();
        rendered
            .Of("RoleBinding")
            .Where(b => Rendered.Name(b) == "wa-operator.wa-operator")
            .Select(b => b["metadata"]!["namespace"]!.ToString())
            .ShouldBe(["team-a", "team-b", "wa-operator"], ignoreOrder: true);
        rendered.Text.ShouldContain("name: WA__Namespaces__2");
    }

    [Fact]
    public async Task Over_the_whole_cluster_there_is_one_role_for_work_and_one_for_nodes()
    {
        var rendered = await Rendered.OfAsync("cluster");
        var bound = rendered
            .Of("ClusterRoleBinding")
            .Select(b => b["roleRef"]!["name"]!.ToString());
        bound.ShouldBe(
            [
                "wa-operator.wa-operator",
                "wa-operator.wa-operator-gateway",
                "wa-operator.wa-operator-nodes",
                "wa-operator.wa-operator-uninstall",
            ],
            ignoreOrder: true
        );
        rendered.One("ClusterRole", "wa-operator.wa-operator-nodes")["rules"]!
            .AsArray()
            .SelectMany(r => Strings(r!, "verbs"))
            .ShouldBe(["get", "list", "watch"]);
    }

    [Fact]
    public async Task By_default_Secrets_and_workloads_are_the_operators_in_the_releases_namespace_alone()
    {
        var rendered = await Rendered.OfAsync("default");
        rendered
            .Of("ClusterRoleBinding")
            .Select(Rendered.Name)
            .ShouldBe(["wa-operator.wa-operator-nodes"]);
        rendered
            .Of("RoleBinding")
            .Select(b => b["metadata"]!["namespace"]!.ToString())
            .Distinct()
            .ShouldBe(["wa-operator"]);
    }

    [Fact]
    public async Task Editors_of_a_namespace_make_sessions_and_neither_pools_nor_tenants_nor_webhooks()
    {
        var rendered = await Rendered.OfAsync("cluster");
        rendered
            .Of("ClusterRole")
            .Where(r =>
                r["metadata"]!["labels"]!["rbac.authorization.k8s.io/aggregate-to-edit"] is not null
            )
            .SelectMany(r => r["rules"]!.AsArray())
            .SelectMany(r => Strings(r!, "resources"))
            .ShouldBe(["whatsappsessions"]);
    }

    [Fact]
    public async Task Without_rbac_there_are_no_roles() =>
        (await Rendered.OfAsync("default", "1.36", "--set", "rbac.create=false"))
            .Of("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding")
            .ShouldBeEmpty();

    private static IEnumerable<string> Strings(JsonNode rule, string field) =>
        rule[field]!.AsArray().Select(v => v!.ToString());
}
