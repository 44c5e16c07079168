using Npgsql;

namespace WaOperator.Store;

/// <summary>
/// SQLSTATEs that mean something to operator or pods and that Npgsql does not name (<see cref="PostgresErrorCodes"/>). The first are
/// raised by functions of the schema; the others are classes, the first characters of
/// https://www.postgresql.org/docs/current/errcodes-appendix.html.
/// </summary>
public static class SqlStates
{
    /// <summary>
    /// Raised by <c>wa.fence</c>: the writer does not own all sessions that it writes. The message has the keys of those that others own,
    /// separated by commas.
    /// </summary>
    public const string Fenced = "WAF01";

    /// <summary>Raised when a lease is deleted that is not over, or whose shard owns sessions.</summary>
    public const string LeaseInUse = "WAF02";

    /// <summary>Raised by a commit of a shard when it does not follow on the one that its writer knows to be the last.</summary>
    public const string CommitSuperseded = "WAF03";

    internal const string ConnectionClass = "08";
    internal const string CardinalityClass = "21";
    internal const string DataClass = "22";
    internal const string IntegrityClass = "23";
    internal const string RollbackClass = "40";
    internal const string ResourcesClass = "53";
    internal const string LimitClass = "54";
    internal const string InterventionClass = "57";
    internal const string ShutdownClass = "57P";
}
