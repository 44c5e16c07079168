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
        var count = setup.Options.Scaled(30_000);
        var (accepted, refused) = await RunAsync(api, stage, to, count, PerSecond);
        setup.Table.Add(
            new(
                $"texts at {PerSecond}/s of {Tenants} tenants: refused",
                "%",
                100.0 * refused / count
            )
        );
        var name = $"texts at {PerSecond}/s of {Tenants} tenants: accepted";
        setup.Table.Add(new($"{name}, p50", "ms", accepted.Median));
        setup.Table.Add(new($"{name}, p99", "ms", accepted.P99));
        setup.Table.Aim(
            $"{name}, p50",
            "5 ms",
            accepted.Median,
            refused == 0 && accepted.Median <= AimMedian
        );
        setup.Table.Aim(
            $"{name}, p99",
            "50 ms",
            accepted.P99,
            refused == 0 && accepted.P99 <= AimP99
        );
    }

    private static async Task<(Latencies Accepted, int Refused)> RunAsync(
        ApiCaller api,
        ApiStage stage,
        string to,
        int count,
        int perSecond
    )
    {
        var (latencies, refused) = (new Latencies(), 0);
        var calls = new List<Task>(count);
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            var due = start + (Stopwatch.Frequency * i / perSecond);
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            // No timer is finer; those that are due together begin together.
            if (early >= TimeSpan.FromMilliseconds(1))
                await Pause.ForAsync(early);
            var session = stage.Sessions[i % stage.Sessions.Count];
            calls.Add(SendAsync(due, session));
        }
        await Task.WhenAll(calls);
        return (latencies, refused);

        async Task SendAsync(long due, ApiSession session)
        {
            try
            {
                await latencies.TimeAsync(due, () => api.SendAsync(session, to, "hello"));
            }
            catch (InvalidOperationException)
            {
                // More than the pod carries: it says so, and the row counts it.
                Interlocked.Increment(ref refused);
            }
        }
    }
}
