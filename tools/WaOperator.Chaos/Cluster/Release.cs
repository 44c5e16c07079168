using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Chaos.Cluster;

/// <summary>What the chart installed: the operator, PostgreSQL and Redis.</summary>
internal sealed class Release(ClusterApi api)
{
    /// <summary>A workload and its replicas.</summary>
    public Task ScaleAsync(string kind, string name, int replicas) =>
        api.PatchAsync(
            $"{Names.AppsPath}/{kind}/{name}",
            $$$"""{"spec":{"replicas":{{{replicas}}}}}"""
        );

    /// <summary>Nodes of the pods of a component by name, of those whose containers run.</summary>
    public async Task<IReadOnlyDictionary<string, int>> RunningAsync(string component) =>
        (await PodsAsync(component))
            .Where(p => p["status"]?["containerStatuses"]?[0]?["state"]?["running"] is not null)
            .ToDictionary(
                p => (string)p["metadata"]!["name"]!,
                p => Pool.NodeNumber((string?)p["spec"]!["nodeName"])
            );

    /// <summary>Where tenants reach the API: the Service of the gateway.</summary>
    public async Task<string> GatewayAddressAsync() =>
        (string)
            (await api.GetAsync($"/api/v1/namespaces/{Names.Release}/services/{Names.Gateway}"))[
                "spec"
            ]!["clusterIP"]!;

    /// <summary>Replaces the gateway's pods, one after the other.</summary>
    public Task RollGatewayAsync() =>
        api.PatchAsync(
            $"{Names.AppsPath}/deployments/{Names.Gateway}",
            new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["template"] = new JsonObject
                    {
                        ["metadata"] = new JsonObject
                        {
                            ["annotations"] = new JsonObject { ["chaos"] = $"{Guid.NewGuid():N}" },
                        },
                    },
                },
            }.ToJsonString()
        );

    /// <summary>Waits until the gateway's pods are those of its present template.</summary>
    public Task GatewayRolledAsync() =>
        Eventually.True(
            "the gateway is rolled",
            async () =>
            {
                var deployment = await api.GetAsync(
                    $"{Names.AppsPath}/deployments/{Names.Gateway}"
                );
                var (wanted, status) = (
                    (int)deployment["spec"]!["replicas"]!,
                    deployment["status"]!
                );
                return (long?)status["observedGeneration"]
                        == (long)deployment["metadata"]!["generation"]!
                    && (int?)status["updatedReplicas"] == wanted
                    && (int?)status["replicas"] == wanted
                    && (int?)status["availableReplicas"] == wanted;
            },
            TimeSpan.FromSeconds(180)
        );

    /// <summary>How many pods of a component are ready.</summary>
    public async Task<int> ReadyAsync(string component) =>
        (await PodsAsync(component)).Count(p =>
            Pool.Condition(p, "Ready") == "True" && p["metadata"]!["deletionTimestamp"] is null
        );

    /// <summary>Waits until nothing of a component runs.</summary>
    public Task GoneAsync(string component) =>
        Eventually.True(
            $"nothing of {component} runs",
            async () => (await RunningAsync(component)).Count == 0,
            TimeSpan.FromSeconds(90)
        );

    public Task BackAsync(string component, int replicas) =>
        Eventually.True(
            $"{component} is ready again",
            async () => await ReadyAsync(component) >= replicas,
            TimeSpan.FromSeconds(150)
        );

    /// <summary>The address of PostgreSQL's pod.</summary>
    public async Task<string> DatabaseAddressAsync() =>
        (string)(await api.GetAsync($"{Names.PodsPath}/wa-postgresql-0"))["status"]!["podIP"]!;

    /// <summary>The pod of the leader.</summary>
    public async Task<string> LeaderAsync() =>
        (
            (string?)
                (
                    await api.GetAsync(
                        $"/apis/coordination.k8s.io/v1/namespaces/{Names.Release}/leases/wa-operator"
                    )
                )["spec"]!["holderIdentity"]
            ?? ""
        ).Split('_')[0];

    public async Task DeleteLeaderAsync() =>
        await api.DeleteAsync($"{Names.PodsPath}/{await LeaderAsync()}");

    /// <summary>Makes the operator on this node the leader, by having the other one replaced.</summary>
    public async Task LeadFromAsync(int node)
    {
        await SpreadOperatorsAsync();
        await Eventually.True(
            $"the operator on node {node} leads",
            async () =>
            {
                var pods = await RunningAsync("operator");
                var leader = await LeaderAsync();
                if (pods.GetValueOrDefault(leader) == node)
                    return true;
                if (pods.ContainsKey(leader) && pods.Values.Contains(node))
                {
                    await api.DeleteAsync($"{Names.PodsPath}/{leader}");
                    await Eventually.True(
                        "another operator leads",
                        async () => await LeaderAsync() != leader,
                        TimeSpan.FromSeconds(60)
                    );
                }
                return false;
            },
            TimeSpan.FromSeconds(120)
        );
        await BackAsync("operator", 2);
    }

    /// <summary>Sees to one operator on each of its two nodes: the scheduler spreads, but promises nothing.</summary>
    public Task SpreadOperatorsAsync() =>
        Eventually.True(
            "one operator runs on each of its nodes",
            async () =>
            {
                await BackAsync("operator", 2);
                var pods = await RunningAsync("operator");
                if (pods.Values.Distinct().Count() > 1)
                    return true;
                await api.DeleteAsync($"{Names.PodsPath}/{pods.Keys.First()}");
                return false;
            },
            TimeSpan.FromSeconds(120)
        );

    public async Task<bool> NodesReadyAsync() =>
        (await api.GetAsync("/api/v1/nodes"))["items"]!
            .AsArray()
            .All(n => Pool.Condition(n!, "Ready") == "True");

    private async Task<IReadOnlyList<JsonNode>> PodsAsync(string component) =>
        [
            .. (
                await api.GetAsync(
                    $"{Names.PodsPath}?labelSelector=app.kubernetes.io/component={component}"
                )
            )["items"]!
                .AsArray()
                .Select(p => p!),
        ];
}
