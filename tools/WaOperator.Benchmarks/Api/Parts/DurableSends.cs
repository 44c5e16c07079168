using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using WaOperator.Benchmarks.Api.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Api.Parts;

/// <summary>Texts of 16 callers, each with a session, until all were accepted durably; and the same with Baileys behind HTTP.</summary>
internal static class DurableSends
{
    private const int Callers = 16;
    private const double Aim = 2_000;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("sends");
        using var runtime = Peer.Runtime(setup.World.Simulator);
        await using var peer = await Peer.PairAsync(runtime, setup.World);
        var to = peer.Jid.ToString();
        double through;
        double direct;
        var latencies = new Latencies();
        await using (
            var stage = await ApiStage.StartAsync(
                setup.World,
                ApiStage.Published(setup.Options),
                Callers
            )
        )
        {
            using var gateway = stage.ThroughGateway();
            using var pod = stage.Direct();
            var count = setup.Options.Scaled(20_000);
            foreach (var api in (ApiCaller[])[gateway, pod])
                await PerSecondAsync(count / 2, new(), Send(api));
            direct = await PerSecondAsync(count, new(), Send(pod));
            through = await PerSecondAsync(count, latencies, Send(gateway));

            Func<int, Task> Send(ApiCaller api) =>
                caller => api.SendAsync(stage.Sessions[caller], to, "hello");
        }
        var theirLatencies = new Latencies();
        var theirs = await TheirsAsync(setup, runtime, to, theirLatencies);
        setup.Table.Add(new($"texts of {Callers} callers: accepted", "1/s", through, theirs));
        setup.Table.Add(new($"texts of {Callers} callers, direct: accepted", "1/s", direct));
        setup.Table.Add(
            new("  p50", "ms", latencies.Median, theirLatencies.Median, LessIsBetter: true)
        );
        setup.Table.Add(new("  p99", "ms", latencies.P99, theirLatencies.P99, LessIsBetter: true));
        setup.Table.Aim(
            "durable sends a pod through the gateway",
            "2,000/s",
            through,
            through >= Aim
        );
    }

    /// <summary>Baileys promises nothing that outlives it: its answer says that the server has the message.</summary>
    private static async Task<double> TheirsAsync(
        Setup setup,
        WaOperator.WhatsApp.WhatsAppRuntime runtime,
        string to,
        Latencies latencies
    )
    {
        await using var baileys = BaileysProcess.Start(setup.Options, setup.World.Simulator);
        for (var i = 0; i < Callers; i++)
        {
            var (folder, _) = await BaileysProcess.DeviceAsync(runtime, setup.World);
            await baileys.RunAsync(
                new
                {
                    cmd = "open",
                    state = folder,
                    auth = "file",
                }
            );
        }
        var served = await baileys.RunAsync(new { cmd = "serve" });
        using var http = new HttpClient();
        http.BaseAddress = new(
            string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{(int)served["port"]!}")
        );
        await PerSecondAsync(setup.Options.Scaled(500), new(), SendAsync);
        return await PerSecondAsync(setup.Options.Scaled(1_000), latencies, SendAsync);

        async Task SendAsync(int caller)
        {
            using var answer = await http.PostAsJsonAsync(
                string.Create(CultureInfo.InvariantCulture, $"/{caller}/messages"),
                new { to, text = "hello" }
            );
            answer.EnsureSuccessStatusCode();
        }
    }

    private static async Task<double> PerSecondAsync(
        int count,
        Latencies latencies,
        Func<int, Task> send
    )
    {
        var next = 0;
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(async caller =>
                {
                    while (Interlocked.Increment(ref next) <= count)
                        await latencies.TimeAsync(() => send(caller));
                })
        );
        return count / watch.Elapsed.TotalSeconds;
    }
}
