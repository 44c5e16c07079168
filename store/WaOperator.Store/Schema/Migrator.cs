using System.Globalization;
using System.Reflection;
using Npgsql;

namespace WaOperator.Store.Schema;

/// <summary>
/// Runs the embedded SQL files in order, each in a transaction of its own, under an advisory lock. Why a migration runner of our
/// own: docs/adr/0012.
/// </summary>
public static class Migrator
{
    // Any constant serves; it only has to be the same in every operator.
    private const long LockId = 0x57414F50; // "WAOP"

    /// <summary>The schema version that this build brings and its pods need.</summary>
    public static int Current { get; } = Scripts().Max(s => s.Version);

    /// <summary>Brings the schema to <see cref="Current"/>. A newer schema is left alone.</summary>
    /// <param name="database">See <see cref="Database.ForMigration"/>.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The version found before.</returns>
    /// <exception cref="NpgsqlException">The database is away or refuses a statement.</exception>
    public static async Task<int> MigrateAsync(
        NpgsqlDataSource database,
        CancellationToken ct = default
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await Execute(connection, $"select pg_advisory_lock({LockId})", ct);
        try
        {
            await Execute(
                connection,
                """
                create schema if not exists wa;
                create table if not exists wa.schema_version (
                    version int primary key, name text not null, applied_at timestamptz not null default clock_timestamp())
                """,
                ct
            );
            var before = await VersionAsync(connection, ct);
            foreach (var script in Scripts().Where(s => s.Version > before).OrderBy(s => s.Version))
            {
                await using var transaction = await connection.BeginTransactionAsync(ct);
                await Execute(connection, script.Sql, ct);
                await using var mark = new NpgsqlCommand(
                    "insert into wa.schema_version (version, name) values ($1, $2)",
                    connection
                )
                {
                    Parameters =
                    {
                        new() { Value = script.Version },
                        new() { Value = script.Name },
                    },
                };
                await mark.ExecuteNonQueryAsync(ct);
                await Commits.OfAsync(transaction, ct);
            }
            return before;
        }
        finally
        {
            await Execute(
                connection,
                $"select pg_advisory_unlock({LockId})",
                CancellationToken.None
            );
        }
    }

    /// <summary>The version of the schema in the database; 0 when there is none yet.</summary>
    public static async Task<int> VersionAsync(
        NpgsqlDataSource database,
        CancellationToken ct = default
    )
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        return await VersionAsync(connection, ct);
    }

    private static async Task<int> VersionAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "select to_regclass('wa.schema_version') is not null",
            connection
        );
        if (!(bool)(await command.ExecuteScalarAsync(ct))!)
            return 0;
        command.CommandText = "select coalesce(max(version), 0) from wa.schema_version";
        return (int)(await command.ExecuteScalarAsync(ct))!;
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static IEnumerable<(int Version, string Name, string Sql)> Scripts()
    {
        var assembly = typeof(Migrator).Assembly;
        const string prefix = "WaOperator.Store.Schema.";
        foreach (
            var resource in assembly
                .GetManifestResourceNames()
                .Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
        )
        {
            var name = resource[prefix.Length..^".sql".Length];
            yield return (
                int.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture),
                name,
                Read(assembly, resource)
            );
        }
    }

    private static string Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}
