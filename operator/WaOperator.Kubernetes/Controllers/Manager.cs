using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Health;
using WaOperator.Kubernetes.LeaderElection;

namespace WaOperator.Kubernetes.Controllers;

/// <summary>How a manager stops.</summary>
public sealed record ManagerOptions
{
    /// <summary>How long everything together may take to stop. Default 30 s.</summary>
    public TimeSpan GracefulShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Called at once when the lease is lost, before anything is stopped: the place to end the process.</summary>
    public Action? LeadershipLost { get; init; }
}

/// <summary>
/// Starts in an order in which nothing works on what is not there yet: servers (health and metrics can be asked from the
/// first moment), caches until they have synced, what every replica does, and after the election what only the leader
/// does. Stops in reverse; the lease is released last, when nothing can write any more.
/// </summary>
public sealed partial class Manager
{
    private enum Stage
    {
        Servers,
        Caches,
        Everywhere,
        LeaderOnly,
    }

    private readonly ManagerOptions _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly Dictionary<Stage, List<IRunnable>> _runnables = Enum.GetValues<Stage>()
        .ToDictionary(s => s, _ => new List<IRunnable>());
    private readonly HashSet<IInformer> _informers = [];
    private LeaderElector? _elector;

    /// <summary>Makes a manager with nothing to do.</summary>
    public Manager(
        ILoggerFactory loggers,
        ManagerOptions? options = null,
        TimeProvider? time = null
    )
    {
        _options = options ?? new();
        _logger = loggers.CreateLogger<Manager>();
        _time = time ?? TimeProvider.System;
        HealthChecks.AddReady("informer-sync", _ => new(Unsynced()));
    }

    /// <summary>The checks; ready once all caches have synced, on every replica.</summary>
    public HealthChecks HealthChecks { get; } = new();

    /// <summary>Runs from the first moment to the last: health, metrics.</summary>
    public Manager AddServer(IRunnable server) => Add(Stage.Servers, server);

    /// <summary>Keeps the cache; everything that works waits for it.</summary>
    public Manager AddInformer(IInformer informer)
    {
        if (_informers.Add(informer))
            Add(Stage.Caches, new InformerRunnable(informer));
        return this;
    }

    /// <summary>Runs on every replica.</summary>
    public Manager Add(IRunnable runnable) => Add(Stage.Everywhere, runnable);

    /// <summary>Runs on the leader alone (everywhere, if there is no election).</summary>
    public Manager AddLeaderElected(IRunnable runnable) => Add(Stage.LeaderOnly, runnable);

    /// <summary>Elects before the leader's work begins.</summary>
    public Manager UseLeaderElection(LeaderElector elector)
    {
        _elector = elector;
        return this;
    }

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="LeadershipLostException">The lease was lost; everything was stopped.</exception>
    /// <exception cref="Exception">A part failed for good; everything was stopped.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var failed = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var groups = Enum.GetValues<Stage>()
            .ToDictionary(s => s, s => new RunnableGroup(_runnables[s], failed));
        var stopped = new Lazy<Task>(() => StopAsync(groups));
        try
        {
            await RunAsync(groups, stopped, failed.Token);
        }
        catch (OperationCanceledException) when (failed.IsCancellationRequested)
        {
            // Stopped while waiting for the caches.
        }
        catch (LeadershipLostException)
        {
            _options.LeadershipLost?.Invoke();
            throw;
        }
        finally
        {
            // Awaited below: what went wrong first is what the caller must hear of.
            await stopped.Value.ContinueWith(_ => { }, TaskScheduler.Default);
        }
        foreach (var group in groups.Values)
            group.ThrowIfFailed();
        await stopped.Value;
    }

    private async Task RunAsync(
        Dictionary<Stage, RunnableGroup> groups,
        Lazy<Task> stopped,
        CancellationToken ct
    )
    {
        groups[Stage.Servers].Start();
        groups[Stage.Caches].Start();
        await Task.WhenAll(_informers.Select(i => i.WaitForSyncAsync(ct)));
        Log.Synced(_logger, _informers.Count);
        groups[Stage.Everywhere].Start();
        if (_elector is null)
            await LeadAsync(ct);
        else
            await _elector.RunAsync(LeadAsync, ct);

        // From the election until all of this process has stopped; only then is the lease released.
        async Task LeadAsync(CancellationToken stop)
        {
            groups[Stage.LeaderOnly].Start();
            await Task.Delay(Timeout.Infinite, stop)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await stopped.Value;
        }
    }

    private async Task StopAsync(Dictionary<Stage, RunnableGroup> groups)
    {
        var start = _time.GetTimestamp();
        var running = new List<string>();
        foreach (var stage in Enum.GetValues<Stage>().Reverse())
        {
            var left = _options.GracefulShutdownTimeout - _time.GetElapsedTime(start);
            running.AddRange(
                await groups[stage].StopAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time)
            );
        }
        if (running.Count > 0)
            throw new TimeoutException(
                $"did not stop within {_options.GracefulShutdownTimeout.TotalSeconds:0.#} s: {string.Join(", ", running)}"
            );
    }

    private string? Unsynced() =>
        _informers.Where(i => !i.HasSynced).Select(i => i.Name).ToList() is { Count: > 0 } names
            ? $"not read yet: {string.Join(", ", names)}"
            : null;

    private Manager Add(Stage stage, IRunnable runnable)
    {
        _runnables[stage].Add(runnable);
        return this;
    }

    private sealed class InformerRunnable(IInformer informer) : IRunnable
    {
        public string Name => $"informer of {informer.Name}";

        public Task RunAsync(CancellationToken ct) => informer.RunAsync(ct);
    }

    private static partial class Log
    {
        [LoggerMessage(EventIds.ManagerSynced, LogLevel.Information, "{Count} caches have synced")]
        public static partial void Synced(ILogger logger, int count);
    }
}
