using Npgsql;

namespace WaOperator.Store.Connecting;

/// <summary>
/// PostgreSQL answers and refuses the log-in with this setting. A starting program exits: its setting comes from a Secret, which only
/// the next process reads again.
/// </summary>
public static class LogInRefusal
{
    /// <summary>What is refused, a sentence that follows the setting's name; null for anything else.</summary>
    public static string? Of(Exception failure) =>
        (
            failure as PostgresException ?? failure.InnerException as PostgresException
        )?.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword
            or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                "leads to a PostgreSQL that refuses the log-in (user, password, or its pg_hba.conf); correct it, or the role",
            PostgresErrorCodes.InvalidCatalogName =>
                "names a database that PostgreSQL does not have; correct it, or create the database",
            _ => null,
        };
}
