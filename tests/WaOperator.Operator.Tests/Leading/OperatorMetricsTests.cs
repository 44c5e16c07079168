using Prometheus;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Operator.Hosting;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Placement;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Testing;

namespace WaOperator.Operator.Tests.Leading;

/// <summary>As they were when they were written by hand, but for wa_sessions, whose name the pods have.</summary>
public sealed class OperatorMetricsTests
{
    private readonly CollectorRegistry _registry = Prometheus.Metrics.NewCustomRegistry();

    [Fact]
    public async Task The_leader_shows_sessions_and_shards()
    {
        var shards = new ShardBook();
        shards.Put(
            new(
                Make.Shard,
                new(ShardState.Serving, ShardCause.NeverHeld, LeaseAct.None),
                LeaseEpoch: 1,
                Since: 0,
                "pod",
                IsPodReady: true
            )
        );
        using var shown = new LeaderMetrics(_registry).Show([Make.Session()], shards);

        Exposition
            .Families(await Exposition.ReadAsync(_registry))
            .ShouldBe(
                """
                wa_operator_sessions gauge (phase) [] Sessions by phase, as their resources' status has it
                wa_shards gauge (state) [] Shards by state
                """
            );
    }

    [Fact]
    public async Task Placement_keeps_its_names_types_labels_and_buckets()
    {
        PlacementMetrics.Planned(TimeSpan.FromSeconds(1));
        PlacementMetrics.Decided(PlacementReason.Hashed);

        Exposition
            .Families(await Exposition.ReadAsync(KubernetesMetrics.Registry))
            .Split('\n')
            .Where(l => l.StartsWith("wa_placement", StringComparison.Ordinal))
            .ShouldBe([
                "wa_placement_decisions_total counter (reason) [] Sessions that were placed, moved or left without a place, by reason",
                "wa_placement_plan_duration_seconds histogram () [0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10] How long it took to plan",
            ]);
    }

    [Fact]
    public async Task A_phase_without_sessions_is_gone_at_the_next_scrape()
    {
        var sessions = new List<WhatsAppSession>
        {
            Make.Session("a", status: new() { Phase = "Connected" }),
            Make.Session("b", status: new() { Phase = "Pairing" }),
        };
        using (new LeaderMetrics(_registry).Show(sessions, new()))
        {
            (await SessionsAsync()).ShouldBe([
                "wa_operator_sessions{phase=\"Connected\"} 1",
                "wa_operator_sessions{phase=\"Pairing\"} 1",
            ]);
            sessions.RemoveAt(1);
            (await SessionsAsync()).ShouldBe(["wa_operator_sessions{phase=\"Connected\"} 1"]);
        }
        (await SessionsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Redis_is_told_with_its_fault()
    {
        using var shown = new RedisMetrics(_registry).Show(new RefusedHints());

        var told = await Exposition.ReadAsync(_registry);
        told.ShouldContain("wa_redis_connected 0");
        told.Split('\n')
            .Where(l => l.EndsWith(" 1", StringComparison.Ordinal))
            .ShouldBe(["wa_redis_fault{kind=\"LogIn\"} 1"]);
    }

    private sealed class RefusedHints : IHints
    {
        public bool IsConnected => false;

        public RedisFault? Fault => RedisFault.LogIn;

        public void Publish(string channel) => throw new NotSupportedException();

        public void Subscribe(string channel, Action handler) => throw new NotSupportedException();
    }

    private async Task<IEnumerable<string>> SessionsAsync() =>
        (await Exposition.ReadAsync(_registry))
            .Split('\n')
            .Where(l => l.StartsWith("wa_operator_sessions{", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal);
}
