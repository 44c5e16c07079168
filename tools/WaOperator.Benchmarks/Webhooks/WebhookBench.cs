using WaOperator.Benchmarks.Webhooks.Parts;
using WaOperator.Benchmarks.WhatsApp;

namespace WaOperator.Benchmarks.Webhooks;

/// <summary>A pod's webhooks: how fast a backlog is posted, and once more, how long an event is under way, and what endpoints that are away cost.</summary>
internal static class WebhookBench
{
    private static readonly (string Name, Func<Setup, Task> Run)[] Parts =
    [
        ("backlog", Backlog.RunAsync),
        ("endpoints", Endpoints.RunAsync),
        ("lag", Lag.RunAsync),
        ("outage", Outage.RunAsync),
        ("replay", Replay.RunAsync),
        ("memory", Memory.RunAsync),
    ];

    public static Task<int> RunAsync(string[] args) => Campaign.RunAsync("webhooks", args, Parts);
}
