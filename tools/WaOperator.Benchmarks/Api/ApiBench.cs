using WaOperator.Benchmarks.Api.Parts;
using WaOperator.Benchmarks.WhatsApp;

namespace WaOperator.Benchmarks.Api;

/// <summary>The tenant API through the gateway, beside direct calls of the pod and beside Baileys behind the thinnest HTTP server.</summary>
internal static class ApiBench
{
    private static readonly (string Name, Func<Setup, Task> Run)[] Parts =
    [
        ("latency", AddedLatency.RunAsync),
        ("sends", DurableSends.RunAsync),
        ("rate", Rate.RunAsync),
        ("streams", Streams.RunAsync),
        ("media", Transfers.RunAsync),
    ];

    public static Task<int> RunAsync(string[] args) => Campaign.RunAsync("api", args, Parts);
}
