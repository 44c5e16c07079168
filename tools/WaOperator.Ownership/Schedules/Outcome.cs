namespace WaOperator.Ownership.Schedules;

/// <summary>What became of a schedule.</summary>
/// <param name="Schedule">Which.</param>
/// <param name="Overlaps">Two that acted at once, in words.</param>
/// <param name="Stale">Stale writes that were committed.</param>
/// <param name="Untrue">Writes that happened twice, or not although their owner was told so.</param>
/// <param name="Orphans">Sessions for which no one acted again.</param>
/// <param name="Acts">How often someone acted.</param>
/// <param name="Claims">How often a session changed hands.</param>
/// <param name="Writes">How often something was written.</param>
internal sealed record Outcome(
    Schedule Schedule,
    IReadOnlyList<string> Overlaps,
    long Stale,
    long Untrue,
    IReadOnlyList<string> Orphans,
    long Acts,
    long Claims,
    long Writes
)
{
    /// <summary>No invariant was broken.</summary>
    public bool IsGood => Overlaps.Count == 0 && Stale == 0 && Untrue == 0 && Orphans.Count == 0;
}
