using System.Diagnostics;
using WaOperator.Benchmarks.Api.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Api.Parts;

/// <summary>
/// 1,000 texts a second of 100 tenants, for whom a call begins at its time whether or not the ones before it are answered: what waits
/// counts from when it should have begun.
/// </summary>
internal static class Rate
{
    private const int Tenants = 100;
    private const int PerSecond = 1_000;
    private const double AimMedian = 5;
    private const double AimP99 = 50;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("rate");
        await using var stage = await ApiStage.StartAsync(
            setup.World,
            ApiStage.Published(setup.Options),
            Tenants
        );
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        using var api = stage.ThroughGateway();
        var to = peer.Jid.ToString();
        // Slower at first: what is called for the first time is compiled.
        await RunAsync(api, stage, to, setup.Options.Scaled(5_000), PerSecond / 4);
        var accepted = await RunAsync(api, stage, to, setup.Options.Scaled(30_000), PerSecond);
        var name = $"texts at {PerSecond}/s of {Tenants} tenants: accepted";
        setup.Table.Add(new($"{name}, p50", "ms", accepted.Median));
        setup.Table.Add(new($"{name}, p99", "ms", accepted.P99));
        setup.Table.Aim($"{name}, p50", "5 ms", accepted.Median, accepted.Median <= AimMedian);
        setup.Table.Aim($"{name}, p99", "50 ms", accepted.P99, accepted.P99 <= AimP99);
    }

    private static async Task<Latencies> RunAsync(
        ApiCaller api,
        ApiStage stage,
        string to,
        int count,
        int perSecond
    )
    {
        var latencies = new Latencies();
        var calls = new List<Task>(count);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var due = start + (Stopwatch.Frequency * i / perSecond);
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            if (early > TimeSpan.Zero)
                await Pause.ForAsync(early);
            var session = stage.Sessions[i % stage.Sessions.Count];
            calls.Add(latencies.TimeAsync(due, () => api.SendAsync(session, to, "hello")));
        }
        await Task.WhenAll(calls);
        return latencies;
    }
}
