using System.Diagnostics.Metrics;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Hints;

namespace WaOperator.SessionPod.Metrics;

/// <summary>What the pod counts. The names are those that stand in /metrics.</summary>
internal sealed class PodMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "WaOperator.SessionPod";

    private readonly Meter meter = new(MeterName);
    private readonly Counter<long> renewals;
    private readonly Counter<long> reconnects;
    private readonly Counter<long> logins;
    private readonly Counter<long> fenced;
    private readonly Counter<long> disconnects;
    private readonly Histogram<double> commits;
    private readonly Histogram<double> commitSizes;
    private readonly Counter<long> writes;

    public PodMetrics()
    {
        renewals = meter.CreateCounter<long>(
            "wa_lease_renewals_total",
            description: "Renewals of the shard's lease by outcome"
        );
        reconnects = meter.CreateCounter<long>(
            "wa_session_reconnects_total",
            description: "Connections that were lost and dialled again"
        );
        logins = meter.CreateCounter<long>(
            "wa_logins_total",
            description: "Connections dialled, for login, pairing or unlinking"
        );
        fenced = meter.CreateCounter<long>(
            "wa_sessions_fenced_total",
            description: "Sessions whose write fell out since somebody else owns them"
        );
        disconnects = meter.CreateCounter<long>(
            "wa_disconnects_total",
            description: "Connections that ended, by kind"
        );
        commits = meter.CreateHistogram<double>(
            "wa_group_commit_seconds",
            unit: "s",
            description: "Time of a group commit",
            advice: new()
            {
                HistogramBucketBoundaries =
                [
                    0.001,
                    0.0025,
                    0.005,
                    0.01,
                    0.025,
                    0.05,
                    0.1,
                    0.25,
                    1,
                    5,
                ],
            }
        );
        commitSizes = meter.CreateHistogram<double>(
            "wa_group_commit_sessions",
            unit: null,
            description: "Sessions in a group commit",
            advice: new() { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256] }
        );
        writes = meter.CreateCounter<long>(
            "wa_session_writes_total",
            description: "Writes of sessions that were committed in groups"
        );
    }

    /// <summary>Adds what is looked up at each scrape.</summary>
    public void Observe(PodStatus status, PhaseCounts counts, IHints hints)
    {
        meter.CreateObservableGauge(
            "wa_sessions",
            () => counts.All().Select(c => new Measurement<int>(c.Count, Label("phase", c.Phase))),
            description: "Sessions that this shard owns, by phase"
        );
        meter.CreateObservableGauge(
            "wa_act_gate_open",
            () => status.MayAct ? 1 : 0,
            description: "1 while the lease is fresh enough to act"
        );
        meter.CreateObservableGauge(
            "wa_lease_epoch",
            () => status.LeaseEpoch,
            description: "Epoch of the lease, 0 without one"
        );
        meter.CreateObservableGauge(
            "wa_redis_connected",
            () => hints.IsConnected ? 1 : 0,
            description: "1 while Redis answers"
        );
        meter.CreateObservableGauge(
            "process_resident_memory_bytes",
            () => Environment.WorkingSet,
            description: "Resident memory of the process"
        );
        meter.CreateObservableGauge(
            "dotnet_gc_heap_bytes",
            () => GC.GetTotalMemory(forceFullCollection: false),
            description: "Managed memory in use"
        );
        meter.CreateObservableGauge(
            "dotnet_threads",
            () => ThreadPool.ThreadCount,
            description: "Threads of the pool"
        );
        meter.CreateObservableCounter(
            "process_cpu_seconds_total",
            () => Environment.CpuUsage.TotalTime.TotalSeconds,
            description: "Processor time of the process"
        );
    }

    public void LeaseRenewal(string outcome) => renewals.Add(1, Label("outcome", outcome));

    public void Reconnect() => reconnects.Add(1);

    public void Login() => logins.Add(1);

    public void Fenced() => fenced.Add(1);

    public void Disconnected(string kind) => disconnects.Add(1, Label("kind", kind));

    public void Committed(TimeSpan time, int sessions, int count)
    {
        writes.Add(count);
        commits.Record(time.TotalSeconds);
        commitSizes.Record(sessions);
    }

    /// <inheritdoc/>
    public void Dispose() => meter.Dispose();

    private static KeyValuePair<string, object?> Label(string name, object value) =>
        new(name, value.ToString());
}
