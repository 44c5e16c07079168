using Npgsql;

namespace WaOperator.Store;

/// <summary>
/// PostgreSQL did not say that a commit is durable: it may have happened or not, and it may still happen. The caller drops what it
/// holds in memory and loads again; it must not act on either assumption.
/// </summary>
public sealed class CommitUnknownException(string message, Exception? cause = null)
    : NpgsqlException(message, cause);
