using WaOperator.Benchmarks.Webhooks.Parts;
using WaOperator.Benchmarks.WhatsApp;

namespace WaOperator.Benchmarks.Webhooks;

/// <summary>A pod's webhooks: how fast a backlog is posted, how long an event is under way, and what an endpoint that is away costs.</summary>
internal static class WebhookBench
{
    private static readonly (string Name, Func<Setup, Task> Run)[] Parts =
    [
        ("backlog", Backlog.RunAsync),
        ("lag", Lag.RunAsync),
        ("outage", Outage.RunAsync),
    ];

    public static Task<int> RunAsync(string[] args) => Campaign.RunAsync("webhooks", args, Parts);
}
