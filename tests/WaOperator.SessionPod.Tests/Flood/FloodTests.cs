using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using WaOperator.SessionPod.Tests.World;
using Xunit.Abstractions;

namespace WaOperator.SessionPod.Tests.Flood;

/// <summary>Two sessions that write to each other as fast as they can, through the API, the simulator and PostgreSQL.</summary>
public sealed class FloodTests(ITestOutputHelper output)
{
    private const int Messages = 1_000;

    [Fact]
    public async Task Both_ways_at_once_all_arrive_in_order_and_once()
    {
        await using var world = await PodWorld.StartAsync();
        await using var podA = await world.PodAsync(0, "pod-a");
        await using var podB = await world.PodAsync(1, "pod-b");
        var (a, b) = (await world.PairedAsync(0), await world.PairedAsync(1));
        using var apiA = new ApiClient(podA.Api);
        using var apiB = new ApiClient(podB.Api);

        var watch = Stopwatch.StartNew();
        var (heardA, heardB) = (new Listener(() => apiA, a.Name), new Listener(() => apiB, b.Name));
        await Task.WhenAll(
            new Chatter(() => apiA, a.Name, b.Phone).SendAsync(Messages),
            new Chatter(() => apiB, b.Name, a.Phone).SendAsync(Messages),
            heardA.UntilAsync(Messages),
            heardB.UntilAsync(Messages)
        );
        output.WriteLine($"2 x {Messages} texts in {watch.Elapsed.TotalSeconds:0.0} s");

        foreach (var (heard, from) in new[] { (heardA, b), (heardB, a) })
        {
            heard.Gaps.ShouldBeFalse();
            heard.Others.ShouldNotContainKey("undecryptable");
            heard.Texts.ShouldBe(
                Enumerable.Range(0, Messages).Select(i => (Chatter.IdOf(from.Name, i), $"{i}"))
            );
        }
        await apiA.StateAsync(a.Name, Chatter.IdOf(a.Name, Messages - 1), "Acked");
        await apiB.StateAsync(b.Name, Chatter.IdOf(b.Name, Messages - 1), "Acked");
    }

    [Fact]
    public async Task A_pod_that_is_killed_in_the_middle_loses_nothing()
    {
        await using var world = await PodWorld.StartAsync();
        var port = FreePort();
        ChildPod Start() => ChildPod.Start(world.Options(0, "pod-a") with { ApiPort = port });
        await using var podB = await world.PodAsync(1, "pod-b");
        await using var first = Start();
        await first.HoldsLeaseAsync();
        var (a, b) = (await world.PairedAsync(0), await world.PairedAsync(1));
        using var apiA = new ApiClient(new Uri($"http://127.0.0.1:{port}"));
        using var apiB = new ApiClient(podB.Api);

        var (saidA, saidB) = (
            new Chatter(() => apiA, a.Name, b.Phone),
            new Chatter(() => apiB, b.Name, a.Phone)
        );
        var (heardA, heardB) = (new Listener(() => apiA, a.Name), new Listener(() => apiB, b.Name));
        var all = Task.WhenAll(
            saidA.SendAsync(Messages),
            saidB.SendAsync(Messages),
            heardA.UntilAsync(Messages),
            heardB.UntilAsync(Messages)
        );
        await Testing.Eventually.True(
            "a third is on its way",
            () => saidA.Accepted > Messages / 3 || all.IsCompleted
        );
        await first.KillAsync();
        await using var second = Start();
        await all;

        foreach (var (heard, from) in new[] { (heardA, b), (heardB, a) })
        {
            heard.Gaps.ShouldBeFalse();
            var texts = heard.Texts.Distinct().ToArray();
            output.WriteLine(
                $"{heard.Texts.Count - texts.Length} duplicates, others: {string.Join(", ", heard.Others)}"
            );
            texts
                .Order()
                .ShouldBe(
                    Enumerable.Range(0, Messages).Select(i => (Chatter.IdOf(from.Name, i), $"{i}"))
                );
        }
        await apiA.StateAsync(a.Name, Chatter.IdOf(a.Name, Messages - 1), "Acked");
        await apiB.StateAsync(b.Name, Chatter.IdOf(b.Name, Messages - 1), "Acked");
        (
            await world.SqlAsync("select count(*) from wa.session_outbox where settled_at is null")
        ).ShouldBe(0L);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
