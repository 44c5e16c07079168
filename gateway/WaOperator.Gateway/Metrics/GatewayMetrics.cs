using System.Globalization;
using Prometheus;

namespace WaOperator.Gateway.Metrics;

/// <summary>What the gateway counts. The names are those of /metrics.</summary>
internal sealed class GatewayMetrics
{
    private readonly Counter _requests;
    private readonly Histogram _durations;
    private readonly Gauge _held;
    private readonly Histogram _holds;
    private readonly Counter _resends;
    private readonly Counter _auditDropped;
    private readonly Gauge _streams;

    public GatewayMetrics()
    {
        var factory = Prometheus.Metrics.WithCustomRegistry(Registry);
        _requests = factory.CreateCounter(
            "wa_api_requests_total",
            "Requests of tenants that were answered, by status",
            "code"
        );
        _durations = factory.CreateHistogram(
            "wa_api_request_duration_seconds",
            "Time of a request until its answer ended; streams of events are left out",
            new HistogramConfiguration
            {
                Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 15],
            }
        );
        _held = factory.CreateGauge(
            "wa_gateway_held",
            "Requests that wait for an owner of their session"
        );
        _holds = factory.CreateHistogram(
            "wa_gateway_hold_seconds",
            "How long requests waited for an owner of their session",
            new HistogramConfiguration { Buckets = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 15] }
        );
        _resends = factory.CreateCounter(
            "wa_gateway_resends_total",
            "Requests that were sent to a pod once more, by why: another pod owned the session, it was moving, the first pod was lost",
            "reason"
        );
        _auditDropped = factory.CreateCounter(
            "wa_gateway_audit_dropped_total",
            "Calls that are missing in the audit, because PostgreSQL was away for too long or refused them"
        );
        _streams = factory.CreateGauge(
            "wa_gateway_streams",
            "Streams of events that are open, by how they are read: sse, websocket, or consumer, which waits for its next events",
            "kind"
        );
        foreach (var kind in StreamKinds.All)
            _streams.WithLabels(kind);
        var resident = factory.CreateGauge(
            "process_resident_memory_bytes",
            "Resident memory of the process"
        );
        var heap = factory.CreateGauge("dotnet_gc_heap_bytes", "Managed memory in use");
        var cpu = factory.CreateCounter(
            "process_cpu_seconds_total",
            "Processor time of the process"
        );
        Registry.AddBeforeCollectCallback(() =>
        {
            resident.Set(Environment.WorkingSet);
            heap.Set(GC.GetTotalMemory(forceFullCollection: false));
            cpu.IncTo(Environment.CpuUsage.TotalTime.TotalSeconds);
        });
    }

    /// <summary>All of them, for /metrics; each gateway of a process has its own.</summary>
    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    /// <summary>A request was answered.</summary>
    /// <param name="status">HTTP status.</param>
    /// <param name="time">How long it took; null for a stream, whose time says nothing.</param>
    public void Answered(int status, TimeSpan? time)
    {
        _requests.WithLabels(status.ToString(CultureInfo.InvariantCulture)).Inc();
        if (time is { } took)
            _durations.Observe(took.TotalSeconds);
    }

    /// <summary>A request begins to wait.</summary>
    public void HoldBegan() => _held.Inc();

    /// <summary>A request waits no longer.</summary>
    public void HoldEnded(TimeSpan time)
    {
        _held.Dec();
        _holds.Observe(time.TotalSeconds);
    }

    /// <summary>A request is sent once more.</summary>
    public void Resent(string reason) => _resends.WithLabels(reason).Inc();

    /// <summary>A stream is open until the answer is disposed of.</summary>
    /// <param name="kind">One of <see cref="StreamKinds"/>.</param>
    public IDisposable StreamOpened(string kind) => _streams.WithLabels(kind).TrackInProgress();

    /// <summary>Calls are missing in the audit.</summary>
    public void AuditDropped(long calls) => _auditDropped.Inc(calls);
}
