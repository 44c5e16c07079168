using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>What the broadcasts of all sessions of a tenure share.</summary>
internal sealed record BroadcastContext
{
    public required MessageContext Messages { get; init; }

    public required SessionBroadcasts Stored { get; init; }

    public required BroadcastWrites Writes { get; init; }

    /// <summary>Looks up what their messages name.</summary>
    public required References References { get; init; }

    /// <summary>Whether tenants may send: broadcasts count for their limits.</summary>
    public required SendPolicy Policy { get; init; }

    /// <summary>How much may wait.</summary>
    public required QueueShares Queue { get; init; }

    public required ILogger<BroadcastRun> Logger { get; init; }

    /// <summary>The clock.</summary>
    public TimeProvider Time => Messages.Time;
}
