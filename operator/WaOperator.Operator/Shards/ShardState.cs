namespace WaOperator.Operator.Shards;

/// <summary>What a shard is to placement. The names are in the pool's status.</summary>
public enum ShardState
{
    /// <summary>It has never held its lease: nothing is placed on it yet.</summary>
    Joining,

    /// <summary>It holds its lease: sessions are placed here.</summary>
    Serving,

    /// <summary>It released its lease, or its process is gone, and it is coming back: its sessions wait.</summary>
    Restarting,

    /// <summary>It goes away by plan: its sessions move, paced.</summary>
    Draining,

    /// <summary>It is gone: its sessions move at once.</summary>
    Lost,
}
