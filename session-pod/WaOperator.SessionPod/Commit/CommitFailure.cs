using System.Net.Sockets;
using Npgsql;
using WaOperator.Store;
using WaOperator.Store.Sessions;

namespace WaOperator.SessionPod.Commit;

/// <summary>What to do after a group commit failed.</summary>
internal enum CommitReaction
{
    /// <summary>Nothing was written, and the same may succeed soon.</summary>
    Retry,

    /// <summary>It may have been written or not.</summary>
    Unknown,

    /// <summary>Nothing was written, and one of the writes is at fault.</summary>
    Reject,
}

/// <summary>Decides by the failure alone.</summary>
internal static class CommitFailure
{
    private const string ReadOnly = "25006";

    /// <summary>What to do; null for a failure that is none of the database.</summary>
    public static CommitReaction? Classify(Exception failure) =>
        failure switch
        {
            CommitUnknownException => CommitReaction.Unknown,
            PostgresException e when IsPassing(e.SqlState) => CommitReaction.Retry,
            PostgresException => CommitReaction.Reject,
            NpgsqlException or TimeoutException or SocketException or IOException =>
                CommitReaction.Retry,
            _ => null,
        };

    // 08 connection, 40 serialisation and deadlock, 53 resources, 55P03 lock, 57 operator intervention and timeouts; a primary
    // that has just become a standby refuses as read-only.
    private static bool IsPassing(string state) =>
        state[..2] is "08" or "40" or "53" or "57" || state is "55P03" or ReadOnly;
}
