namespace WaOperator.SessionPod.Commit;

/// <summary>What became of a session's write.</summary>
internal enum CommitOutcome
{
    /// <summary>It is durable.</summary>
    Committed,

    /// <summary>Someone else owns the session: it was not written, and the session must be dropped at once.</summary>
    Fenced,

    /// <summary>No one knows: drop what is in memory, load again, connect again.</summary>
    Unknown,

    /// <summary>The tenure ended first: it was not written.</summary>
    Dropped,

    /// <summary>A former write of its lane was lost: it was not written.</summary>
    Broken,
}
