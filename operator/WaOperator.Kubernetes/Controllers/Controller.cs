using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Metrics;
using WaOperator.Kubernetes.Objects;
using WaOperator.Kubernetes.Queue;

namespace WaOperator.Kubernetes.Controllers;

/// <summary>How a controller works.</summary>
public sealed record ControllerOptions<TKey>
    where TKey : notnull
{
    /// <summary>Keys that are worked on at once. Default 1.</summary>
    public int Workers { get; init; } = 1;

    /// <summary>Pauses after failures; null: <see cref="RateLimiters.Default"/>.</summary>
    public IRateLimiter<TKey>? RateLimiter { get; init; }

    /// <summary>A key waits at most this long for the cache to show what was written for it. Default 30 s.</summary>
    public TimeSpan ExpectationLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a held key asks the cache again. Default 20 ms.</summary>
    public TimeSpan ExpectationPoll { get; init; } = TimeSpan.FromMilliseconds(20);
}

/// <summary>
/// Turns changes of objects into keys and has a reconciler work them off. Watches are added before it runs; it runs after
/// their informers have synced (<see cref="Manager"/> sees to that).
/// </summary>
public sealed partial class Controller<TKey> : IRunnable, IDisposable
    where TKey : notnull
{
    private readonly IReconciler<TKey> _reconciler;
    private readonly ControllerOptions<TKey> _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ControllerMetrics _metrics;
    private readonly List<IInformer> _informers = [];

    /// <summary>Makes a controller that watches nothing yet.</summary>
    /// <param name="name">Unique in the process: metrics and logs go by it.</param>
    /// <param name="reconciler">Does the work.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="options">How.</param>
    /// <param name="time">The clock.</param>
    public Controller(
        string name,
        IReconciler<TKey> reconciler,
        ILoggerFactory loggers,
        ControllerOptions<TKey>? options = null,
        TimeProvider? time = null
    )
    {
        Name = name;
        _reconciler = reconciler;
        _options = options ?? new();
        if (_options.Workers < 1)
            throw new ArgumentException(
                $"controller {name} needs at least one worker",
                nameof(options)
            );
        _logger = loggers.CreateLogger($"{typeof(Controller<>).Namespace}.Controller[{name}]");
        _time = time ?? TimeProvider.System;
        _metrics = new(name);
        Queue = new(name, _options.RateLimiter, _time);
        Expectations = new(_time, _options.ExpectationLimit);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The keys that wait; add to it what no watch tells of.</summary>
    public WorkQueue<TKey> Queue { get; }

    /// <summary>What was written for a key and must be seen before it is worked on again.</summary>
    public Expectations<TKey> Expectations { get; }

    /// <summary>The informers that it watches.</summary>
    public IReadOnlyList<IInformer> Informers => _informers;

    /// <summary>Works on the keys that <paramref name="map"/> makes of each object that is new, changed (both states) or gone.</summary>
    /// <param name="informer">The objects.</param>
    /// <param name="map">Pure and quick: it runs in the watch.</param>
    /// <param name="when">Which changes count (old state, new state; one of them is null for new and gone); null: all.</param>
    public Controller<TKey> Watches<T>(
        Informer<T> informer,
        Func<T, IEnumerable<TKey>> map,
        Func<T?, T?, bool>? when = null
    )
        where T : class, IKubernetesObject<T>
    {
        _informers.Add(informer);
        informer.AddEventHandler(new Mapper<T>(this, map, when));
        return this;
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        Log.Started(_logger, _options.Workers);
        await using var stop = ct.UnsafeRegister(
            static q => ((WorkQueue<TKey>)q!).ShutDown(),
            Queue
        );
        await Task.WhenAll(
            Enumerable
                .Range(0, _options.Workers)
                .Select(_ => Task.Run(() => WorkAsync(ct), CancellationToken.None))
        );
    }

    /// <inheritdoc/>
    public void Dispose() => Queue.Dispose();

    private async Task WorkAsync(CancellationToken ct)
    {
        while (await Queue.GetAsync(CancellationToken.None) is (true, { } key))
        {
            try
            {
                if (!Expectations.AreMet(key, out var overdue))
                {
                    Queue.AddAfter(key, _options.ExpectationPoll);
                    continue;
                }
                if (overdue is not null)
                    Log.Unseen(_logger, key, overdue, _options.ExpectationLimit);
                await ReconcileAsync(key, ct);
            }
            finally
            {
                Queue.Done(key);
            }
        }
    }

    private async Task ReconcileAsync(TKey key, CancellationToken ct)
    {
        var start = _time.GetTimestamp();
        var outcome = "error";
        _metrics.WorkerStarted();
        try
        {
            var result = await _reconciler.ReconcileAsync(key, ct);
            outcome = result.RequeueAfter is null ? "success" : "requeue_after";
            Queue.Forget(key);
            if (result.RequeueAfter is { } delay)
                Queue.AddAfter(key, delay);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            outcome = "cancelled";
        }
        catch (Client.KubernetesException e) when (e.IsConflict)
        {
            // Somebody else wrote in between: nothing is wrong, but the decision must be made anew.
            Log.Conflict(_logger, key, e.Message);
            Queue.AddRateLimited(key);
        }
        catch (Exception e)
        {
            Log.Failed(_logger, e, key, Queue.NumRequeues(key) + 1);
            Queue.AddRateLimited(key, (e as Client.KubernetesException)?.RetryAfter ?? default);
        }
        finally
        {
            _metrics.Reconciled(outcome, _time.GetElapsedTime(start));
        }
    }

    private sealed class Mapper<T>(
        Controller<TKey> controller,
        Func<T, IEnumerable<TKey>> map,
        Func<T?, T?, bool>? when
    ) : IResourceEventHandler<T>
        where T : class, IKubernetesObject<T>
    {
        public void OnAdded(T obj, bool isInInitialList)
        {
            if (when?.Invoke(null, obj) != false)
                Add(obj, isInInitialList ? Priority.Low : Priority.Normal);
        }

        public void OnUpdated(T old, T obj)
        {
            if (when?.Invoke(old, obj) == false)
                return;
            Add(old, Priority.Normal);
            Add(obj, Priority.Normal);
        }

        public void OnDeleted(T obj, bool finalStateUnknown)
        {
            if (when?.Invoke(obj, null) != false)
                Add(obj, Priority.Normal);
        }

        private void Add(T obj, Priority priority)
        {
            foreach (var key in map(obj))
                controller.Queue.Add(key, priority);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "Started with {Workers} workers")]
        public static partial void Started(ILogger logger, int workers);

        [LoggerMessage(LogLevel.Error, "Reconciling {Key} failed (time {Attempt} in a row)")]
        public static partial void Failed(ILogger logger, Exception e, TKey key, int attempt);

        [LoggerMessage(LogLevel.Debug, "Reconciling {Key} met a conflict: {Why}")]
        public static partial void Conflict(ILogger logger, TKey key, string why);

        [LoggerMessage(
            LogLevel.Warning,
            "{Key}: the cache has not seen {Write}, written {Limit} ago; going on without"
        )]
        public static partial void Unseen(ILogger logger, TKey key, string write, TimeSpan limit);
    }
}

/// <summary>The usual watches of a controller whose keys are objects.</summary>
public static class ControllerExtensions
{
    /// <summary>Works on the objects themselves.</summary>
    public static Controller<NamespacedName> For<T>(
        this Controller<NamespacedName> controller,
        Informer<T> informer,
        Func<T?, T?, bool>? when = null
    )
        where T : class, IKubernetesObject<T> =>
        controller.Watches(informer, o => [NamespacedName.Of(o)], when);

    /// <summary>Works on the <typeparamref name="TOwner"/> that controls a changed object.</summary>
    public static Controller<NamespacedName> Owns<TOwner, T>(
        this Controller<NamespacedName> controller,
        Informer<T> informer,
        Func<T?, T?, bool>? when = null
    )
        where TOwner : class, IKubernetesObject<TOwner>
        where T : class, IKubernetesObject<T>
    {
        return controller.Watches(informer, Owner, when);

        static IEnumerable<NamespacedName> Owner(T obj)
        {
            if (
                obj.Metadata.Controller
                    is { Name: { } name, Kind: { } kind, ApiVersion: { } version }
                && kind == TOwner.Resource.Kind
                && version.Split('/')[0] == TOwner.Resource.ApiVersion.Split('/')[0]
            )
                yield return new(
                    TOwner.Resource.Namespaced ? obj.Metadata.Namespace ?? "" : "",
                    name
                );
        }
    }
}
