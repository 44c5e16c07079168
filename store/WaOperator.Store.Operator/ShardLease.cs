namespace WaOperator.Store.Operator;

/// <summary>What a lease row says of its holder.</summary>
public enum LeaseState
{
    /// <summary>A process holds it, whether or not it has expired meanwhile.</summary>
    Held,

    /// <summary>Its holder gave it back: it acts no more.</summary>
    Released,

    /// <summary>Kubelet said that every container of the holder's pod terminated.</summary>
    Ended,

    /// <summary>It expired and another shard took a session of it: the old holder cannot renew any more.</summary>
    Revoked,
}

/// <summary>A lease row as read from the database.</summary>
/// <param name="Shard">Which shard it is for.</param>
/// <param name="Epoch">Grows with each new holder; 0 before the first.</param>
/// <param name="State">See <see cref="LeaseState"/>.</param>
/// <param name="PodUid">UID of the holder's pod, empty before the first.</param>
/// <param name="PodName">Name of the holder's pod.</param>
/// <param name="Counter">Grows with each renewal: an observer sees life without trusting anybody's clock.</param>
/// <param name="ExpiredByDatabase">The database's clock has passed its end.</param>
/// <param name="LostDeclared">The operator's word stands for this very epoch and counter.</param>
/// <param name="StepDownFor">UID of the pod that waits for it, if any.</param>
public sealed record ShardLease(
    ShardId Shard,
    long Epoch,
    LeaseState State,
    string PodUid,
    string PodName,
    long Counter,
    bool ExpiredByDatabase,
    bool LostDeclared,
    string? StepDownFor
)
{
    /// <summary>What its holder was promised at the last renewal. Default 10 s.</summary>
    public TimeSpan Ttl { get; init; } = TimeSpan.FromSeconds(10);
}
