using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Cache;

/// <summary>An informer of whatever kind.</summary>
public interface IInformer
{
    /// <summary>For logs and health checks, such as <c>pods</c>.</summary>
    string Name { get; }

    /// <summary>Whether the whole state has been read once.</summary>
    bool HasSynced { get; }

    /// <summary>Ends when the whole state has been read once.</summary>
    Task WaitForSyncAsync(CancellationToken ct);

    /// <summary>Whether the cache has seen everything up to a write that returned <paramref name="resourceVersion"/>.</summary>
    /// <param name="ns">The namespace that was written to.</param>
    /// <param name="resourceVersion">The version that the write returned.</param>
    bool HasSeen(string? ns, string? resourceVersion);

    /// <summary>Keeps the cache fresh until cancelled; failures are logged and healed.</summary>
    Task RunAsync(CancellationToken ct);
}

/// <summary>
/// Keeps a <see cref="Store{T}"/> the same as the server's objects of a kind and calls handlers for each change. Share one
/// per kind: each holds all objects and a watch.
/// </summary>
public sealed partial class Informer<T> : IInformer
    where T : class, IKubernetesObject<T>
{
    private readonly Lock _writing = new();
    private readonly List<IResourceEventHandler<T>> _handlers = [];
    private readonly Reflector<T>[] _reflectors;
    private readonly ILogger _logger;
    private int _started;

    /// <summary>Makes an informer; <see cref="RunAsync"/> starts it.</summary>
    /// <param name="client">The API.</param>
    /// <param name="options">Which objects.</param>
    /// <param name="loggers">Where to log.</param>
    /// <param name="time">The clock of all pauses.</param>
    public Informer(
        IKubernetes client,
        InformerOptions? options,
        ILoggerFactory loggers,
        TimeProvider? time = null
    )
    {
        options ??= new();
        _logger = loggers.CreateLogger($"{typeof(Informer<>).Namespace}.Informer[{Name}]");
        string?[] namespaces =
            T.Resource.Namespaced && options.Namespaces is { Count: > 0 } some
                ? [.. some.Distinct(StringComparer.Ordinal)]
                : [null];
        _reflectors =
        [
            .. namespaces.Select(ns => new Reflector<T>(
                client,
                ns,
                options,
                new Sink(this, ns),
                _logger,
                time ?? TimeProvider.System
            )),
        ];
    }

    /// <inheritdoc/>
    public string Name => T.Resource.ToString();

    /// <summary>The objects.</summary>
    public Store<T> Store { get; } = new();

    /// <inheritdoc/>
    public bool HasSynced => _reflectors.All(r => r.Synced.IsCompletedSuccessfully);

    /// <inheritdoc cref="Store{T}.ByIndex"/>
    public IEnumerable<T> ByIndex(string index, string value) => Store.ByIndex(index, value);

    /// <summary>Adds an index.</summary>
    /// <param name="name">Its name, unique in this informer.</param>
    /// <param name="values">What to find an object by; a pure function.</param>
    public void AddIndex(string name, Func<T, IEnumerable<string>> values)
    {
        lock (_writing)
            Store.AddIndex(name, values);
    }

    /// <summary>Adds a handler; it is called at once for objects that are already here, as for the initial list.</summary>
    public void AddEventHandler(IResourceEventHandler<T> handler)
    {
        lock (_writing)
        {
            foreach (var obj in Store)
                Tell(handler, obj, (h, o) => h.OnAdded(o, isInInitialList: true));
            _handlers.Add(handler);
        }
    }

    /// <inheritdoc/>
    public Task WaitForSyncAsync(CancellationToken ct) =>
        Task.WhenAll(_reflectors.Select(r => r.Synced)).WaitAsync(ct);

    /// <inheritdoc/>
    public bool HasSeen(string? ns, string? resourceVersion) =>
        _reflectors.All(r =>
            (r.Namespace is not null && r.Namespace != ns)
            || ResourceVersion.IsAtLeast(r.LastResourceVersion, resourceVersion)
        );

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException($"the informer of {Name} runs already");
        return Task.WhenAll(_reflectors.Select(r => r.RunAsync(ct)));
    }

    private void Tell(
        IResourceEventHandler<T> handler,
        T obj,
        Action<IResourceEventHandler<T>, T> call
    )
    {
        try
        {
            call(handler, obj);
        }
        catch (Exception e)
        {
            // One handler's fault must not keep the change from the others, nor end the watch.
            Log.HandlerFailed(_logger, e, T.Resource.Kind, NamespacedName.Of(obj));
        }
    }

    private void TellAll(T obj, Action<IResourceEventHandler<T>, T> call)
    {
        foreach (var handler in _handlers)
            Tell(handler, obj, call);
    }

    /// <summary>Takes what a reflector saw.</summary>
    private sealed class Sink(Informer<T> informer, string? ns) : IReflectorSink<T>
    {
        public void Replace(IReadOnlyList<T> objects, bool initial)
        {
            lock (informer._writing)
            {
                var gone = informer
                    .Store.Keys.Where(k => ns is null || k.Namespace == ns)
                    .ToHashSet();
                foreach (var obj in objects)
                {
                    gone.Remove(NamespacedName.Of(obj));
                    Put(obj, initial);
                }
                foreach (var key in gone)
                    if (informer.Store.Remove(key) is { } last)
                        informer.TellAll(last, (h, o) => h.OnDeleted(o, finalStateUnknown: true));
            }
        }

        public void Changed(T obj)
        {
            lock (informer._writing)
                Put(obj, initial: false);
        }

        public void Deleted(T obj)
        {
            lock (informer._writing)
                if (informer.Store.Remove(NamespacedName.Of(obj)) is not null)
                    informer.TellAll(obj, (h, o) => h.OnDeleted(o, finalStateUnknown: false));
        }

        private void Put(T obj, bool initial)
        {
            var key = NamespacedName.Of(obj);
            var old = informer.Store[key];
            if (
                old is not null
                && old.Metadata.ResourceVersion == obj.Metadata.ResourceVersion
                && old.Metadata.Uid == obj.Metadata.Uid
            )
                return;
            informer.Store.Put(key, obj);
            if (old is null)
                informer.TellAll(obj, (h, o) => h.OnAdded(o, initial));
            else if (old.Metadata.Uid == obj.Metadata.Uid)
                informer.TellAll(obj, (h, o) => h.OnUpdated(old, o));
            else
            {
                // Deleted and made again in a gap: a handler that counts on seeing the end of the first must see it.
                informer.TellAll(old, (h, o) => h.OnDeleted(o, finalStateUnknown: true));
                informer.TellAll(obj, (h, o) => h.OnAdded(o, isInInitialList: false));
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.InformerHandlerFailed,
            LogLevel.Error,
            "A handler failed on {Kind} {Key}"
        )]
        public static partial void HandlerFailed(
            ILogger logger,
            Exception e,
            string kind,
            NamespacedName key
        );
    }
}
