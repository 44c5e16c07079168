using Npgsql;

namespace WaOperator.Store.Operator;

/// <summary>
/// The installation that a schema belongs to. Two installations on one database would each take the other's sessions for deleted.
/// </summary>
internal static class Installation
{
    /// <summary>The installation that the schema belongs to; null while it belongs to none, or when there is no schema.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task<string?> OwnerAsync(
        NpgsqlDataSource database,
        CancellationToken ct = default
    )
    {
        // A schema that knows of no identity yet has no such member in the row's JSON.
        await using var exists = database.Command(
            "select to_regclass('wa.installation') is not null"
        );
        if (!(bool)(await exists.ExecuteScalarAsync(ct))!)
            return null;
        await using var command = database.Command(
            "select to_jsonb(i) ->> 'identity' from wa.installation i"
        );
        return await command.ExecuteScalarAsync(ct) as string;
    }

    /// <summary>Takes the schema if it belongs to no installation, or to <paramref name="replaces"/>.</summary>
    /// <param name="database">The operator's connection.</param>
    /// <param name="identity">Who asks.</param>
    /// <param name="replaces">The installation that it replaces by the administrator's word; null for none.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Whose it is now.</returns>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public static async Task<string> TakeAsync(
        NpgsqlDataSource database,
        string identity,
        string? replaces,
        CancellationToken ct = default
    ) =>
        (
            await database.CommitAsync(
                "select wa.installation_take($1, $2::text)",
                [identity, replaces],
                r => r.GetString(0),
                ct
            )
        ).Single();
}

/// <summary>The database belongs to another installation.</summary>
/// <param name="identity">Who asked.</param>
/// <param name="owner">Whose it is.</param>
public sealed class ForeignInstallationException(string identity, string owner)
    : Exception(
        $"the database belongs to the installation {owner}, and this one is {identity}. If the other one is to stay, give this one a database of its own. If this one replaces it (after a restore, or in a new namespace), end the other one first and then set WA__Installation__Replaces={owner} here (chart: operator.replacesInstallation): sessions that run twice are thrown out by WhatsApp"
    );
