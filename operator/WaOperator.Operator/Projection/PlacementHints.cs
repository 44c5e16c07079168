using WaOperator.Operator.Sessions;
using WaOperator.Signals;

namespace WaOperator.Operator.Projection;

/// <summary>Wakes shards for what is projected.</summary>
internal static class PlacementHints
{
    /// <summary>What a shard is to do about a session changed; nothing if the session has no shard.</summary>
    public static void PlacementChanged(this IHints hints, SessionFacts facts)
    {
        if (facts.Shard is { } shard)
            hints.Publish(HintChannels.Placement(shard));
    }
}
