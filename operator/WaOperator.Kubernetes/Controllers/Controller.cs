using Microsoft.Extensions.Logging;
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

    /// <summary>What the reconciler wrote and its cache must show before a key is worked on again; null: nothing.</summary>
    public Expectations<TKey>? Expectations { get; init; }

    /// <summary>How often a held key asks the cache again. Default 20 ms.</summary>
    public TimeSpan ExpectationPoll { get; init; } = TimeSpan.FromMilliseconds(20);
}

/// <summary>
/// Has a reconciler work off the keys of a queue, several at once and no key twice at once. What adds to the queue is declared
/// with <see cref="ControllerBuilder{TKey}"/>; it must run after the informers that it watches have synced.
/// </summary>
public sealed partial class Controller<TKey> : IRunnable, IDisposable
    where TKey : notnull
{
    private readonly IReconciler<TKey> _reconciler;
    private readonly ControllerOptions<TKey> _options;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ControllerMetrics _metrics;

    /// <summary>Makes a controller that watches nothing; see <see cref="ControllerBuilder{TKey}"/>.</summary>
    /// <param name="name">Unique in the process: metrics and logs go by it.</param>
    /// <param name="reconciler">Does the work.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="options">Workers, pauses and expectations; null: the defaults.</param>
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
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <summary>The keys that wait.</summary>
    public WorkQueue<TKey> Queue { get; }

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
                if (!IsSettled(key))
                    Queue.AddAfter(key, _options.ExpectationPoll);
                else
                    await ReconcileAsync(key, ct);
            }
            finally
            {
                Queue.Done(key);
            }
        }
    }

    /// <summary>Whether the cache shows what was written for the key, or was given up on.</summary>
    private bool IsSettled(TKey key)
    {
        if (_options.Expectations is not { } writes)
            return true;
        if (!writes.AreMet(key, out var overdue))
            return false;
        if (overdue is not null)
            Log.Unseen(_logger, key, overdue, writes.Limit);
        return true;
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
            // Another client wrote in between: nothing is wrong, but the decision must be made again.
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

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ControllerStarted,
            LogLevel.Information,
            "Started with {Workers} workers"
        )]
        public static partial void Started(ILogger logger, int workers);

        [LoggerMessage(
            EventIds.ControllerFailed,
            LogLevel.Error,
            "Reconciling {Key} failed (time {Attempt} in a row)"
        )]
        public static partial void Failed(ILogger logger, Exception e, TKey key, int attempt);

        [LoggerMessage(
            EventIds.ControllerConflict,
            LogLevel.Debug,
            "Reconciling {Key} met a conflict: {Why}"
        )]
        public static partial void Conflict(ILogger logger, TKey key, string why);

        [LoggerMessage(
            EventIds.ControllerUnseen,
            LogLevel.Warning,
            "{Key}: the cache has not seen {Write}, written {Limit} ago; reconciling without it"
        )]
        public static partial void Unseen(ILogger logger, TKey key, string write, TimeSpan limit);
    }
}
