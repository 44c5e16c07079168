using System.Diagnostics;
using WaOperator.Testing;

namespace WaOperator.EndToEnd;

/// <summary>Each part killed in turn: no session is lost or disconnected, and all report Connected again.</summary>
[Collection(nameof(Demo))]
public sealed class OutageTests(Demo demo)
{
    private static readonly TimeSpan Away = TimeSpan.FromSeconds(20);

    [Fact]
    public Task The_operator_away_for_20_seconds_disconnects_nobody() =>
        AwayAsync("deployment", "wa-operator", 2);

    [Fact]
    public Task Redis_away_for_20_seconds_disconnects_nobody() =>
        AwayAsync("statefulset", "wa-redis", 1);

    [Fact]
    public Task PostgreSQL_away_for_20_seconds_disconnects_nobody() =>
        AwayAsync("statefulset", "wa-postgresql", 1);

    [Fact]
    public async Task A_deleted_session_pod_comes_back_with_its_sessions_and_no_one_is_replaced()
    {
        await demo.WaitAllConnectedAsync();
        var before = await ReplacedAsync();
        var pod = (string)(await demo.ListAsync("whatsappsessions"))[0]["status"]!["pod"]!;
        var uid = (string)(await demo.GetAsync("pod", pod, Demo.Release))["metadata"]!["uid"]!;

        await demo.KubectlAsync("-n", Demo.Release, "delete", "pod", pod);
        await Eventually.True(
            $"{pod} is back and ready",
            async () =>
            {
                var now = await demo.GetAsync("pod", pod, Demo.Release);
                return (string)now["metadata"]!["uid"]! != uid
                    && Demo.Condition(now, "Ready") == "True";
            },
            TimeSpan.FromSeconds(120)
        );
        var ready = Stopwatch.GetTimestamp();
        await demo.WaitAllConnectedAsync();
        Aim.Print("sessions of a deleted pod are Connected after the pod is ready", ready, 15);

        (await ReplacedAsync()).ShouldBe(before, "no client that holds its lease is ever replaced");
    }

    private async Task AwayAsync(string kind, string name, int replicas)
    {
        await demo.WaitAllConnectedAsync();
        var before = await LoginsAsync();
        var connected = await ConnectedAsync();
        await demo.KubectlAsync("-n", Demo.Release, "scale", kind, name, "--replicas=0");
        try
        {
            await Steadily.Holds(
                $"every socket stays open while {name} is away",
                Away,
                async () =>
                    await ConnectedAsync() is var now && now < connected
                        ? $"{now} of {connected} are connected"
                        : null
            );
        }
        finally
        {
            await demo.KubectlAsync(
                "-n",
                Demo.Release,
                "scale",
                kind,
                name,
                $"--replicas={replicas}"
            );
        }
        await demo.KubectlAsync(
            "-n",
            Demo.Release,
            "rollout",
            "status",
            kind + "/" + name,
            "--timeout=120s"
        );
        var back = Stopwatch.GetTimestamp();
        // A status keeps saying Connected while no one can write it, so it alone would prove nothing: a session pod is Ready
        // only while it holds its lease, and without one its sessions are silent.
        await Eventually.True(
            "every session pod holds its lease",
            async () =>
                (
                    await demo.ListAsync(
                        "pods",
                        Demo.Release,
                        "app.kubernetes.io/component=session-pod"
                    )
                ).All(p => Demo.Condition(p, "Ready") == "True"),
            TimeSpan.FromSeconds(120)
        );
        await demo.WaitAllConnectedAsync();
        Aim.Print(
            $"every session pod holds its lease and all sessions report Connected after {name} is back",
            back,
            15
        );
        (await LoginsAsync()).ShouldBe(
            before,
            $"no session logged in again because {name} was away"
        );
    }

    private async Task<int> ConnectedAsync() =>
        (int)(await new Simulator(demo).GetAsync("/stats"))["connected"]!;

    private async Task<long> LoginsAsync() =>
        (long)(await new Simulator(demo).GetAsync("/stats"))["logins"]!;

    private async Task<string> ReplacedAsync() =>
        (await new Simulator(demo).GetAsync("/stats"))["replaced"]!.ToJsonString();
}
