namespace WaOperator.Operator.Placement;

/// <summary>The figures that placement goes by. They are part of its promise and no options.</summary>
public static class PlacementRules
{
    /// <summary>
    /// While another shard has room, none is filled beyond this percentage of its pool's average load, rounded up to a whole
    /// session.
    /// </summary>
    public const int PeakPercent = 110;

    /// <summary>A shard above this percentage of the average load makes its pool uneven.</summary>
    public const int UnevenAbovePercent = 120;

    /// <summary>A shard below this percentage of the average load makes its pool uneven.</summary>
    public const int UnevenBelowPercent = 80;

    /// <summary>
    /// How many whole minutes a pool must have been uneven before it is rebalanced: creating and deleting sessions or adding
    /// a shard moves nothing by itself, and an unevenness that passes moves nothing at all.
    /// </summary>
    public const int UnevenMinutes = 1;

    /// <summary>A rebalance continues until no shard is above this percentage of the average load.</summary>
    public const int EvenAbovePercent = 110;

    /// <summary>A rebalance continues until no shard is below this percentage of the average load.</summary>
    public const int EvenBelowPercent = 90;

    /// <summary>In so many successive measurements a process must have been above its high-water mark before anybody is evicted.</summary>
    public const int EvictionWindows = 2;

    /// <summary>At most this percentage of a shard's sessions is evicted at once, but one may always be.</summary>
    public const int EvictionPercent = 5;

    /// <summary>The admit mark in percent of a shard's memory cap: above it no one comes in who was evicted somewhere.</summary>
    public const int AdmitPercent = 90;

    /// <summary>For so many minutes an evicted session does not return to the shard that it was evicted from.</summary>
    public const int ReturnMinutes = 10;

    /// <summary>
    /// A pool shrinks only as far as its sessions would fill no more than this percentage of what is left, so that it need not
    /// grow again soon.
    /// </summary>
    public const int ShrinkPercent = 75;
}
