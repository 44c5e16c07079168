using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>The session that is to get a device.</summary>
/// <param name="Id">The session's key.</param>
/// <param name="Tenant">Its tenant's key.</param>
/// <param name="Phone">The phone that it declares, in digits.</param>
/// <param name="Obstacle">Why it cannot take a device now, for people; null if it can.</param>
public sealed record ImportTarget(long Id, long Tenant, string Phone, string? Obstacle);

/// <summary>
/// Sessions that a device of another client is given to, by an administrator with the operator's role: a pod's sees its own sessions
/// alone.
/// </summary>
public sealed class ImportTargets(NpgsqlDataSource database)
{
    // The shard that runs a session owns its row; a session that is placed will be claimed any moment.
    private const string Free = """
        not exists (select 1 from wa.placement p where p.session_id = s.id)
          and not exists (select 1 from wa.session_owner o where o.session_id = s.id and o.pool_uid is not null)
        """;

    private const string Empty =
        "not exists (select 1 from wa.session_key k where k.session_id = s.id)";

    /// <summary>Whether the role of these connections sees the sessions of a shard alone, as a pod's does.</summary>
    public async Task<bool> IsRoleOfPodAsync(CancellationToken ct = default)
    {
        await using var command = database.Command("select row_security_active('wa.session')");
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Finds a session by the name of its resource.</summary>
    /// <returns>Null if there is none.</returns>
    public async Task<ImportTarget?> FindAsync(
        string ns,
        string name,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"select s.id, s.tenant_id, s.phone, s.desired, {Free}, {Empty} from wa.session s where s.namespace = $1 and s.name = $2",
            ns,
            name
        );
        var found = await command.ReadAllAsync(
            r => new ImportTarget(
                r.GetInt64(0),
                r.GetInt64(1),
                r.GetString(2),
                (r.GetString(3), r.GetBoolean(4), r.GetBoolean(5)) switch
                {
                    (not nameof(DesiredState.Stopped), _, _) =>
                        "it is not stopped; set spec.state to Stopped first",
                    (_, false, _) => "a pod still runs it; wait until its phase is Stopped",
                    (_, _, false) =>
                        "it has a device already; delete the session with deletionPolicy Unlink and declare it again",
                    _ => null,
                }
            ),
            ct
        );
        return found.FirstOrDefault();
    }

    /// <summary>Takes the next epoch of a session for one write, without a lease: no pod may own it.</summary>
    /// <returns>Null if a pod does by now, or it has a device.</returns>
    public async Task<long?> ClaimAsync(long session, CancellationToken ct = default)
    {
        await using var connection = await database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var make = new NpgsqlCommand(
            "insert into wa.session_owner (session_id) values ($1) on conflict do nothing",
            connection,
            transaction
        ).With(session);
        await make.ExecuteNonQueryAsync(ct);
        await using var claim = new NpgsqlCommand(
            $"""
            update wa.session_owner w set epoch = w.epoch + 1 from wa.session s
             where w.session_id = $1 and s.id = $1 and s.desired = 'Stopped' and {Free} and {Empty}
            returning w.epoch
            """,
            connection,
            transaction
        ).With(session);
        var epoch = await claim.ExecuteScalarAsync(ct) as long?;
        await Commits.OfAsync(transaction, ct);
        return epoch;
    }
}
