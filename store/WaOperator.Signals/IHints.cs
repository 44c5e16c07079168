using WaOperator.Store;

namespace WaOperator.Signals;

/// <summary>The names of the hint channels.</summary>
public static class HintChannels
{
    /// <summary>From pods to the operator: a session's state changed.</summary>
    public const string State = "wa:state";

    /// <summary>The name of no shard: on it the operator asks whether it may publish to shards.</summary>
    public const string NoPlacement = "wa:placement:none";

    /// <summary>From the operator to a shard: what is placed on it, or its pool's settings, changed.</summary>
    public static string Placement(ShardId shard) =>
        $"wa:placement:{shard.PoolUid}:{shard.Ordinal}";
}

/// <summary>
/// Hints by Redis: they make things quick, never right. Every listener also polls slowly, so a lost hint costs seconds and
/// nothing else; an absent Redis is not an error.
/// </summary>
public interface IHints
{
    /// <summary>Sends a hint; never throws and never waits for Redis.</summary>
    void Publish(string channel);

    /// <summary>Calls <paramref name="handler"/> on each hint; it must be quick. Survives a restart of Redis.</summary>
    void Subscribe(string channel, Action handler);

    /// <summary>Whether Redis answers now, for health and metrics.</summary>
    bool IsConnected { get; }

    /// <summary>Why hints do not come through, or not all; null while they do, and while it is not known yet.</summary>
    RedisFault? Fault { get; }
}
