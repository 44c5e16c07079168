using Npgsql;
using NpgsqlTypes;

namespace WaOperator.Store.Pod;

/// <summary>Statements of a group commit about the state that a session reports.</summary>
internal static class StateSql
{
    /// <summary>Reports a state.</summary>
    public static NpgsqlBatchCommand Put(SessionState s)
    {
        var command = Sql.BatchCommand(
            """
            insert into wa.session_state (session_id, epoch, pool_uid, ordinal, pod_name, phase, reason, message, paired,
                   phone, jid, lid, platform, last_connected_at, reconnects, pair_request, logout_served, told,
                   restore_request, suspect, suspect_detail)
            select o.session_id, o.epoch, o.pool_uid, o.ordinal, coalesce(l.pod_name, ''), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13,
                   $14, $15, $16, $17, $18
              from wa.session_owner o
              left join wa.shard_lease l on l.pool_uid = o.pool_uid and l.ordinal = o.ordinal
             where o.session_id = $1 and o.epoch = $2 and o.pool_uid is not null
            on conflict (session_id) do update set
                   epoch = excluded.epoch, pool_uid = excluded.pool_uid, ordinal = excluded.ordinal, pod_name = excluded.pod_name,
                   phase = excluded.phase, reason = excluded.reason, message = excluded.message, paired = excluded.paired,
                   phone = excluded.phone, jid = excluded.jid, lid = excluded.lid, platform = excluded.platform,
                   last_connected_at = excluded.last_connected_at, reconnects = excluded.reconnects,
                   pair_request = excluded.pair_request, logout_served = excluded.logout_served, told = excluded.told,
                   restore_request = excluded.restore_request,
                   suspect = excluded.suspect, suspect_detail = excluded.suspect_detail,
                   changed = pg_current_xact_id()
            """,
            s.SessionId,
            s.Epoch,
            s.Phase.ToString(),
            Trim(s.Reason, 64),
            Trim(s.Message, 512),
            s.Paired
        );
        foreach (var text in (string?[])[s.Phone, s.Jid, s.Lid, s.Platform])
            command.Parameters.Add(
                new NpgsqlParameter
                {
                    NpgsqlDbType = NpgsqlDbType.Text,
                    Value = (object?)text ?? DBNull.Value,
                }
            );
        command.Parameters.Add(Time(s.LastConnectedAt));
        command.Parameters.Add(new NpgsqlParameter { Value = s.Reconnects });
        command.Parameters.Add(new NpgsqlParameter { Value = s.PairRequest });
        command.Parameters.Add(Time(s.LogoutServed));
        command.Parameters.Add(new NpgsqlParameter { Value = s.Told });
        command.Parameters.Add(new NpgsqlParameter { Value = s.RestoreRequest });
        command.Parameters.Add(new NpgsqlParameter { Value = s.Suspect });
        command.Parameters.Add(new NpgsqlParameter { Value = Trim(s.SuspectDetail, 512) });
        return command;
    }

    /// <summary>Shows a code.</summary>
    public static NpgsqlBatchCommand Show(PairingCode c) =>
        Sql.BatchCommand(
            """
            insert into wa.session_pairing (session_id, epoch, kind, code, number, total, expires_at)
            select o.session_id, o.epoch, $3, $4, $5, $6, $7 from wa.session_owner o where o.session_id = $1 and o.epoch = $2
            on conflict (session_id) do update set epoch = excluded.epoch, kind = excluded.kind, code = excluded.code,
                   number = excluded.number, total = excluded.total, expires_at = excluded.expires_at, changed = pg_current_xact_id()
            """,
            c.SessionId,
            c.Epoch,
            c.Kind,
            c.Code,
            c.Number,
            c.Total,
            c.ExpiresAt.UtcDateTime
        );

    private static NpgsqlParameter Time(DateTimeOffset? time) =>
        new()
        {
            NpgsqlDbType = NpgsqlDbType.TimestampTz,
            Value = time is { } at ? at.UtcDateTime : DBNull.Value,
        };

    private static string Trim(string text, int most) => text.Length <= most ? text : text[..most];
}
