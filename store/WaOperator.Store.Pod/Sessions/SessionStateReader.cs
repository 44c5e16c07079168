using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Reads states that were reported before: where a new owner starts from.</summary>
public sealed class SessionStateReader(NpgsqlDataSource database)
{
    /// <summary>States of these sessions; one that was never reported is absent.</summary>
    public async Task<IReadOnlyList<SessionState>> ReadAsync(
        IReadOnlyCollection<long> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"select {SessionStateSql.Columns} from wa.session_state t where t.session_id = any ($1)",
            sessions.ToArray()
        );
        return await command.ReadAllAsync(r => SessionStateSql.Read(r, 0), ct);
    }
}
