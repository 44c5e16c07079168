using System.Diagnostics;
using System.Security.Cryptography;
using WaOperator.Benchmarks.Api.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Api.Parts;

/// <summary>Eight documents at once through the gateway, up and down; each comes back as it went.</summary>
internal static class Transfers
{
    private const int AtOnce = 8;
    private const double AimPerSecond = 150;
    private const double AimHeap = 16;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("media");
        await using var stage = await ApiStage.StartAsync(setup.World, ApiStage.Telling, 1);
        using var api = stage.ThroughGateway();
        var session = stage.Sessions[0];
        var bytes = setup.Options.Scaled(100) * 1024 * 1024;
        var file = new byte[bytes];
        new Random(1).NextBytes(file);
        var hash = SHA256.HashData(file);
        await UpAsync(1);
        var (ids, up) = await TimedAsync(() => UpAsync(AtOnce));
        var (_, down) = await TimedAsync(() => DownAsync(ids));
        var (gateway, pod) = (await stage.Gateway.HeapAsync(), await stage.PodHeapAsync());
        var extra = await HeapsDuringAsync(UpAsync(AtOnce), gateway, pod);
        var extraDown = await HeapsDuringAsync(DownAsync(ids), gateway, pod);
        var megabytes = (double)AtOnce * bytes / 1e6;
        setup.Table.Add(new("8 documents up", "MB/s", megabytes / up));
        setup.Table.Add(new("8 documents down", "MB/s", megabytes / down));
        setup.Table.Add(new("  more live heap of the gateway, up", "MiB", extra.Gateway));
        setup.Table.Add(new("  more live heap of the gateway, down", "MiB", extraDown.Gateway));
        setup.Table.Add(new("  more live heap of the pod, up", "MiB", extra.Pod));
        setup.Table.Add(new("  more live heap of the pod, down", "MiB", extraDown.Pod));
        setup.Table.Aim("media up", "150 MB/s", megabytes / up, megabytes / up >= AimPerSecond);
        setup.Table.Aim(
            "media down",
            "150 MB/s",
            megabytes / down,
            megabytes / down >= AimPerSecond
        );
        var most = Math.Max(
            Math.Max(extra.Gateway, extra.Pod),
            Math.Max(extraDown.Gateway, extraDown.Pod)
        );
        setup.Table.Aim("more live heap for 8 transfers", "16 MiB", most, most < AimHeap);

        async Task<string[]> UpAsync(int count) =>
            await Task.WhenAll(
                Enumerable
                    .Range(0, count)
                    .Select(_ =>
                        Task.Run(() =>
                            api.UploadAsync(session, new MemoryStream(file, writable: false))
                        )
                    )
            );

        async Task<string[]> DownAsync(string[] ids)
        {
            await Task.WhenAll(ids.Select(id => Task.Run(() => CheckAsync(id))));
            return ids;
        }

        async Task CheckAsync(string id)
        {
            using var sum = SHA256.Create();
            await using (var into = new CryptoStream(Stream.Null, sum, CryptoStreamMode.Write))
                await api.LoadAsync(session, id, into);
            if (!sum.Hash.AsSpan().SequenceEqual(hash))
                throw new InvalidOperationException($"{id} came back with other bytes");
        }

        async Task<(double Gateway, double Pod)> HeapsDuringAsync(
            Task work,
            long gatewayBefore,
            long podBefore
        )
        {
            var (gatewayMost, podMost) = (gatewayBefore, podBefore);
            while (!work.IsCompleted)
            {
                gatewayMost = Math.Max(gatewayMost, await stage.Gateway.HeapAsync());
                podMost = Math.Max(podMost, await stage.PodHeapAsync());
                await Pause.ForAsync(TimeSpan.FromMilliseconds(100));
            }
            await work;
            return (MiB(gatewayMost - gatewayBefore), MiB(podMost - podBefore));
        }
    }

    private static double MiB(long bytes) => bytes / 1024.0 / 1024;

    private static async Task<(string[] Ids, double Seconds)> TimedAsync(Func<Task<string[]>> work)
    {
        var watch = Stopwatch.StartNew();
        var ids = await work();
        return (ids, watch.Elapsed.TotalSeconds);
    }
}
