using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Options;
using WaOperator.Operator.Sessions;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Proxies;

/// <summary>
/// Reads the Secrets in which sessions' proxies are declared: at once when one is asked for, and all of them again and again, as they are
/// neither listed nor watched. However many sessions share a Secret, it is read once.
/// </summary>
internal sealed partial class ProxyLoop
{
    /// <summary>Secrets in a step of a round at most: a request each.</summary>
    private const int RoundPerStep = 20;

    /// <summary>Secrets that are read for the first time in a step at most.</summary>
    private const int UnreadPerStep = 200;

    /// <summary>Requests at the same time.</summary>
    private const int AtOnce = 8;

    /// <summary>How soon it continues a round, and tries again what is still missing.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly IKubernetes _client;
    private readonly ObservedStore _observed;
    private readonly Caches _caches;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _roundEvery;
    private readonly Queue<ProxyAt> _round = new();
    private long _roundBegan;

    public ProxyLoop(
        IKubernetes client,
        ObservedStore observed,
        Caches caches,
        OperatorOptions.ApiKeysOptions options,
        ILogger<ProxyLoop> logger,
        TimeProvider time
    )
    {
        (_client, _observed, _caches, _logger, _time) = (client, observed, caches, logger, time);
        _roundEvery = TimeSpan.FromSeconds(options.RoundSeconds);
        _roundBegan = time.GetTimestamp();
        Loop = new("proxies", _roundEvery, TimeSpan.FromMilliseconds(100), StepAsync, logger, time);
        Book = new(Loop.Wake);
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>What it read.</summary>
    public ProxyBook Book { get; }

    private async Task StepAsync(CancellationToken ct)
    {
        await ReadKeyAsync(ct);
        await ReadAsync([.. Book.Unread.Take(UnreadPerStep)], ct);
        if (_round.Count == 0 && _time.GetElapsedTime(_roundBegan) >= _roundEvery)
        {
            _roundBegan = _time.GetTimestamp();
            foreach (var at in Book.Known)
                _round.Enqueue(at);
        }
        var due = new List<ProxyAt>();
        for (var i = 0; i < RoundPerStep && _round.TryDequeue(out var at); i++)
            if (_caches.SessionsOfProxy(at).Any())
                due.Add(at);
            else
                Book.Forget(at);
        await ReadAsync(due, ct);
        Loop.Interval =
            _round.Count > 0 || Book.Unread.Any() || (Book.Key is null && Book.Known.Any())
                ? Soon
                : _roundEvery;
    }

    private async Task ReadKeyAsync(CancellationToken ct)
    {
        if (!Book.Known.Any())
            return;
        var key = await _observed.ReadBoxKeyAsync(ct);
        if (key?.Id == Book.Key?.Id)
            return;
        Book.Key = key;
        foreach (var at in Book.Known)
            Book.Changed.Emit(at);
    }

    /// <summary>Reads some at once. A server that does not answer fails the step, which is tried again with growing pauses.</summary>
    private Task ReadAsync(IReadOnlyList<ProxyAt> several, CancellationToken ct) =>
        Parallel.ForEachAsync(
            several,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct },
            async (at, token) => await ReadAsync(at, token)
        );

    private async Task ReadAsync(ProxyAt at, CancellationToken ct)
    {
        try
        {
            Secret? secret = null;
            var refused = await Refusal.TellAsync<Secret>(
                "read",
                at.Secret,
                async () => secret = await _client.GetAsync<Secret>(at.Secret, at.Namespace, ct)
            );
            Book.Put(at, refused is null ? ProxySights.Of(at, secret) : new(null, "", refused));
        }
        catch (KubernetesException e)
        {
            Log.NotRead(_logger, at.Namespace, at.Secret, e.Message);
            throw;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ProxyLoopNotRead,
            LogLevel.Warning,
            "Secret {Namespace}/{Secret} with proxies could not be read, which is tried again: {Error}"
        )]
        public static partial void NotRead(
            ILogger logger,
            string @namespace,
            string secret,
            string error
        );
    }
}
