using System.Data.Common;
using System.Net.Sockets;
using Npgsql;

namespace WaOperator.Store;

/// <summary>What a failure says of PostgreSQL. All that depends on it asks here.</summary>
public static class DatabaseFailure
{
    private static readonly string[] PassingClasses =
    [
        SqlStates.ConnectionClass,
        SqlStates.RollbackClass,
        SqlStates.ResourcesClass,
        SqlStates.InterventionClass,
    ];

    private static readonly string[] DataClasses =
    [
        SqlStates.CardinalityClass,
        SqlStates.DataClass,
        SqlStates.IntegrityClass,
        SqlStates.LimitClass,
    ];

    /// <summary>
    /// Whether PostgreSQL is away, or answers with an error: the work is tried again later, and nothing is wrong with this program.
    /// Npgsql reports a lost connection by its own exceptions, and sometimes by that of the socket, the stream or the timer below it.
    /// </summary>
    public static bool IsAway(Exception failure) =>
        failure is DbException or TimeoutException or SocketException or IOException;

    /// <summary>
    /// Whether PostgreSQL's answer is of the moment, so that the same statement may succeed later: a lost server behind a pooler, a
    /// deadlock, a lack of resources, a lock, a shutdown or a time limit, or a primary that has just become a standby and refuses as
    /// read-only.
    /// </summary>
    public static bool IsPassing(PostgresException answer) =>
        IsOf(answer, PassingClasses)
        || answer.SqlState
            is PostgresErrorCodes.LockNotAvailable
                or PostgresErrorCodes.ReadOnlySqlTransaction;

    /// <summary>
    /// Whether PostgreSQL's answer blames the data of the statement (a row twice, data, constraints, limits) rather than the server, the
    /// schema, a right or the moment: it comes again however often the same is tried.
    /// </summary>
    public static bool IsOfData(PostgresException answer) => IsOf(answer, DataClasses);

    /// <summary>
    /// Whether a failed commit leaves open what became of it. An error is an answer: rolled back. Not so a lost connection, the end of
    /// the server or of its backend, and what a pooler in between says of a server that it lost.
    /// </summary>
    internal static bool LeavesOpen(Exception failure) =>
        failure is PostgresException answer
            ? answer.InvariantSeverity is "FATAL" or "PANIC"
                || IsOf(answer, [SqlStates.ShutdownClass, SqlStates.ConnectionClass])
            : IsAway(failure);

    private static bool IsOf(PostgresException answer, ReadOnlySpan<string> classes)
    {
        foreach (var one in classes)
            if (answer.SqlState.StartsWith(one, StringComparison.Ordinal))
                return true;
        return false;
    }
}
