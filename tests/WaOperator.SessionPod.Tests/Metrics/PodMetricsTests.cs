using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Hosting;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Sessions;
using WaOperator.SessionPod.Webhooks;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Metrics;

public sealed class PodMetricsTests
{
    private readonly PodMetrics _metrics = new();
    private readonly PhaseCounts _counts = new();

    public PodMetricsTests() =>
        _metrics.Observe(
            new(
                BootClock.Instance,
                new CommitHeartbeat(BootClock.Instance, TimeSpan.FromSeconds(5))
            ),
            _counts,
            new NoHints()
        );

    /// <summary>Dashboards and alerts rest on them: a change here is a change of a contract.</summary>
    [Fact]
    public async Task Names_types_labels_and_buckets_are_those_that_dashboards_know()
    {
        _metrics.LeaseRenewal("renewed");
        _metrics.Disconnected("Lost");
        _metrics.DeviceSuspect("ns/acme", "DeviceIdHigh");
        _metrics.RateLimited("Minute");
        _metrics.PastTaken(1, 0);
        _metrics.WebhookDelivery(PostOutcome.Delivered);

        Exposition
            .Families(await Exposition.ReadAsync(_metrics.Registry))
            .ShouldBe(
                """
                dotnet_gc_heap_bytes gauge () [] Managed memory in use
                dotnet_threads gauge () [] Threads of the pool
                process_cpu_seconds_total counter () [] Processor time of the process
                process_resident_memory_bytes gauge () [] Resident memory of the process
                wa_act_gate_open gauge () [] 1 while the lease is fresh enough to act
                wa_device_suspect_total counter (reason,tenant) [] Logins with a stored device address that looks wrong, of each session at most one in a minute for the same reason, by tenant (NAMESPACE/NAME)
                wa_disconnects_total counter (kind) [] Connections that ended, by kind
                wa_events_unreadable_total counter () [] Events that a reader was given as unreadable; one counts again for each reader
                wa_group_commit_seconds histogram () [0.001 0.0025 0.005 0.01 0.025 0.05 0.1 0.25 1 5] Time of a group commit
                wa_group_commit_sessions histogram () [1 2 4 8 16 32 64 128 256] Sessions in a group commit
                wa_history_messages_total counter (outcome) [] Messages from before sessions were linked, as their phones gave them: stored, or left_out, since they are older than WA__Messages__EventDays or of no chat
                wa_journal_bytes_total counter () [] Bytes of events that were written to journals, which keep them for WA__Messages__EventDays
                wa_lease_epoch gauge () [] Epoch of the lease, 0 without one
                wa_lease_renewals_total counter (outcome) [] Renewals of the shard's lease by outcome
                wa_limits_without_redis_total counter () [] Messages whose tenant's minute was decided by this pod's share, since Redis was away
                wa_logins_total counter () [] Connections dialled, for login, pairing or unlinking
                wa_rate_limited_total counter (limit) [] Messages that were refused by a limit of their tenant: Minute, Recipient or Day
                wa_redis_connected gauge () [] 1 while Redis answers
                wa_redis_fault gauge (kind) [] 1 while Redis cannot be used, or not in full, by what the log says of it
                wa_session_reconnects_total counter () [] Connections that were lost and dialled again
                wa_session_timelocks_total counter () [] Sessions whose account was found to be time-locked (463): it may write to no new chats for some time
                wa_session_writes_total counter () [] Writes of sessions that were committed in groups
                wa_sessions gauge (phase) [] Sessions that this shard owns, by phase
                wa_sessions_fenced_total counter () [] Sessions whose write was refused because another pod owns them
                wa_webhook_breakers_open gauge () [] Webhooks whose endpoint fails and is left alone for a while
                wa_webhook_dead_total counter () [] Events that their webhook has given up
                wa_webhook_deliveries_total counter (outcome) [] Posts to webhooks by outcome: delivered, endpoint_failure, message_failure or gone
                wa_webhook_lag_seconds histogram () [0.1 0.25 0.5 1 2.5 5 15 60 300 3600 86400] Time from an event's commit until its webhook took it
                wa_webhook_oldest_ratio gauge () [] Age of the oldest event that is known to wait for its webhook, as a part of how long events are kept: at 1 it is pruned
                """
            );
    }

    [Fact]
    public async Task A_scrape_shows_the_state_of_its_moment()
    {
        _counts.Enter(SessionPhase.Connected);
        await ShouldShowAsync("wa_sessions{phase=\"Connected\"} 1");
        _counts.Leave(SessionPhase.Connected);
        await ShouldShowAsync("wa_sessions{phase=\"Connected\"} 0");
    }

    [Fact]
    public async Task A_group_commit_counts_its_sessions_and_writes()
    {
        _metrics.Committed(TimeSpan.FromMilliseconds(20), sessions: 3, count: 7, journal: 4_000);

        await ShouldShowAsync("wa_journal_bytes_total 4000");
        await ShouldShowAsync("wa_session_writes_total 7");
        await ShouldShowAsync("wa_group_commit_seconds_bucket{le=\"0.01\"} 0");
        await ShouldShowAsync("wa_group_commit_seconds_bucket{le=\"0.025\"} 1");
        await ShouldShowAsync("wa_group_commit_sessions_sum 3");
    }

    private async Task ShouldShowAsync(string line) =>
        (await Exposition.ReadAsync(_metrics.Registry)).Split('\n').ShouldContain(line);
}
