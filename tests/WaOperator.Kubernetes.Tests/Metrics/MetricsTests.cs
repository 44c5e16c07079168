using Microsoft.Extensions.Logging.Abstractions;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Kubernetes.Queue;
using WaOperator.Kubernetes.Tests.LeaderElection;
using WaOperator.Testing;

namespace WaOperator.Kubernetes.Tests.Metrics;

/// <summary>What a scrape shows, by the names that dashboards of controller-runtime look for.</summary>
public sealed class MetricsTests
{
    private readonly string _name = $"metrics-{Guid.NewGuid():N}";

    /// <summary>As they were when they were written by hand over System.Diagnostics.Metrics.</summary>
    [Fact]
    public async Task Names_types_labels_and_buckets_are_those_that_dashboards_know()
    {
        using var queue = new WorkQueue<int>(_name);
        KubernetesMetrics.Request("GET", "list", "200", TimeSpan.FromSeconds(1));
        new ControllerMetrics(_name).Reconciled("error", TimeSpan.FromSeconds(1));
        KubernetesMetrics.Elects(_name, () => true);

        var families = Exposition.Families(await Exposition.ReadAsync(KubernetesMetrics.Registry));

        KubernetesMetrics.ElectsNoMore(_name);
        families.ShouldBe(
            """
            controller_runtime_active_workers gauge (controller) [] Number of currently used workers per controller.
            controller_runtime_reconcile_errors_total counter (controller) [] Total number of reconciliation errors per controller.
            controller_runtime_reconcile_time_seconds histogram (controller) [0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60] Length of time per reconciliation per controller.
            controller_runtime_reconcile_total counter (controller,result) [] Total number of reconciliations per controller.
            leader_election_master_status gauge (name) [] Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, 1 indicates master.
            rest_client_request_duration_seconds histogram (verb) [0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60] Request latency in seconds, partitioned by verb.
            rest_client_requests_total counter (code,method) [] Number of HTTP requests, partitioned by status code and method.
            workqueue_adds_total counter (name) [] Total number of adds handled by workqueue.
            workqueue_depth gauge (name) [] Current depth of workqueue.
            workqueue_longest_running_processor_seconds gauge (name) [] How many seconds has the longest running processor for workqueue been running.
            workqueue_queue_duration_seconds histogram (name) [0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60] How long in seconds an item stays in workqueue before being requested.
            workqueue_retries_total counter (name) [] Total number of retries handled by workqueue.
            workqueue_work_duration_seconds histogram (name) [0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60] How long in seconds processing an item from workqueue takes.
            """
        );
    }

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
        (await LinesAsync("workqueue_depth")).ShouldBe(["workqueue_depth{name=\"NAME\"} 2"]);
        var running = controller.RunAsync(stop.Token);
        await Eventually.True(
            "both are done",
            async () =>
                (await LinesAsync("controller_runtime_reconcile_total")).Contains(
                    "controller_runtime_reconcile_total{controller=\"NAME\",result=\"success\"} 2"
                )
        );
        await stop.CancelAsync();
        await running;

        (await LinesAsync("controller_runtime_reconcile_total")).ShouldContain(
            "controller_runtime_reconcile_total{controller=\"NAME\",result=\"error\"} 1"
        );
        (await LinesAsync("controller_runtime_reconcile_errors_total")).ShouldBe([
            "controller_runtime_reconcile_errors_total{controller=\"NAME\"} 1",
        ]);
        (await LinesAsync("controller_runtime_reconcile_time_seconds_count")).ShouldBe([
            "controller_runtime_reconcile_time_seconds_count{controller=\"NAME\"} 3",
        ]);
        (await LinesAsync("controller_runtime_active_workers")).ShouldBe([
            "controller_runtime_active_workers{controller=\"NAME\"} 0",
        ]);
        (await LinesAsync("workqueue_adds_total")).ShouldBe([
            "workqueue_adds_total{name=\"NAME\"} 3",
        ]);
        (await LinesAsync("workqueue_retries_total")).ShouldBe([
            "workqueue_retries_total{name=\"NAME\"} 1",
        ]);
        (await LinesAsync("workqueue_depth")).ShouldBe(["workqueue_depth{name=\"NAME\"} 0"]);
        (await LinesAsync("workqueue_queue_duration_seconds_count")).ShouldBe([
            "workqueue_queue_duration_seconds_count{name=\"NAME\"} 3",
        ]);
    }

    [Fact]
    public async Task A_queue_that_is_gone_has_no_depth()
    {
        using (var queue = new WorkQueue<int>(_name))
        {
            queue.Add(1);
            (await LinesAsync("workqueue_depth")).ShouldBe(["workqueue_depth{name=\"NAME\"} 1"]);
        }
        (await LinesAsync("workqueue_depth")).ShouldBeEmpty();
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
            async () =>
                (await LinesAsync("leader_election_master_status")).SequenceEqual([
                    "leader_election_master_status{name=\"NAME\"} 1",
                ])
        );
        await stop.CancelAsync();
        await running;
        (await LinesAsync("leader_election_master_status")).ShouldBeEmpty();
    }

    private async Task<string[]> LinesAsync(string metric) =>
        [
            .. (await Exposition.ReadAsync(KubernetesMetrics.Registry))
                .Split('\n')
                .Where(l =>
                    l.StartsWith(metric + "{", StringComparison.Ordinal)
                    && l.Contains(_name, StringComparison.Ordinal)
                )
                .Select(l => l.Replace(_name, "NAME", StringComparison.Ordinal)),
        ];
}
