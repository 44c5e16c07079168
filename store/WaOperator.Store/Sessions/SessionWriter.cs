using Npgsql;
using NpgsqlTypes;

namespace WaOperator.Store.Sessions;

/// <summary>One piece of key material, already encrypted; the store never sees plain keys.</summary>
/// <param name="Kind">What it is: credentials, prekeys, ...</param>
/// <param name="Id">Which one of its kind.</param>
/// <param name="KeyVersion">Version of the tenant's key that encrypted it.</param>
/// <param name="Ciphertext">Null deletes it.</param>
public sealed record KeyWrite(string Kind, string Id, int KeyVersion, byte[]? Ciphertext);

/// <summary>All that one session wants written together. Empty parts write nothing.</summary>
/// <param name="SessionId">The session's key.</param>
/// <param name="Epoch">The writer's epoch; a newer owner makes the whole write fall out.</param>
public sealed record SessionWrite(long SessionId, long Epoch)
{
    /// <summary>Remove every key of the session first (logged out).</summary>
    public bool WipeKeys { get; init; }

    /// <summary>Keys to write or delete.</summary>
    public IReadOnlyList<KeyWrite> Keys { get; init; } = [];

    /// <summary>The new state, null for none.</summary>
    public SessionState? State { get; init; }

    /// <summary>The code to show now, null for none.</summary>
    public PairingCode? Pairing { get; init; }

    /// <summary>Remove the code that was shown.</summary>
    public bool ClearPairing { get; init; }
}

/// <summary>
/// The connection broke before PostgreSQL answered: the commit may or may not have happened. The caller drops what it holds in
/// memory, loads again and reconnects; it must not act on either assumption.
/// </summary>
public sealed class CommitUnknownException(string message, Exception cause)
    : Exception(message, cause);

/// <summary>
/// The group commit of a pod: writes of many sessions in one transaction and one round trip. Each is fenced by its epoch: the
/// first statement locks the owner rows FOR SHARE, which conflicts with a claim's update of the same row, so a stale write can
/// neither commit after a claim nor slip in beside it. A fenced session falls out alone.
/// </summary>
public sealed class SessionWriter(NpgsqlDataSource database)
{
    /// <summary>Commits the writes. At most one write per session.</summary>
    /// <returns>Sessions whose writes fell out because somebody else owns them now.</returns>
    /// <exception cref="CommitUnknownException">See there.</exception>
    /// <exception cref="PostgresException">PostgreSQL refused; nothing of the group was written.</exception>
    public async Task<IReadOnlySet<long>> CommitAsync(
        IReadOnlyList<SessionWrite> writes,
        CancellationToken ct = default
    )
    {
        if (writes.Count == 0)
            return new HashSet<long>();
        await using var connection = await database.OpenConnectionAsync(ct);
        // Commands of a batch without an explicit BEGIN are one implicit transaction, committed by its end.
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(Lock(writes));
        foreach (var command in Statements(writes))
            batch.BatchCommands.Add(command);
        var fenced = writes.Select(w => w.SessionId).ToHashSet();
        try
        {
            // Not cancellable from here: a cancelled commit is one whose outcome nobody knows.
            await using var reader = await batch.ExecuteReaderAsync(CancellationToken.None);
            fenced.ExceptWith(
                await reader.ReadAllAsync(r => r.GetInt64(0), CancellationToken.None)
            );
            while (await reader.NextResultAsync(CancellationToken.None)) { }
        }
        catch (PostgresException e) when (!e.SqlState.StartsWith("57P", StringComparison.Ordinal))
        {
            throw;
        }
        catch (NpgsqlException e)
        {
            throw new CommitUnknownException(
                $"the connection to PostgreSQL broke while {writes.Count} session(s) committed; the outcome is unknown",
                e
            );
        }
        return fenced;
    }

    private static NpgsqlBatchCommand Lock(IReadOnlyList<SessionWrite> writes) =>
        Sql.BatchCommand(
            """
            select o.session_id from wa.session_owner o
              join unnest($1, $2) w (id, epoch) on w.id = o.session_id and w.epoch = o.epoch
             order by o.session_id for share of o
            """,
            writes.Select(w => w.SessionId).ToArray(),
            writes.Select(w => w.Epoch).ToArray()
        );

    private static IEnumerable<NpgsqlBatchCommand> Statements(IReadOnlyList<SessionWrite> writes)
    {
        if (Pick(writes, w => w.WipeKeys) is { Count: > 0 } wiped)
            yield return Delete("wa.session_key", wiped);
        if (Pick(writes, w => w.ClearPairing) is { Count: > 0 } cleared)
            yield return Delete("wa.session_pairing", cleared);
        var puts = Keys(writes, k => k.Ciphertext is not null);
        if (puts.Count > 0)
            yield return PutKeys(puts);
        var drops = Keys(writes, k => k.Ciphertext is null);
        if (drops.Count > 0)
            yield return DropKeys(drops);
        foreach (var write in writes)
        {
            if (write.State is { } state)
                yield return PutState(state);
            if (write.Pairing is { } code)
                yield return PutPairing(code);
        }
    }

    private static List<SessionWrite> Pick(
        IReadOnlyList<SessionWrite> writes,
        Func<SessionWrite, bool> which
    ) => [.. writes.Where(which)];

    private static List<(SessionWrite Write, KeyWrite Key)> Keys(
        IReadOnlyList<SessionWrite> writes,
        Func<KeyWrite, bool> which
    ) => [.. writes.SelectMany(w => w.Keys.Where(which).Select(k => (w, k)))];

    private static NpgsqlBatchCommand Delete(string table, List<SessionWrite> writes) =>
        Sql.BatchCommand(
            $"""
            delete from {table} t using wa.session_owner o, unnest($1, $2) w (id, epoch)
             where t.session_id = w.id and o.session_id = w.id and o.epoch = w.epoch
            """,
            writes.Select(w => w.SessionId).ToArray(),
            writes.Select(w => w.Epoch).ToArray()
        );

    private static NpgsqlBatchCommand PutKeys(List<(SessionWrite Write, KeyWrite Key)> keys) =>
        Sql.BatchCommand(
            """
            insert into wa.session_key (session_id, kind, id, key_version, ciphertext)
            select w.session_id, w.kind, w.id, w.version, w.ciphertext
              from unnest($1, $2, $3, $4, $5, $6) w (session_id, epoch, kind, id, version, ciphertext)
              join wa.session_owner o on o.session_id = w.session_id and o.epoch = w.epoch
            on conflict (session_id, kind, id)
               do update set key_version = excluded.key_version, ciphertext = excluded.ciphertext
            """,
            keys.Select(k => k.Write.SessionId).ToArray(),
            keys.Select(k => k.Write.Epoch).ToArray(),
            keys.Select(k => k.Key.Kind).ToArray(),
            keys.Select(k => k.Key.Id).ToArray(),
            keys.Select(k => k.Key.KeyVersion).ToArray(),
            keys.Select(k => k.Key.Ciphertext!).ToArray()
        );

    private static NpgsqlBatchCommand DropKeys(List<(SessionWrite Write, KeyWrite Key)> keys) =>
        Sql.BatchCommand(
            """
            delete from wa.session_key t using wa.session_owner o, unnest($1, $2, $3, $4) w (session_id, epoch, kind, id)
             where t.session_id = w.session_id and t.kind = w.kind and t.id = w.id
               and o.session_id = w.session_id and o.epoch = w.epoch
            """,
            keys.Select(k => k.Write.SessionId).ToArray(),
            keys.Select(k => k.Write.Epoch).ToArray(),
            keys.Select(k => k.Key.Kind).ToArray(),
            keys.Select(k => k.Key.Id).ToArray()
        );

    private static NpgsqlBatchCommand PutState(SessionState s)
    {
        var command = Sql.BatchCommand(
            """
            insert into wa.session_state (session_id, epoch, pool_uid, ordinal, pod_name, phase, reason, message, paired,
                   phone, jid, lid, platform, last_connected_at, reconnects, pair_request)
            select o.session_id, o.epoch, o.pool_uid, o.ordinal, coalesce(l.pod_name, ''), $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13
              from wa.session_owner o
              left join wa.shard_lease l on l.pool_uid = o.pool_uid and l.ordinal = o.ordinal
             where o.session_id = $1 and o.epoch = $2 and o.pool_uid is not null
            on conflict (session_id) do update set
                   epoch = excluded.epoch, pool_uid = excluded.pool_uid, ordinal = excluded.ordinal, pod_name = excluded.pod_name,
                   phase = excluded.phase, reason = excluded.reason, message = excluded.message, paired = excluded.paired,
                   phone = excluded.phone, jid = excluded.jid, lid = excluded.lid, platform = excluded.platform,
                   last_connected_at = excluded.last_connected_at, reconnects = excluded.reconnects,
                   pair_request = excluded.pair_request, changed = pg_current_xact_id()
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
        command.Parameters.Add(
            new NpgsqlParameter
            {
                NpgsqlDbType = NpgsqlDbType.TimestampTz,
                Value = s.LastConnectedAt is { } at ? at.UtcDateTime : DBNull.Value,
            }
        );
        command.Parameters.Add(new NpgsqlParameter { Value = s.Reconnects });
        command.Parameters.Add(new NpgsqlParameter { Value = s.PairRequest });
        return command;
    }

    private static NpgsqlBatchCommand PutPairing(PairingCode c) =>
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

    private static string Trim(string text, int most) => text.Length <= most ? text : text[..most];
}
