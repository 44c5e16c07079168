using WaOperator.Benchmarks.Api.World;
using WaOperator.Benchmarks.WhatsApp;
using WaOperator.Benchmarks.WhatsApp.World;

namespace WaOperator.Benchmarks.Api.Parts;

/// <summary>What an open stream of events takes of the gateway while nothing happens.</summary>
internal static class Streams
{
    private const int Tenants = 10;
    private const int Count = 1_000;
    private const double AimKiB = 32;

    public static async Task RunAsync(Setup setup)
    {
        setup.Table.Part("streams");
        await using var stage = await ApiStage.StartAsync(
            setup.World,
            ApiStage.Published(setup.Options),
            Tenants
        );
        using var api = stage.ThroughGateway();
        var count = setup.Options.Scaled(Count);
        var open = new List<HttpResponseMessage>();
        try
        {
            // Some first: buffers and compiled code that all share.
            var first = Math.Max(10, count / 20);
            await OpenAsync(first);
            var (heap, resident) = await LookAsync();
            var more = count - first;
            await OpenAsync(more);
            var (heapAfter, residentAfter) = await LookAsync();
            var each = (residentAfter - resident) / 1024.0 / more;
            setup.Table.Add(
                new(
                    $"{count} event streams: live heap",
                    "KiB each",
                    (heapAfter - heap) / 1024.0 / more
                )
            );
            setup.Table.Add(new($"{count} event streams: resident", "KiB each", each));
            setup.Table.Aim("an event stream on the gateway", "32 KiB", each, each <= AimKiB);
        }
        finally
        {
            foreach (var stream in open)
                stream.Dispose();
        }

        async Task OpenAsync(int number)
        {
            for (var i = 0; i < number; i++)
                open.Add(await api.FollowAsync(stage.Sessions[i % Tenants]));
        }

        async Task<(long Heap, long Resident)> LookAsync()
        {
            var heap = await stage.Gateway.HeapAsync();
            return (heap, Usage.Resident(stage.Gateway.Pid));
        }
    }
}
