using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Ownership;

namespace WaOperator.SessionPod.Hosting;

/// <summary>What the pod is doing, for health, metrics and hints.</summary>
internal sealed class PodHealth(IBootClock clock, CommitHeartbeat heartbeat)
{
    /// <summary>A loop that has not come by for this long is dead. Longer than any call to PostgreSQL may take.</summary>
    public static readonly TimeSpan DeadAfter = TimeSpan.FromSeconds(60);

    private readonly Lock _change = new();
    private LeaseTenure? _tenure;
    private OwnershipLoop? _ownership;

    /// <summary>What the pod waits for before it asks for its lease; null once it does.</summary>
    public string? WaitsFor { get; set; } = "its start";

    /// <summary>Renews the lease; null before it runs.</summary>
    public LeaseKeeper? Keeper { get; set; }

    /// <summary>The process has been told to stop.</summary>
    public bool Stopping { get; set; }

    /// <summary>The lease is held and the sessions may act.</summary>
    public bool MayAct
    {
        get
        {
            lock (_change)
                return _tenure?.Gate.MayAct ?? false;
        }
    }

    /// <summary>How long the sessions have been silent since the lease could not be renewed; zero otherwise.</summary>
    public TimeSpan SilentFor
    {
        get
        {
            lock (_change)
                return _tenure?.Gate.ClosedFor ?? TimeSpan.Zero;
        }
    }

    /// <summary>Epoch of the lease; 0 without one.</summary>
    public long LeaseEpoch
    {
        get
        {
            lock (_change)
                return _tenure?.Epoch ?? 0;
        }
    }

    /// <summary>A tenure began.</summary>
    public void Begin(LeaseTenure lease, OwnershipLoop loop)
    {
        lock (_change)
            (_tenure, _ownership) = (lease, loop);
    }

    /// <summary>The tenure is over.</summary>
    public void End()
    {
        lock (_change)
            (_tenure, _ownership) = (null, null);
    }

    /// <summary>A hint came: look at the placement now.</summary>
    public void Hint()
    {
        lock (_change)
            _ownership?.Hint();
    }

    /// <summary>Why the process must be restarted; null while its own loops live. Knows nothing of PostgreSQL or Redis.</summary>
    public string? Dead()
    {
        lock (_change)
        {
            if (Keeper is { } keeper && clock.Now - keeper.LastTurn > DeadAfter)
                return "the lease's thread hangs";
            if (_ownership is { } loop && clock.Now - loop.LastTurn > DeadAfter)
                return "the ownership loop hangs";
            if (heartbeat.StuckFor > DeadAfter)
                return "the sessions' loops hang";
            return null;
        }
    }

    /// <summary>Why the pod serves no sessions; null when it does.</summary>
    public string? NotReady() =>
        Stopping ? "stopping"
        : WaitsFor is { } what ? $"waiting for {what}"
        : LeaseEpoch == 0 ? "waiting for the lease of its shard"
        : MayAct ? null
        : "silent: the lease could not be renewed";
}
