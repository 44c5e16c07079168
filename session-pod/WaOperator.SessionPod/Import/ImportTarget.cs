using Npgsql;
using WaOperator.Store;

namespace WaOperator.SessionPod.Import;

/// <summary>The session that is to get a device.</summary>
/// <param name="Id">The session's key.</param>
/// <param name="Tenant">Its tenant's key.</param>
/// <param name="Phone">The phone that it declares, in digits.</param>
/// <param name="Obstacle">Why it cannot take a device now, for people; null if it can.</param>
internal sealed record ImportTarget(long Id, long Tenant, string Phone, string? Obstacle)
{
    // Whoever runs a session owns its row; a session that is placed will be claimed any moment.
    private const string Free = """
        not exists (select 1 from wa.placement p where p.session_id = s.id)
          and not exists (select 1 from wa.session_owner o where o.session_id = s.id and o.pool_uid is not null)
        """;

    private const string Empty =
        "not exists (select 1 from wa.session_key k where k.session_id = s.id)";

    /// <summary>Whether the role of this setting sees the sessions of a shard alone, as a pod's does.</summary>
    public static async Task<bool> IsOfPodAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var command = database.CreateCommand(
            "select row_security_active('wa.session')"
        );
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Finds a session by the name of its resource.</summary>
    /// <returns>Null if there is none.</returns>
    public static async Task<ImportTarget?> FindAsync(
        NpgsqlDataSource database,
        string ns,
        string name,
        CancellationToken ct
    )
    {
        await using var command = database.CreateCommand(
            $"select s.id, s.tenant_id, s.phone, s.desired, {Free}, {Empty} from wa.session s where s.namespace = $1 and s.name = $2"
        );
        command.Parameters.Add(new() { Value = ns });
        command.Parameters.Add(new() { Value = name });
        await using var reader = await command.ExecuteReaderAsync(ct);
        if (!await reader.ReadAsync(ct))
            return null;
        var obstacle = (reader.GetString(3), reader.GetBoolean(4), reader.GetBoolean(5)) switch
        {
            (not "Stopped", _, _) => "it is not stopped; set spec.state to Stopped first",
            (_, false, _) => "a pod still runs it; wait until its phase is Stopped",
            (_, _, false) =>
                "it has a device already; delete the session with deletionPolicy Unlink and declare it again",
            _ => null,
        };
        return new(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), obstacle);
    }

    /// <summary>Takes the next epoch of the session for one write, without a lease: nobody may own it.</summary>
    /// <returns>Null if somebody does by now, or it has a device.</returns>
    public async Task<long?> ClaimAsync(NpgsqlDataSource database, CancellationToken ct)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var make = new NpgsqlCommand(
            "insert into wa.session_owner (session_id) values ($1) on conflict do nothing",
            connection,
            transaction
        );
        make.Parameters.Add(new() { Value = Id });
        await make.ExecuteNonQueryAsync(ct);
        await using var claim = new NpgsqlCommand(
            $"""
            update wa.session_owner w set epoch = w.epoch + 1 from wa.session s
             where w.session_id = $1 and s.id = $1 and s.desired = 'Stopped' and {Free} and {Empty}
            returning w.epoch
            """,
            connection,
            transaction
        );
        claim.Parameters.Add(new() { Value = Id });
        var epoch = await claim.ExecuteScalarAsync(ct) as long?;
        await Commits.OfAsync(transaction, ct);
        return epoch;
    }
}
