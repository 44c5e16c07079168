namespace WaOperator.Store;

/// <summary>A shard: one ordinal of a pool's StatefulSet.</summary>
/// <param name="PoolUid">UID of the WhatsAppSessionPool.</param>
/// <param name="Ordinal">Ordinal of the pod, 0 or more.</param>
public readonly record struct ShardId(string PoolUid, int Ordinal)
{
    /// <inheritdoc/>
    public override string ToString() => $"{PoolUid}/{Ordinal}";
}
