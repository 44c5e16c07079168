namespace WaOperator.Benchmarks.Placement;

/// <summary>A way to say which shard holds which session.</summary>
internal abstract class Method(string name)
{
    public string Name => name;

    /// <summary>The shard of each session.</summary>
    public Dictionary<long, int> Places { get; protected set; } = [];

    /// <summary>Decides again after something changed.</summary>
    /// <param name="sessions">All sessions.</param>
    /// <param name="shards">All shards that live.</param>
    public abstract void Update(IReadOnlyList<long> sessions, IReadOnlyList<int> shards);
}
