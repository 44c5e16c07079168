using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>A pod with another master key than the installation's would write keys that no one can read.</summary>
[Collection(nameof(Demo))]
public sealed class MasterKeyTests(Demo demo)
{
    [Fact]
    public async Task A_pod_with_a_wrong_master_key_refuses_to_start_and_says_so()
    {
        const string name = "wrongkey";
        var pool = (await demo.ListAsync("whatsappsessionpools", Demo.Release)).Single();
        var spec = pool["spec"]!.DeepClone();
        spec["servedNamespaces"] = new System.Text.Json.Nodes.JsonArray();
        spec["shards"]!["min"] = 1;
        spec["shards"]!["max"] = 1;
        spec["masterKeySecretRef"]!["name"] = "wa-other-master-key";
        try
        {
            await demo.ApplyAsync(
                $$"""
                apiVersion: v1
                kind: Secret
                metadata: {name: wa-other-master-key, namespace: {{Demo.Release}}}
                stringData: {{{(string)
                    spec["masterKeySecretRef"]!["key"]!}}: "{{Convert.ToBase64String(
                    new byte[32]
                )}}"}
                """
            );
            await demo.ApplyAsync(
                $$"""
                apiVersion: whatsapp.wa-operator.io/v1alpha1
                kind: WhatsAppSessionPool
                metadata: {name: {{name}}, namespace: {{Demo.Release}}}
                spec: {{spec.ToJsonString()}}
                """
            );
            var pod = $"wa-{name}-0";
            await Eventually.True(
                $"{pod} ended and said that its master key is wrong",
                async () =>
                {
                    var status = (await demo.GetAsync("pod", pod, Demo.Release))["status"]![
                        "containerStatuses"
                    ]?[0];
                    var end =
                        status?["state"]?["terminated"] ?? status?["lastState"]?["terminated"];
                    if (end is null || (int)end["exitCode"]! == 0)
                        return false;
                    var log = await demo.TryKubectlAsync(["-n", Demo.Release, "logs", pod]);
                    return log.Out.Contains("master key", StringComparison.OrdinalIgnoreCase);
                },
                TimeSpan.FromSeconds(120)
            );
            await demo.WaitAllConnectedAsync();
        }
        finally
        {
            await demo.KubectlAsync(
                "-n",
                Demo.Release,
                "delete",
                "whatsappsessionpool",
                name,
                "--ignore-not-found",
                "--timeout=120s"
            );
            await demo.KubectlAsync(
                "-n",
                Demo.Release,
                "delete",
                "secret",
                "wa-other-master-key",
                "--ignore-not-found"
            );
        }
    }
}
