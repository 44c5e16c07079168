using System.Collections.Concurrent;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Webhooks;

/// <summary>Learns from the database how webhooks fare, and lets that be shown as often as <see cref="WebhookSeen.IsDue"/> says.</summary>
internal sealed class WebhookObserver
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<NamespacedName, (WebhookSeen Seen, long At)> _shown = [];
    private readonly ObservedStore _observed;
    private readonly Caches _caches;
    private readonly TimeProvider _time;

    public WebhookObserver(ObservedStore observed, Caches caches, ILogger logger, TimeProvider time)
    {
        (_observed, _caches, _time) = (observed, caches, time);
        Loop = new(
            "reports of webhooks",
            Every,
            TimeSpan.FromMilliseconds(500),
            StepAsync,
            logger,
            time
        );
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>There is something else to show of a webhook.</summary>
    public Signal<NamespacedName> Changed { get; } = new();

    /// <summary>Whether the database was asked once; before that nothing is known.</summary>
    public bool HasLooked => Loop.Done.IsCompleted;

    /// <summary>What is to be shown of a webhook; null while it has no row.</summary>
    public WebhookSeen? SeenOf(NamespacedName webhook) =>
        _shown.TryGetValue(webhook, out var shown) ? shown.Seen : null;

    private async Task StepAsync(CancellationToken ct)
    {
        if (HasLooked && _caches.Webhooks.Store.Count == 0 && _shown.IsEmpty)
            return;
        var (now, at) = (_time.GetUtcNow(), _time.GetTimestamp());
        var missing = _shown.Keys.ToHashSet();
        foreach (var report in await _observed.ReadWebhookReportsAsync(ct))
        {
            var name = new NamespacedName(report.Webhook.Namespace, report.Webhook.Name);
            if (!_caches.Watches(name.Namespace))
                continue;
            missing.Remove(name);
            var seen = WebhookSeen.Of(report, now);
            var isShown = _shown.TryGetValue(name, out var shown);
            if (!seen.IsDue(isShown ? shown.Seen : null, _time.GetElapsedTime(shown.At, at)))
                continue;
            _shown[name] = (seen, at);
            Changed.Emit(name);
        }
        foreach (var name in missing)
            if (_shown.TryRemove(name, out _))
                Changed.Emit(name);
    }
}
