using Prometheus;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Signals;

namespace WaOperator.Operator.Hosting;

/// <summary>How Redis does for this process, as session pods show it of theirs. Zero without Redis.</summary>
internal sealed class RedisMetrics
{
    private Shown? _shown;

    /// <summary>Registers the gauges.</summary>
    public RedisMetrics(CollectorRegistry registry)
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(registry);
        var connected = factory.CreateGauge("wa_redis_connected", "1 while Redis answers");
        var fault = factory.CreateGauge(
            "wa_redis_fault",
            "1 while Redis cannot be used, or not in full, by what the log says of it",
            "kind"
        );
        registry.AddBeforeCollectCallback(() =>
        {
            var hints = Volatile.Read(ref _shown)?.Hints;
            connected.Set(hints?.IsConnected == true ? 1 : 0);
            var now = hints?.Fault;
            foreach (var one in RedisFault.All)
                fault.WithLabels(one.Kind).Set(one == now ? 1 : 0);
        });
    }

    /// <summary>Those of this process.</summary>
    public static RedisMetrics Process { get; } = new(KubernetesMetrics.Registry);

    /// <summary>Shows these until the answer is disposed.</summary>
    public IDisposable Show(IHints hints)
    {
        var shown = new Shown(this, hints);
        Volatile.Write(ref _shown, shown);
        return shown;
    }

    private sealed record Shown(RedisMetrics Metrics, IHints Hints) : IDisposable
    {
        public void Dispose() => Interlocked.CompareExchange(ref Metrics._shown, null, this);
    }
}
