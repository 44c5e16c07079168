using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Tests.World;
using Xunit.Abstractions;

namespace WaOperator.SessionPod.Tests.Api.Media;

/// <summary>
/// Files pass through a pod and are not held by it. The live heap is measured and printed, with the client's and the simulator's parts in
/// it. WA_MEDIA_MIB sets the size of each file.
/// </summary>
public sealed class MemoryTests(ITestOutputHelper output)
{
    private const int Files = 8;
    private const int AimMiB = 16;

    [Fact]
    public async Task Eight_files_at_once_pass_through()
    {
        var mib = int.Parse(
            Environment.GetEnvironmentVariable("WA_MEDIA_MIB") ?? "20",
            CultureInfo.InvariantCulture
        );
        await using var world = await PodWorld.StartAsync();
        await using var pod = await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        using var http = new HttpClient { BaseAddress = pod.Api };
        http.DefaultRequestHeaders.Authorization = new("Bearer", PodWorld.ApiKey);
        var path = $"/v1/sessions/ns/{session.Name}/media";
        // Warm: connections, pools and code are there.
        await TransferAsync(1, 1024 * 1024);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        using var stop = new CancellationTokenSource();
        var peak = Task.Run(() => Peak(stop.Token));

        await TransferAsync(Files, mib * 1024L * 1024);

        await stop.CancelAsync();
        var extra = (await peak - before) / 1048576.0;
        output.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{Files} files of {mib} MiB at once through a pod, up and down: peak of extra live heap {extra:0.0} MiB "
                    + $"(pod, client and simulator together), aim < {AimMiB} MiB: {(extra < AimMiB ? "reached" : "missed")}"
            )
        );
        // Were they held, it would be their size.
        extra.ShouldBeLessThan(Files * mib / 2.0);

        async Task TransferAsync(int count, long length) =>
            await Task.WhenAll(
                Enumerable
                    .Range(0, count)
                    .Select(async seed =>
                    {
                        using var content = new Noise(seed, length);
                        content.Headers.ContentType = new("application/x-noise");
                        using var answer = await http.PostAsync(path, content);
                        var told = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
                        answer.StatusCode.ShouldBe(HttpStatusCode.Created, told.ToJsonString());
                        await using var given = await http.GetStreamAsync($"{path}/{told["id"]}");
                        Convert
                            .ToHexStringLower(await SHA256.HashDataAsync(given))
                            .ShouldBe((string?)told["sha256"]);
                    })
            );
    }

    /// <summary>The largest live heap that full collections found.</summary>
    private static long Peak(CancellationToken stop)
    {
        var peak = 0L;
        while (!stop.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(100)))
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: true));
        return peak;
    }

    /// <summary>A body that looks random, without being held.</summary>
    private sealed class Noise(int seed, long length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(
            Stream stream,
            TransportContext? context
        )
        {
            var random = new Random(seed);
            var buffer = new byte[32 * 1024];
            for (var left = length; left > 0; left -= buffer.Length)
            {
                random.NextBytes(buffer);
                buffer[0] = 0;
                await stream.WriteAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)));
            }
        }

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }
    }
}
