using Npgsql;
using WaOperator.Store;

namespace WaOperator.SessionPod.Commit;

/// <summary>What to do after a group commit failed.</summary>
internal enum CommitReaction
{
    /// <summary>Nothing was written, and the same may succeed soon.</summary>
    Retry,

    /// <summary>It may have been written or not, and PostgreSQL can tell which.</summary>
    Ask,

    /// <summary>Nothing was written, and one of the writes is at fault.</summary>
    Reject,
}

/// <summary>Decides by the failure alone.</summary>
internal static class CommitFailure
{
    /// <summary>What to do; null for a failure that is none of the database.</summary>
    public static CommitReaction? Classify(Exception failure) =>
        failure switch
        {
            CommitUnknownException => CommitReaction.Ask,
            PostgresException e when DatabaseFailure.IsPassing(e) => CommitReaction.Retry,
            PostgresException => CommitReaction.Reject,
            _ when DatabaseFailure.IsAway(failure) => CommitReaction.Retry,
            _ => null,
        };
}
