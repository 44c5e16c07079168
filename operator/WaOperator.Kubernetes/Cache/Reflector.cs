using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Cache;

/// <summary>Takes what a reflector saw; called by one reflector at a time.</summary>
internal interface IReflectorSink<in T>
{
    /// <summary>These are all objects that there are.</summary>
    void Replace(IReadOnlyList<T> objects, bool initial);

    /// <summary>New or changed.</summary>
    void Changed(T obj);

    /// <summary>Gone.</summary>
    void Deleted(T obj);
}

/// <summary>
/// Mirrors the objects of a kind: reads all of them once, then follows the changes. Everything that goes wrong is one of
/// three: the connection or the server is at fault, and the watch continues from where it stood (nothing is lost, and a
/// restarting server is not hit by every client's list); the server no longer knows that place (410), and a new list is
/// compared with what is known, so that deletions in the gap are seen; or the server answers something else, and all
/// begins again after a pause.
/// </summary>
internal sealed partial class Reflector<T>
    where T : class, IKubernetesObject<T>
{
    private readonly IKubernetes _client;
    private readonly InformerOptions _informer;
    private readonly ReflectorOptions _options;
    private readonly IReflectorSink<T> _sink;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly ReflectorBackoff _backoff;
    private readonly TaskCompletionSource _synced = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private bool _watchList;
    private bool _expired;
    private volatile string? _resourceVersion;

    public Reflector(
        IKubernetes client,
        string? ns,
        InformerOptions options,
        IReflectorSink<T> sink,
        ILogger logger,
        TimeProvider time
    )
    {
        _client = client;
        Namespace = ns;
        _informer = options;
        _options = options.Reflector;
        _sink = sink;
        _logger = logger;
        _time = time;
        _watchList = _options.UseWatchList;
        _backoff = new(_options, time, Random.Shared);
    }

    /// <summary>The namespace that is mirrored; null: all.</summary>
    public string? Namespace { get; }

    /// <summary>Completes with the first whole state.</summary>
    public Task Synced => _synced.Task;

    /// <summary>Everything up to here is in the sink.</summary>
    public string? LastResourceVersion => _resourceVersion;

    public async Task RunAsync(CancellationToken ct)
    {
        var listed = false;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                if (!listed)
                {
                    await ReadStateAsync(ct);
                    listed = true;
                    _expired = false;
                }
                await WatchAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesException e) when (e.IsExpired || e.IsResourceVersionTooLarge)
            {
                Log.Expired(_logger, T.Resource.Plural, _resourceVersion);
                listed = false;
                // After the first expiry in a row there is nothing to wait for: a new list is all it takes.
                if (_expired)
                    await PauseAsync(e, null, ct);
                _expired = true;
            }
            catch (Exception e)
            {
                listed = listed && IsPassing(e);
                await PauseAsync(e, (e as KubernetesException)?.RetryAfter, ct);
            }
        }
    }

    /// <summary>Whether the history stays valid: the fault was the way to the server, or its load.</summary>
    private static bool IsPassing(Exception e) =>
        e
            is HttpRequestException
                or IOException
                or SocketException
                or TimeoutException
                or OperationCanceledException
        || e is KubernetesException { Code: var code }
            && ((int)code >= 500 || (int)code is 401 or 429);

    private async Task PauseAsync(Exception e, TimeSpan? atLeast, CancellationToken ct)
    {
        var pause = _backoff.Next();
        if (atLeast > pause)
            pause = atLeast.Value;
        // A stack says nothing about a server that is away, and there may be many of these.
        Log.Failed(
            _logger,
            IsPassing(e) || e is KubernetesException ? null : e,
            T.Resource.Plural,
            pause,
            e.Message
        );
        await Task.Delay(pause, _time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task ReadStateAsync(CancellationToken ct)
    {
        var initial = !_synced.Task.IsCompleted;
        var (objects, version) = await StateByWatchAsync(ct) ?? await StateByListAsync(ct);
        _sink.Replace(objects, initial);
        _resourceVersion = version;
        _synced.TrySetResult();
        Log.Listed(_logger, T.Resource.Plural, objects.Count, version);
    }

    /// <summary>The state as the first events of a watch; null where the server has no such thing.</summary>
    private async Task<(IReadOnlyList<T>, string)?> StateByWatchAsync(CancellationToken ct)
    {
        // Older servers do not refuse but overlook the question, and would never say that the state is complete.
        if (!_watchList || !(await _client.GetServerVersionAsync(ct)).AtLeast(1, 27))
            return null;
        var objects = new Dictionary<NamespacedName, T>();
        var timeout = WatchTimeout();
        using var watchdog = new CancellationTokenSource(timeout + _options.WatchdogMargin, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, watchdog.Token);
        try
        {
            var from = _expired ? "" : _resourceVersion ?? "";
            await foreach (
                var e in _client.WatchAsync<T>(
                    Namespace,
                    Options(from, timeout, sendInitialEvents: true),
                    linked.Token
                )
            )
            {
                if (e.InitialEventsEnd)
                    return ([.. objects.Values], e.ResourceVersion);
                if (e.Object is not { } obj)
                    continue;
                if (e.Type == WatchEventType.Deleted)
                    objects.Remove(NamespacedName.Of(obj));
                else
                    objects[NamespacedName.Of(obj)] = obj;
            }
            throw new IOException("the watch ended before the state was complete");
        }
        catch (KubernetesException e)
            when (e.IsInvalid || e.Code == HttpStatusCode.InternalServerError)
        {
            // 500 is what a server says whose etcd is older than 3.5.13, and it says so for ever.
            Log.NoWatchList(_logger, T.Resource.Plural, e.Message);
            _watchList = false;
            return null;
        }
    }

    private async Task<(IReadOnlyList<T>, string)> StateByListAsync(CancellationToken ct)
    {
        // The first time any state that the server's cache has will do, and later none that is older than ours. Once
        // that is too old for the server, only the latest is certain to be newer.
        var options = new ListOptions
        {
            LabelSelector = _informer.LabelSelector,
            FieldSelector = _informer.FieldSelector,
            // A list whose pages took too long for the server to keep its place is asked for in one piece.
            Limit = _expired ? null : _options.PageSize,
            ResourceVersion = _expired ? null : _resourceVersion ?? "0",
        };
        var page = await _client.ListAsync<T>(Namespace, options, ct);
        if (string.IsNullOrEmpty(page.Metadata.Continue))
            return (page.Items, page.Metadata.ResourceVersion ?? "");
        var all = new List<T>(page.Items);
        while (page.Metadata.Continue is { Length: > 0 } token)
        {
            page = await _client.ListAsync<T>(Namespace, options with { Continue = token }, ct);
            all.AddRange(page.Items);
        }
        return (all, page.Metadata.ResourceVersion ?? "");
    }

    private async Task WatchAsync(CancellationToken ct)
    {
        var start = _time.GetTimestamp();
        var timeout = WatchTimeout();
        var events = 0;
        using var watchdog = new CancellationTokenSource(timeout + _options.WatchdogMargin, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, watchdog.Token);
        try
        {
            await foreach (
                var e in _client.WatchAsync<T>(
                    Namespace,
                    Options(_resourceVersion, timeout, sendInitialEvents: false),
                    linked.Token
                )
            )
            {
                events++;
                if (e.Type == WatchEventType.Deleted)
                    _sink.Deleted(e.Object!);
                else if (e.Object is { } obj)
                    _sink.Changed(obj);
                if (e.ResourceVersion.Length > 0)
                    _resourceVersion = e.ResourceVersion;
            }
        }
        catch (OperationCanceledException e)
            when (watchdog.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"the watch of {T.Resource} outlived its timeout of {timeout.TotalSeconds:0} s: its connection is dead",
                e
            );
        }
        if (events == 0 && _time.GetElapsedTime(start) < _options.ShortWatch)
            throw new IOException("the server ended the watch at once");
    }

    private WatchOptions Options(
        string? resourceVersion,
        TimeSpan timeout,
        bool sendInitialEvents
    ) =>
        new()
        {
            LabelSelector = _informer.LabelSelector,
            FieldSelector = _informer.FieldSelector,
            ResourceVersion = resourceVersion,
            Timeout = timeout,
            SendInitialEvents = sendInitialEvents,
        };

    private TimeSpan WatchTimeout() =>
        TimeSpan.FromSeconds(
            Math.Ceiling(_options.WatchTimeout.TotalSeconds * (1 + Random.Shared.NextDouble()))
        );

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ReflectorListed,
            LogLevel.Debug,
            "Listed {Count} {Kind} at {Version}"
        )]
        public static partial void Listed(ILogger logger, string kind, int count, string version);

        [LoggerMessage(
            EventIds.ReflectorExpired,
            LogLevel.Information,
            "The server no longer has the changes of {Kind} since {Version}; listing again"
        )]
        public static partial void Expired(ILogger logger, string kind, string? version);

        [LoggerMessage(
            EventIds.ReflectorNoWatchList,
            LogLevel.Debug,
            "The server sends no initial events for {Kind}: listing. {Why}"
        )]
        public static partial void NoWatchList(ILogger logger, string kind, string why);

        [LoggerMessage(
            EventIds.ReflectorFailed,
            LogLevel.Warning,
            "List or watch of {Kind} failed; again in {Pause}: {Why}"
        )]
        public static partial void Failed(
            ILogger logger,
            Exception? e,
            string kind,
            TimeSpan pause,
            string why
        );
    }
}
