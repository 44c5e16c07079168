using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Health;
using WaOperator.Kubernetes.LeaderElection;
using WaOperator.Operator.Election;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Options;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Hosting;

/// <summary>
/// One process of the operator: caches on every replica, the work on the leader. Ends when it resigned as the leader, and with an
/// exception when its leadership is lost, so that the process is started again with nothing remembered.
/// </summary>
internal sealed class OperatorHost(
    IKubernetes client,
    OperatorOptions options,
    ILoggerFactory loggers,
    TimeProvider time
)
{
    private volatile Manager? _manager;

    /// <summary>Called at once when the lease is lost, before anything is stopped.</summary>
    public Action? LeadershipLost { get; init; }

    /// <summary>The checks of readiness: the caches have synced.</summary>
    public Task<HealthReport> ReadyAsync(CancellationToken ct) =>
        _manager?.HealthChecks.ReadyAsync(ct)
        ?? Task.FromResult(new HealthReport(false, "[-]api-server failed: not reached yet\n"));

    /// <summary>Runs until cancelled or until it resigned; the lease is released last.</summary>
    /// <exception cref="LeadershipLostException">The lease was lost.</exception>
    /// <exception cref="Store.Operator.StaleTermException">Another leader has begun.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        bool policyV1;
        try
        {
            policyV1 = await Retry.UntilAsync(
                "first request to the API server",
                t => client.IsServedAsync("policy", "v1", "PodDisruptionBudget", t),
                loggers.CreateLogger<OperatorHost>(),
                time,
                ct
            );
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return;
        }
        await using var store = OperatorStore.Open(options.Database.ConnectionString);
        await using var watched = OperatorStore.OpenWatch(options.Database.ConnectionString);
        using var redis = options.Redis.Configuration is { Length: > 0 } configuration
            ? new LateHints(
                RedisDsn.Read(configuration, options.Redis.CaFile),
                HintChannels.NoPlacement,
                time,
                loggers
            )
            : null;
        using var metrics = RedisMetrics.Process.Show((IHints?)redis ?? new NoHints());
        var watch = new DatabaseWatch(
            watched.Observed,
            time,
            loggers.CreateLogger<DatabaseWatch>()
        );
        var election = options.Election(Guid.NewGuid());
        var events = new EventRecorder(
            client,
            new()
            {
                Component = Labels.ManagedByValue,
                Instance = options.Pod.Name,
                // Thousands of sessions may be placed at once.
                Backlog = 50_000,
            },
            loggers,
            time
        );
        var caches = new Caches(
            client,
            [.. options.Namespaces],
            policyV1,
            new(options.Pod.Namespace, options.SharedPools),
            options.ReadNodes,
            loggers,
            time
        );
        var manager = new Manager(loggers, new() { LeadershipLost = LeadershipLost }, time)
            .UseLeaderElection(
                new(client, election, loggers, time)
                {
                    Policy = new FitnessPolicy(
                        election.Identity,
                        () => watch.ProvenAt,
                        TimeSpan.FromSeconds(options.Leader.DatabaseSeconds),
                        loggers.CreateLogger<FitnessPolicy>(),
                        time
                    ),
                }
            )
            .AddServer(watch)
            .Add(events);
        foreach (var informer in caches.All)
            manager.AddInformer(informer);
        manager.AddLeaderElected(
            new LeaderWork(
                new(
                    client,
                    caches,
                    store,
                    watch,
                    (IHints?)redis ?? new NoHints(),
                    events,
                    options,
                    election.Identity,
                    loggers,
                    time
                )
            )
        );
        _manager = manager;
        await manager.RunAsync(ct);
    }
}
