using System.Text;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.Chaos.Cluster;

/// <summary>Webhooks of the fleet's tenant, whose endpoints are the simulator's.</summary>
internal sealed class Webhooks(ClusterApi api)
{
    private const string Secret = "chaos-webhook";
    private const string Path = $"{Names.Group}/namespaces/{Names.Fleet}/whatsappwebhooks";

    /// <summary>Makes one that posts all messages to an endpoint of its name, and waits until it does.</summary>
    public async Task MakeAsync(string name, bool paused = false)
    {
        await api.CreateAsync(
            $"/api/v1/namespaces/{Names.Fleet}/secrets",
            new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = Secret },
                ["stringData"] = new JsonObject
                {
                    ["secret"] = "whsec_" + Convert.ToBase64String(Encoding.ASCII.GetBytes(Key)),
                },
            }.ToJsonString()
        );
        await api.PostAsync(
            Path,
            new JsonObject
            {
                ["apiVersion"] = "whatsapp.wa-operator.io/v1alpha1",
                ["kind"] = "WhatsAppWebhook",
                ["metadata"] = new JsonObject { ["name"] = name },
                ["spec"] = new JsonObject
                {
                    ["tenantRef"] = new JsonObject { ["name"] = "chaos" },
                    ["url"] = $"https://wa-simulator.{Names.Release}.svc:8443/hooks/{name}",
                    ["events"] = new JsonArray("message.*"),
                    ["paused"] = paused,
                    // One that is away for three days is not disabled for it.
                    ["retry"] = new JsonObject { ["horizonHours"] = 160 },
                    ["secretRefs"] = new JsonArray(
                        new JsonObject { ["name"] = Secret, ["key"] = "secret" }
                    ),
                },
            }.ToJsonString()
        );
        if (!paused)
            await Eventually.True(
                $"the webhook {name} is Ready",
                async () => Pool.Condition(await api.GetAsync($"{Path}/{name}"), "Ready") == "True",
                TimeSpan.FromSeconds(60)
            );
    }

    /// <summary>Pauses one, or lets it post again.</summary>
    public Task PauseAsync(string name, bool paused) =>
        api.PatchAsync(
            $"{Path}/{name}",
            new JsonObject { ["spec"] = new JsonObject { ["paused"] = paused } }.ToJsonString()
        );

    /// <summary>Removes one, if it is there.</summary>
    public async Task RemoveAsync(string name)
    {
        try
        {
            await api.DeleteAsync($"{Path}/{name}");
        }
        catch (HttpRequestException e) when (e.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return;
        }
        await Eventually.True(
            $"the webhook {name} is gone",
            async () =>
                await Database.QueryAsync(
                    $"select count(*) from wa.webhook where namespace = '{Names.Fleet}' and name = '{name}'"
                ) == "0",
            TimeSpan.FromSeconds(60)
        );
    }

    // What it signs is read by a simulator alone.
    private const string Key = "a key for the endpoints of chaos";
}
