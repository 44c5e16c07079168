using System.Diagnostics;
using System.Text.Json.Nodes;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>Caps: a session too many waits with a reason, and connects when there is room.</summary>
[Collection(nameof(Demo))]
public sealed class PlacementTests(Demo demo)
{
    [Fact]
    public async Task A_sixth_session_waits_over_the_caps_and_connects_once_they_are_raised()
    {
        const string name = "sixth";
        const string phone = "491709999006";
        await demo.WaitAllConnectedAsync();
        var pool = (await demo.ListAsync("whatsappsessionpools", Demo.Release)).Single();
        var poolName = (string)pool["metadata"]!["name"]!;
        var cap = (int)pool["spec"]!["perShard"]!["sessions"]!;
        var pods = await PodsAsync();
        try
        {
            await CapAsync(poolName, 0);
            await demo.ApplyAsync(Yaml.Session(name, await TenantAsync(), phone));

            var waiting = await demo.WaitConditionAsync(
                "whatsappsession",
                name,
                "Placed",
                "False",
                "NoCapacity"
            );
            ((string?)waiting["status"]!["phase"]).ShouldBe("Unplaced");
            ((string?)waiting["status"]!["message"]).ShouldNotBeNullOrEmpty();
            await Eventually.True(
                "an event says why the session waits",
                async () =>
                    (await demo.EventsOfAsync(name)).Any(e =>
                        e.StartsWith("NoCapacity", StringComparison.Ordinal)
                    )
            );
            (await demo.ListAsync("whatsappsessions"))
                .Where(s => (string)s["metadata"]!["name"]! != name)
                .ShouldAllBe(
                    s => Demo.Condition(s, "Connected") == "True",
                    "running sessions are not touched by a lowered cap"
                );

            var raised = Stopwatch.GetTimestamp();
            await CapAsync(poolName, cap);
            await new Simulator(demo).ScanAsync(name, phone);
            await demo.WaitConditionAsync("whatsappsession", name, "Connected", "True");
            Aim.Print("a waiting session is Connected after the cap was raised", raised, 30);
            (await PodsAsync()).ShouldBe(pods, "a changed cap restarts no pod");
        }
        finally
        {
            await CapAsync(poolName, cap);
            await demo.KubectlAsync(
                "-n",
                Demo.Samples,
                "delete",
                "whatsappsession",
                name,
                "--ignore-not-found"
            );
        }
    }

    private async Task<string> TenantAsync() =>
        (string)(await demo.ListAsync("whatsapptenants"))[0]["metadata"]!["name"]!;

    private Task CapAsync(string pool, int sessions) =>
        demo.KubectlAsync(
            "-n",
            Demo.Release,
            "patch",
            "whatsappsessionpool",
            pool,
            "--type=merge",
            "-p",
            new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["perShard"] = new JsonObject { ["sessions"] = sessions },
                },
            }.ToJsonString()
        );

    private async Task<string> PodsAsync() =>
        string.Join(
            ' ',
            (await demo.ListAsync("pods", Demo.Release, "app.kubernetes.io/component=session-pod"))
                .Select(p =>
                    $"{p["metadata"]!["uid"]}/{p["status"]!["containerStatuses"]![0]!["restartCount"]}"
                )
                .Order(StringComparer.Ordinal)
        );
}
