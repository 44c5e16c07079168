using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Objects;
using WaOperator.Kubernetes.Queue;

namespace WaOperator.Kubernetes.Controllers;

/// <summary>
/// Builds a <see cref="Controller{TKey}"/>: <c>For</c>, <c>Owns</c> and <c>Watches</c> say what makes it work, as in
/// controller-runtime. Nothing is watched before <see cref="Build"/>.
/// </summary>
/// <param name="loggers">Where the controller logs.</param>
/// <param name="time">Its clock; null: the system's.</param>
public sealed class ControllerBuilder<TKey>(ILoggerFactory loggers, TimeProvider? time = null)
    where TKey : notnull
{
    private readonly List<Action<WorkQueue<TKey>>> _watches = [];
    private ControllerOptions<TKey> _options = new();
    private string? _name;

    /// <summary>Names the controller in metrics and logs. Required, and unique in the process.</summary>
    public ControllerBuilder<TKey> Named(string name)
    {
        _name = name;
        return this;
    }

    /// <summary>How many keys are worked on at once. Default 1.</summary>
    public ControllerBuilder<TKey> Workers(int workers)
    {
        _options = _options with { Workers = workers };
        return this;
    }

    /// <summary>Holds each key until the caches show what was written for it.</summary>
    public ControllerBuilder<TKey> Expects(Expectations<TKey> writes)
    {
        _options = _options with { Expectations = writes };
        return this;
    }

    /// <summary>Works on the keys that <paramref name="map"/> makes of each object that is new, changed (both states) or gone.</summary>
    /// <param name="informer">The objects.</param>
    /// <param name="map">Pure and quick: it runs in the watch.</param>
    /// <param name="when">Which changes count (old state, new state; one of them is null for new and gone); null: all.</param>
    /// <param name="after">How much later, so that many changes become one reconciliation. Default: at once.</param>
    public ControllerBuilder<TKey> Watches<T>(
        Informer<T> informer,
        Func<T, IEnumerable<TKey>> map,
        Func<T?, T?, bool>? when = null,
        TimeSpan after = default
    )
        where T : class, IKubernetesObject<T>
    {
        _watches.Add(queue => informer.AddEventHandler(new Mapper<T>(queue, map, when, after)));
        return this;
    }

    /// <summary>Works on the keys that <paramref name="map"/> makes of what happened.</summary>
    /// <param name="signal">What happens.</param>
    /// <param name="map">Quick: it runs where the signal is emitted.</param>
    /// <param name="after">How much later, so that many changes become one reconciliation. Default: at once.</param>
    public ControllerBuilder<TKey> Watches<T>(
        Signal<T> signal,
        Func<T, IEnumerable<TKey>> map,
        TimeSpan after = default
    )
    {
        _watches.Add(queue =>
            signal.Subscribe(what =>
            {
                foreach (var key in map(what))
                    queue.AddAfter(key, after);
            })
        );
        return this;
    }

    /// <summary>Makes the controller and begins to watch; keys wait in its queue until it runs.</summary>
    /// <exception cref="InvalidOperationException">It has no name.</exception>
    public Controller<TKey> Build(IReconciler<TKey> reconciler)
    {
        var controller = new Controller<TKey>(
            _name ?? throw new InvalidOperationException("a controller needs a name"),
            reconciler,
            loggers,
            _options,
            time
        );
        foreach (var watch in _watches)
            watch(controller.Queue);
        return controller;
    }

    private sealed class Mapper<T>(
        WorkQueue<TKey> queue,
        Func<T, IEnumerable<TKey>> map,
        Func<T?, T?, bool>? when,
        TimeSpan after
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
                if (after > TimeSpan.Zero)
                    queue.AddAfter(key, after);
                else
                    queue.Add(key, priority);
        }
    }
}

/// <summary>The usual watches of a controller whose keys are objects.</summary>
public static class ControllerBuilderExtensions
{
    /// <summary>Works on the objects themselves.</summary>
    public static ControllerBuilder<NamespacedName> For<T>(
        this ControllerBuilder<NamespacedName> controller,
        Informer<T> informer,
        Func<T?, T?, bool>? when = null,
        TimeSpan after = default
    )
        where T : class, IKubernetesObject<T> =>
        controller.Watches(informer, o => [NamespacedName.Of(o)], when, after);

    /// <summary>Works on the <typeparamref name="TOwner"/> that controls a changed object.</summary>
    public static ControllerBuilder<NamespacedName> Owns<TOwner, T>(
        this ControllerBuilder<NamespacedName> controller,
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
