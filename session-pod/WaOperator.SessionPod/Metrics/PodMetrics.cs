using Prometheus;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Signals;

namespace WaOperator.SessionPod.Metrics;

/// <summary>What the pod counts. The names are those of /metrics.</summary>
internal sealed class PodMetrics
{
    private readonly MetricFactory _factory;
    private readonly Counter _renewals;
    private readonly Counter _reconnects;
    private readonly Counter _logins;
    private readonly Counter _fenced;
    private readonly Counter _timelocks;
    private readonly Counter _disconnects;
    private readonly Counter _suspects;
    private readonly Histogram _commits;
    private readonly Histogram _commitSizes;
    private readonly Counter _writes;
    private readonly Counter _journalled;
    private readonly Counter _past;
    private readonly Counter _unreadable;
    private readonly Counter _limited;
    private readonly Counter _alone;
    private readonly Counter _deliveries;
    private readonly Histogram _lag;
    private readonly Gauge _breakers;
    private readonly Counter _dead;
    private readonly Gauge _oldest;

    public PodMetrics()
    {
        _factory = Prometheus.Metrics.WithCustomRegistry(Registry);
        _renewals = _factory.CreateCounter(
            "wa_lease_renewals_total",
            "Renewals of the shard's lease by outcome",
            "outcome"
        );
        _reconnects = _factory.CreateCounter(
            "wa_session_reconnects_total",
            "Connections that were lost and dialled again"
        );
        _logins = _factory.CreateCounter(
            "wa_logins_total",
            "Connections dialled, for login, pairing or unlinking"
        );
        _fenced = _factory.CreateCounter(
            "wa_sessions_fenced_total",
            "Sessions whose write was refused because another pod owns them"
        );
        _timelocks = _factory.CreateCounter(
            "wa_session_timelocks_total",
            "Sessions whose account was found to be time-locked (463): it may write to no new chats for some time"
        );
        _disconnects = _factory.CreateCounter(
            "wa_disconnects_total",
            "Connections that ended, by kind",
            "kind"
        );
        _suspects = _factory.CreateCounter(
            "wa_device_suspect_total",
            "Logins with a stored device address that looks wrong, of each session at most one in a minute for the same reason, by tenant (NAMESPACE/NAME)",
            "tenant",
            "reason"
        );
        _commits = _factory.CreateHistogram(
            "wa_group_commit_seconds",
            "Time of a group commit",
            new HistogramConfiguration
            {
                Buckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
            }
        );
        _commitSizes = _factory.CreateHistogram(
            "wa_group_commit_sessions",
            "Sessions in a group commit",
            new HistogramConfiguration { Buckets = [1, 2, 4, 8, 16, 32, 64, 128, 256] }
        );
        _writes = _factory.CreateCounter(
            "wa_session_writes_total",
            "Writes of sessions that were committed in groups"
        );
        _journalled = _factory.CreateCounter(
            "wa_journal_bytes_total",
            "Bytes of events that were written to journals, which keep them for WA__Messages__EventDays"
        );
        _past = _factory.CreateCounter(
            "wa_history_messages_total",
            "Messages from before sessions were linked, as their phones gave them: stored, or left_out, since they are older than WA__Messages__EventDays or of no chat",
            "outcome"
        );
        _unreadable = _factory.CreateCounter(
            "wa_events_unreadable_total",
            "Events that a reader was given as unreadable; one counts again for each reader"
        );
        _limited = _factory.CreateCounter(
            "wa_rate_limited_total",
            "Messages that were refused by a limit of their tenant: Minute, Recipient or Day",
            "limit"
        );
        _alone = _factory.CreateCounter(
            "wa_limits_without_redis_total",
            "Messages whose tenant's minute was decided by this pod's share, since Redis was away"
        );
        _deliveries = _factory.CreateCounter(
            "wa_webhook_deliveries_total",
            "Posts to webhooks by outcome: delivered, endpoint_failure, message_failure or gone",
            "outcome"
        );
        _lag = _factory.CreateHistogram(
            "wa_webhook_lag_seconds",
            "Time from an event's commit until its webhook took it",
            new HistogramConfiguration
            {
                Buckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600, 86400],
            }
        );
        _breakers = _factory.CreateGauge(
            "wa_webhook_breakers_open",
            "Webhooks whose endpoint fails and is left alone for a while"
        );
        _dead = _factory.CreateCounter(
            "wa_webhook_dead_total",
            "Events that their webhook has given up"
        );
        _oldest = _factory.CreateGauge(
            "wa_webhook_oldest_ratio",
            "Age of the oldest event that is known to wait for its webhook, as a part of how long events are kept: at 1 it is pruned"
        );
    }

    /// <summary>All of them, for /metrics; each pod of a process has its own.</summary>
    public CollectorRegistry Registry { get; } = Prometheus.Metrics.NewCustomRegistry();

    /// <summary>Adds what is looked up at each scrape.</summary>
    public void Observe(PodHealth status, PhaseCounts counts, IHints hints)
    {
        var sessions = _factory.CreateGauge(
            "wa_sessions",
            "Sessions that this shard owns, by phase",
            "phase"
        );
        var gate = _factory.CreateGauge(
            "wa_act_gate_open",
            "1 while the lease is fresh enough to act"
        );
        var epoch = _factory.CreateGauge("wa_lease_epoch", "Epoch of the lease, 0 without one");
        var redis = _factory.CreateGauge("wa_redis_connected", "1 while Redis answers");
        var fault = _factory.CreateGauge(
            "wa_redis_fault",
            "1 while Redis cannot be used, or not in full, by what the log says of it",
            "kind"
        );
        var resident = _factory.CreateGauge(
            "process_resident_memory_bytes",
            "Resident memory of the process"
        );
        var heap = _factory.CreateGauge("dotnet_gc_heap_bytes", "Managed memory in use");
        var threads = _factory.CreateGauge("dotnet_threads", "Threads of the pool");
        var cpu = _factory.CreateCounter(
            "process_cpu_seconds_total",
            "Processor time of the process"
        );
        Registry.AddBeforeCollectCallback(() =>
        {
            foreach (var (phase, count) in counts.All())
                sessions.WithLabels(phase.ToString()).Set(count);
            gate.Set(status.MayAct ? 1 : 0);
            epoch.Set(status.LeaseEpoch);
            redis.Set(hints.IsConnected ? 1 : 0);
            var now = hints.Fault;
            foreach (var one in RedisFault.All)
                fault.WithLabels(one.Kind).Set(one == now ? 1 : 0);
            resident.Set(Environment.WorkingSet);
            heap.Set(GC.GetTotalMemory(forceFullCollection: false));
            threads.Set(ThreadPool.ThreadCount);
            cpu.IncTo(Environment.CpuUsage.TotalTime.TotalSeconds);
        });
    }

    public void LeaseRenewal(string outcome) => _renewals.WithLabels(outcome).Inc();

    public void Reconnect() => _reconnects.Inc();

    public void Login() => _logins.Inc();

    public void Fenced() => _fenced.Inc();

    public void Timelocked() => _timelocks.Inc();

    public void Disconnected(string kind) => _disconnects.WithLabels(kind).Inc();

    public void DeviceSuspect(string tenant, string reason) =>
        _suspects.WithLabels(tenant, reason).Inc();

    public void RateLimited(string limit) => _limited.WithLabels(limit).Inc();

    public void LimitedAlone(int messages) => _alone.Inc(messages);

    public void WebhookDelivery(PostOutcome outcome) =>
        _deliveries
            .WithLabels(
                outcome switch
                {
                    PostOutcome.Delivered => "delivered",
                    PostOutcome.MessageFailure => "message_failure",
                    PostOutcome.Gone => "gone",
                    _ => "endpoint_failure",
                }
            )
            .Inc();

    public void WebhookLag(TimeSpan lag) => _lag.Observe(lag.TotalSeconds);

    public void WebhookBreaker(int change) => _breakers.Inc(change);

    public void WebhookDead() => _dead.Inc();

    public void WebhookOldest(double ratio) => _oldest.Set(ratio);

    public void Unreadable() => _unreadable.Inc();

    public void PastTaken(int stored, int leftOut)
    {
        _past.WithLabels("stored").Inc(stored);
        _past.WithLabels("left_out").Inc(leftOut);
    }

    public void Committed(TimeSpan time, int sessions, int count, long journal)
    {
        _writes.Inc(count);
        _journalled.Inc(journal);
        _commits.Observe(time.TotalSeconds);
        _commitSizes.Observe(sessions);
    }
}
