using Npgsql;

namespace WaOperator.Store;

/// <summary>
/// Tells PostgreSQL's answers that blame the data of a statement from those that blame the server, the schema, a right or the moment:
/// the former come again however often the same is tried.
/// </summary>
public static class DataRefusal
{
    // Classes of https://www.postgresql.org/docs/current/errcodes-appendix.html: a row twice, data, constraints, limits.
    private static readonly string[] Classes = ["21", "22", "23", "54"];

    /// <summary>Whether it does.</summary>
    public static bool Is(PostgresException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        return Classes.Any(c => e.SqlState.StartsWith(c, StringComparison.Ordinal));
    }
}
