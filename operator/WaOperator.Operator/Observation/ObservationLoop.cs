using WaOperator.Kubernetes.Controllers;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Shards;
using WaOperator.Resources;
using WaOperator.Signals;

namespace WaOperator.Operator.Observation;

/// <summary>
/// Learns from the database what pods do: judges the shards, reads what sessions report, and finds those that a former owner
/// holds. Looks as often as the shortest lease demands, and at once when a pod, a pool or a report changes.
/// </summary>
internal sealed class ObservationLoop
{
    /// <summary>An observation that is older says that the database is away.</summary>
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(5);

    private readonly ShardObserver _shards;
    private readonly StateObserver _states;
    private readonly ClaimObserver _claims;
    private readonly IHints _hints;
    private readonly TimeProvider _time;
    private long _observedAt;
    private RedisFault? _redis;

    public ObservationLoop(
        ShardObserver shards,
        StateObserver states,
        ClaimObserver claims,
        PodWatch pods,
        Caches caches,
        IHints hints,
        ILoggerFactory loggers,
        TimeProvider time
    )
    {
        (_shards, _states, _claims) = (shards, states, claims);
        (_hints, _time) = (hints, time);
        Loop = new(
            "observation",
            TimeSpan.FromSeconds(1),
            TimeSpan.FromMilliseconds(150),
            StepAsync,
            loggers.CreateLogger<ObservationLoop>(),
            time
        );
        caches.Pods.AddEventHandler(pods);
        pods.Changed.Subscribe(_ => Loop.Wake());
        caches.Pools.AddEventHandler(ObjectChanges.Of<WhatsAppSessionPool>(_ => Loop.Wake()));
        hints.Subscribe(HintChannels.State, Loop.Wake);
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>How many sessions a former owner holds.</summary>
    public int Held => _claims.Held;

    /// <summary>Whether the database answered a moment ago.</summary>
    public bool DatabaseAnswers => _time.GetElapsedTime(Volatile.Read(ref _observedAt)) < Freshness;

    /// <summary>How the operator gets on with Redis changed: what is wrong now, null for nothing.</summary>
    public Signal<RedisFault?> RedisChanged { get; } = new();

    private async Task StepAsync(CancellationToken ct)
    {
        SeeRedis();
        var sent = _time.GetTimestamp();
        await _shards.LookAsync(ct);
        Loop.Interval = _shards.Pace;
        await _states.LookAsync(ct);
        await _claims.LookAsync(ct);
        Volatile.Write(ref _observedAt, sent);
    }

    private void SeeRedis()
    {
        var now = _hints.Fault;
        if (_redis == now)
            return;
        _redis = now;
        RedisChanged.Emit(now);
    }
}
