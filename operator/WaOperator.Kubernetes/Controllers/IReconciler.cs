namespace WaOperator.Kubernetes.Controllers;

/// <summary>Makes the world of one key as it should be.</summary>
public interface IReconciler<in TKey>
    where TKey : notnull
{
    /// <summary>
    /// Compares what is with what should be and acts. It is told no reason: it reads the state itself, must be
    /// repeatable, and does nothing when there is nothing to do. Never called for one key twice at once.
    /// </summary>
    /// <param name="key">What to look at.</param>
    /// <param name="ct">The controller stops.</param>
    /// <returns>When to look again, if nothing happens before.</returns>
    /// <exception cref="Exception">Logged with the key; the key comes again after a growing pause.</exception>
    Task<Result> ReconcileAsync(TKey key, CancellationToken ct);
}

/// <summary>
/// A reconciler with a controller of its own, which says itself what wakes it: <c>SetupWithManager</c> in controller-runtime.
/// </summary>
public interface IController<TKey> : IReconciler<TKey>
    where TKey : notnull
{
    /// <summary>Names the controller and declares its watches, its workers and its expectations. Called once, before it runs.</summary>
    void Setup(ControllerBuilder<TKey> controller);
}

/// <summary>How a reconciliation ended.</summary>
/// <param name="RequeueAfter">Look again after this; null: when something changes.</param>
public readonly record struct Result(TimeSpan? RequeueAfter)
{
    /// <summary>All is as it should be.</summary>
    public static Result Done => default;

    /// <summary>Look again after <paramref name="delay"/>.</summary>
    public static Result Requeue(TimeSpan delay) => new(delay);
}

/// <summary>A reconciler made of a delegate.</summary>
public sealed class FuncReconciler<TKey>(Func<TKey, CancellationToken, Task<Result>> reconcile)
    : IReconciler<TKey>
    where TKey : notnull
{
    /// <inheritdoc/>
    public Task<Result> ReconcileAsync(TKey key, CancellationToken ct) => reconcile(key, ct);
}

/// <summary>Something that runs until it is cancelled, such as a controller or a server.</summary>
public interface IRunnable
{
    /// <summary>For logs.</summary>
    string Name { get; }

    /// <summary>Runs until cancelled, then ends what it has begun and returns.</summary>
    Task RunAsync(CancellationToken ct);
}
