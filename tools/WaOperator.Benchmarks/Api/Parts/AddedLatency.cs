using WaOperator.Benchmarks.Api.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Api.Parts;

/// <summary>What the gateway adds to a call: the same calls of one caller, in turns through the gateway and to the pod itself.</summary>
internal static class AddedLatency
{
    private const double AimMedian = 0.5;
    private const double AimP99 = 3;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("latency");
        await using var stage = await ApiStage.StartAsync(
            setup.World,
            ApiStage.Published(setup.Options),
            1
        );
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        var session = stage.Sessions[0];
        await MeasureAsync(setup, stage, "show a session", 20_000, api => api.ShowAsync(session));
        await MeasureAsync(
            setup,
            stage,
            "queue a text",
            4_000,
            api => api.SendAsync(session, peer.Jid.ToString(), "hello")
        );
    }

    private static async Task MeasureAsync(
        Setup setup,
        ApiStage stage,
        string what,
        int count,
        Func<ApiCaller, Task> call
    )
    {
        using var through = stage.ThroughGateway();
        using var direct = stage.Direct();
        await TakeTurnsAsync(setup.Options.Scaled(count / 2));
        var (gateway, pod) = await TakeTurnsAsync(setup.Options.Scaled(count));
        foreach (var (name, one) in new[] { ("through the gateway", gateway), ("direct", pod) })
        {
            setup.Table.Add(new($"{what}, {name}: p50", "ms", one.Median));
            setup.Table.Add(new($"{what}, {name}: p99", "ms", one.P99));
        }
        var (median, p99) = (gateway.Median - pod.Median, gateway.P99 - pod.P99);
        setup.Table.Aim($"{what}: added p50", "0.5 ms", median, median <= AimMedian);
        setup.Table.Aim($"{what}: added p99", "3 ms", p99, p99 <= AimP99);

        async Task<(Latencies Through, Latencies Direct)> TakeTurnsAsync(int turns)
        {
            var (there, here) = (new Latencies(), new Latencies());
            for (var i = 0; i < turns; i++)
            {
                await there.TimeAsync(() => call(through));
                await here.TimeAsync(() => call(direct));
            }
            return (there, here);
        }
    }
}
