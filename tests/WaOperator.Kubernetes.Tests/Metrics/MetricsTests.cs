using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Kubernetes.Queue;
using WaOperator.Kubernetes.Tests.LeaderElection;
using WaOperator.Metrics;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Metrics;

/// <summary>What a scrape shows, by the names that dashboards of controller-runtime look for.</summary>
public sealed class MetricsTests : IDisposable
{
    private readonly PrometheusExporter _exporter = new(KubernetesMetrics.MeterName);
    private readonly string _name = $"metrics-{Guid.NewGuid():N}";

    public void Dispose() => _exporter.Dispose();

    [Fact]
    public async Task Work_and_its_failures_are_counted()
    {
        using var stop = new CancellationTokenSource();
        var calls = 0;
        using var controller = new Controller<string>(
            _name,
            new FuncReconciler<string>(
                (key, _) =>
                    key == "bad" && Interlocked.Increment(ref calls) == 1
                        ? throw new InvalidOperationException("broken")
                        : Task.FromResult(Result.Done)
            ),
            NullLoggerFactory.Instance
        );
        controller.Queue.Add("good");
        controller.Queue.Add("bad");
        Lines("workqueue_depth").ShouldBe(["workqueue_depth{name=\"NAME\"} 2"]);
        var running = controller.RunAsync(stop.Token);
        await Eventually.True(
            "both are done",
            () =>
                Lines("controller_runtime_reconcile_total")
                    .Contains(
                        "controller_runtime_reconcile_total{controller=\"NAME\",result=\"success\"} 2"
                    )
        );
        await stop.CancelAsync();
        await running;

        Lines("controller_runtime_reconcile_total")
            .ShouldContain(
                "controller_runtime_reconcile_total{controller=\"NAME\",result=\"error\"} 1"
            );
        Lines("controller_runtime_reconcile_errors_total")
            .ShouldBe(["controller_runtime_reconcile_errors_total{controller=\"NAME\"} 1"]);
        Lines("controller_runtime_reconcile_time_seconds_count")
            .ShouldBe(["controller_runtime_reconcile_time_seconds_count{controller=\"NAME\"} 3"]);
        Lines("controller_runtime_active_workers")
            .ShouldBe(["controller_runtime_active_workers{controller=\"NAME\"} 0"]);
        Lines("workqueue_adds_total").ShouldBe(["workqueue_adds_total{name=\"NAME\"} 3"]);
        Lines("workqueue_retries_total").ShouldBe(["workqueue_retries_total{name=\"NAME\"} 1"]);
        Lines("workqueue_depth").ShouldBe(["workqueue_depth{name=\"NAME\"} 0"]);
        Lines("workqueue_queue_duration_seconds_count")
            .ShouldBe(["workqueue_queue_duration_seconds_count{name=\"NAME\"} 3"]);
    }

    [Fact]
    public void A_queue_that_is_gone_has_no_depth()
    {
        using (var queue = new WorkQueue<int>(_name))
            queue.Add(1);
        Lines("workqueue_depth").ShouldBeEmpty();
    }

    [Fact]
    public async Task The_leader_shows_that_it_leads()
    {
        using var stop = new CancellationTokenSource();
        var lease = new FakeLease();
        using var client = new FakeApi(lease.Answer).Client();
        var elector = new LeaderElector(
            client,
            new()
            {
                LeaseName = _name,
                Namespace = "ns",
                Identity = "me",
            },
            NullLoggerFactory.Instance
        );
        var running = elector.RunAsync(
            async ct =>
                await Task.Delay(Timeout.Infinite, ct)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing),
            stop.Token
        );
        await Eventually.True(
            "it leads",
            () =>
                Lines("leader_election_master_status")
                    .SequenceEqual(["leader_election_master_status{name=\"NAME\"} 1"])
        );
        await stop.CancelAsync();
        await running;
        Lines("leader_election_master_status").ShouldBeEmpty();
    }

    private string[] Lines(string metric) =>
        [
            .. _exporter
                .Collect()
                .Split('\n')
                .Where(l =>
                    l.StartsWith(metric + "{", StringComparison.Ordinal)
                    && l.Contains(_name, StringComparison.Ordinal)
                )
                .Select(l => l.Replace(_name, "NAME", StringComparison.Ordinal)),
        ];
}
