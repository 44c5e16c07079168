using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Placement;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Sessions;

/// <summary>What keeps a session, a tenant or a pool from being as declared until a person does something.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Message">For people.</param>
public sealed record Trouble(Reason Reason, string Message);

/// <summary>What the leader knows of one session beside its resource. A value: each change makes a new one.</summary>
/// <param name="Uid">UID of the resource.</param>
/// <param name="Name">Its namespace and name.</param>
public sealed record SessionFacts(string Uid, NamespacedName Name)
{
    /// <summary>Its row in the database; null until it was admitted once.</summary>
    public StoredSession? Stored { get; init; }

    /// <summary>What a person must see to; null when it is admitted as declared.</summary>
    public Trouble? Trouble { get; init; }

    /// <summary>What of its claim its pool does not let count, in a sentence; null when all does.</summary>
    public string? Capped { get; init; }

    /// <summary>Its tenant is suspended.</summary>
    public bool Suspended { get; init; }

    /// <summary>The shard that it is placed on, as stored.</summary>
    public ShardId? Shard { get; init; }

    /// <summary>Why it is placed there.</summary>
    public string PlacedBecause { get; init; } = "";

    /// <summary>Why it has no place, as of the last plan.</summary>
    public PlacementReason? Waits { get; init; }

    /// <summary>What its owner last reported.</summary>
    public ObservedSession? Observed { get; init; }

    /// <summary>Why its shard cannot have it yet, for people: a former owner may still act. Null: nothing keeps it.</summary>
    public string? HeldBy { get; init; }

    /// <summary>The code that waits to be scanned or typed.</summary>
    public PairingCode? Code { get; init; }

    /// <summary>Timestamp when its deletion was first seen.</summary>
    public long? DeletingSince { get; init; }

    /// <summary>It is admitted, and its finalizer must stand before its row is made.</summary>
    public bool NeedsFinalizer { get; init; }

    /// <summary>It is to go and waits for the administrator's word, in a sentence; null when it does not.</summary>
    public string? RemovalHeld { get; init; }

    /// <summary>It is deleted and nothing of it is left to do: its finalizer may go.</summary>
    public bool MayGo { get; init; }

    /// <summary>Whether a shard is to run it: connected, pairing, or unlinking before it goes.</summary>
    public bool WantsToRun =>
        Stored is { Row: { PoolUid: not null, Desired: var desired } }
        && (desired == DesiredState.Deleting || (desired == DesiredState.Active && !Suspended));

    /// <summary>
    /// It is to run on a shard that has not reported it yet, or is said to be held by a former owner: whether that is so must be
    /// looked at.
    /// </summary>
    public bool IsUnclaimed =>
        HeldBy is not null || (WantsToRun && Shard is { } shard && Observed?.Shard != shard);
}
