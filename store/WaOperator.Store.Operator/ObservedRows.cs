namespace WaOperator.Store.Operator;

/// <summary>A session's reported state with the resource that it belongs to and where it was reported from.</summary>
/// <param name="Uid">UID of the resource.</param>
/// <param name="Namespace">Namespace of the resource.</param>
/// <param name="Name">Name of the resource.</param>
/// <param name="Shard">The shard that reported.</param>
/// <param name="PodName">Its pod.</param>
/// <param name="State">What it reported.</param>
/// <param name="LeaseEpoch">Epoch of the lease under which it was reported; null when another shard has claimed the session since.</param>
public sealed record ObservedSession(
    string Uid,
    string Namespace,
    string Name,
    ShardId Shard,
    string PodName,
    SessionState State,
    long? LeaseEpoch = null
);

/// <summary>A code that waits, with the resource that it belongs to.</summary>
public sealed record ObservedPairing(string Uid, string Namespace, string Name, PairingCode Code);

/// <summary>Who owns a session and may still act for it.</summary>
/// <param name="SessionId">The session's key.</param>
/// <param name="Shard">The owner.</param>
/// <param name="LeaseEpoch">Epoch of the lease under which it was claimed.</param>
/// <param name="PodName">Pod of the lease's holder; empty when it is not known.</param>
/// <param name="HasLease">The shard has a lease row, as it should.</param>
public sealed record Holder(
    long SessionId,
    ShardId Shard,
    long LeaseEpoch,
    string PodName,
    bool HasLease
);

/// <summary>A tenant as stored.</summary>
/// <param name="Namespace">Namespace of the resource.</param>
/// <param name="Name">Name of the resource.</param>
/// <param name="Uid">UID of the resource; empty where an older version wrote the row.</param>
public sealed record StoredTenant(string Namespace, string Name, string Uid);

/// <summary>What changed since the last look.</summary>
/// <param name="Sessions">States, possibly some that were seen before.</param>
/// <param name="Pairings">Codes, possibly some that were seen before.</param>
/// <param name="Cursor">To be given to the next look.</param>
public sealed record Changes(
    IReadOnlyList<ObservedSession> Sessions,
    IReadOnlyList<ObservedPairing> Pairings,
    string Cursor
);

/// <summary>What a session costs, as placement counts it.</summary>
/// <param name="SessionId">Key of the session.</param>
/// <param name="Bytes">Memory.</param>
/// <param name="ActiveAt">When it was last active, as of this count, by the database's clock.</param>
public sealed record SessionCost(long SessionId, long Bytes, DateTimeOffset ActiveAt);

/// <summary>What sessions cost and how their shards fare.</summary>
/// <param name="Costs">Costs, possibly some that were seen before.</param>
/// <param name="Reports">The latest report of each shard.</param>
/// <param name="Cursor">To be given to the next look.</param>
public sealed record CostChanges(
    IReadOnlyList<SessionCost> Costs,
    IReadOnlyList<ShardReport> Reports,
    string Cursor
);
