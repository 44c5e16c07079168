namespace WaOperator.SessionPod.Commit;

/// <summary>
/// Writes that build on each other: once one of them did not become durable, no later one is written. What begins again takes a
/// new lane.
/// </summary>
internal sealed class CommitLane
{
    private volatile bool _broken;
    private volatile bool _inDoubt;

    /// <summary>A write of this lane was lost, or may have been.</summary>
    public bool Broken => _broken;

    /// <summary>A write of this lane got no answer: it may still become durable.</summary>
    public bool InDoubt => _inDoubt;

    /// <summary>A write got no answer: from here on nothing of this lane is written.</summary>
    public void Doubt()
    {
        _inDoubt = true;
        Break();
    }

    /// <summary>From here on nothing of this lane is written.</summary>
    public void Break() => _broken = true;
}
