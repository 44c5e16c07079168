using WaOperator.Operator.Pools;
using WaOperator.Operator.Projection;
using WaOperator.Operator.Sessions;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Leading;

/// <summary>
/// Once a minute, what no change announces: sessions in trouble are looked at again, for what they wait for may end unseen (a phone
/// that a session has in a namespace that is not watched); and what is stored of pools that are gone, and keys that were retained
/// for long enough, are removed.
/// </summary>
internal sealed class SecondLook
{
    private readonly SessionBook _sessions;
    private readonly SessionProjector _projector;
    private readonly PoolReconciler _pools;
    private readonly DesiredStore _store;
    private readonly TimeSpan _retained;

    public SecondLook(
        SessionBook sessions,
        SessionProjector projector,
        PoolReconciler pools,
        DesiredStore store,
        TimeSpan retained,
        ILoggerFactory loggers,
        TimeProvider time
    )
    {
        (_sessions, _projector, _pools) = (sessions, projector, pools);
        (_store, _retained) = (store, retained);
        Loop = new(
            "second look",
            TimeSpan.FromMinutes(1),
            TimeSpan.Zero,
            StepAsync,
            loggers.CreateLogger<SecondLook>(),
            time
        );
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    private async Task StepAsync(CancellationToken ct)
    {
        foreach (var facts in _sessions.All())
            if (facts.Trouble is not null)
                _projector.Enqueue(facts.Name);
        await _pools.SweepAsync(ct);
        await _store.ExpireRetainedAsync(_retained, ct);
        await _store.ExpireArchivesAsync(KeyArchive.Removed, ct);
    }
}
