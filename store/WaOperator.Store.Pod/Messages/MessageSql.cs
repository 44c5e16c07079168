using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>
/// Statements of a group commit about messages: one for each table, however many messages there are. All of them are inserts, whose
/// plans cannot go wrong while the tables grow.
/// </summary>
internal static class MessageSql
{
    /// <summary>Writes and deletes records.</summary>
    public static IEnumerable<NpgsqlBatchCommand> WriteRecords(
        List<(long Session, RecordRow Row)> records
    )
    {
        if (records.FindAll(r => r.Row.Ciphertext is not null) is { Count: > 0 } puts)
            yield return Sql.BatchCommand(
                """
                insert into wa.session_record (session_id, name, key_version, ciphertext) select * from unnest($1, $2, $3, $4)
                on conflict (session_id, name) do update set key_version = excluded.key_version, ciphertext = excluded.ciphertext
                """,
                Column(puts, r => r.Session),
                Column(puts, r => r.Row.Name.ToBytes()),
                Column(puts, r => r.Row.KeyVersion),
                Column(puts, r => r.Row.Ciphertext!)
            );
        if (records.FindAll(r => r.Row.Ciphertext is null) is { Count: > 0 } drops)
            yield return Sql.BatchCommand(
                """
                delete from wa.session_record t using unnest($1, $2) w (session_id, name)
                 where t.session_id = w.session_id and t.name = w.name
                """,
                Column(drops, r => r.Session),
                Column(drops, r => r.Row.Name.ToBytes())
            );
    }

    /// <summary>Appends to journals.</summary>
    public static NpgsqlBatchCommand Append(List<(long Session, EventRow Row)> events) =>
        Sql.BatchCommand(
            """
            insert into wa.session_event (session_id, seq, type, key_version, ciphertext, ref, chat)
            select * from unnest($1, $2, $3, $4, $5, $6, $7)
            """,
            Column(events, e => e.Session),
            Column(events, e => e.Row.Seq),
            Column(events, e => e.Row.Type),
            Column(events, e => e.Row.KeyVersion),
            Column(events, e => e.Row.Ciphertext),
            Column(events, e => e.Row.Ref?.ToBytes()),
            Column(events, e => e.Row.Chat)
        );

    /// <summary>Remembers what was handled.</summary>
    public static NpgsqlBatchCommand Remember(List<(long Session, RecordName Row)> handled) =>
        Sql.BatchCommand(
            $"""
            insert into wa.session_handled (session_id, week, message)
            select w.session_id, {ThisWeek}, w.message from unnest($1, $2) w (session_id, message)
            on conflict do nothing
            """,
            Column(handled, h => h.Session),
            Column(handled, h => h.Row.ToBytes())
        );

    /// <summary>Outbound messages come or move on, never back (<see cref="SessionWrites.Moves"/>).</summary>
    public static NpgsqlBatchCommand Move(List<(long Session, OutboxRow Row)> outbox) =>
        Sql.BatchCommand(
            """
            insert into wa.session_outbox as o
                   (session_id, id, state, body_version, body, detail_version, detail, extra, due_at, settled_at)
            select w.session_id, w.id, w.state, w.body_version, w.body, w.detail_version, w.detail, w.extra, w.due_at,
                   case when w.state >= 2 then now() end
              from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)
                   w (session_id, id, state, body_version, body, detail_version, detail, extra, due_at)
            on conflict (session_id, id) do update set
                   state = excluded.state, detail_version = excluded.detail_version, detail = excluded.detail,
                   settled_at = excluded.settled_at
             where o.state < 2 and excluded.state >= o.state
            """,
            Column(outbox, o => o.Session),
            Column(outbox, o => o.Row.Id),
            Column(outbox, o => (short)o.Row.State),
            Column(outbox, o => o.Row.BodyVersion),
            Column(outbox, o => o.Row.Body),
            Column(outbox, o => o.Row.DetailVersion),
            Column(outbox, o => o.Row.Detail),
            Column(outbox, o => o.Row.Extra),
            Column(outbox, o => o.Row.DueAt)
        );

    /// <summary>
    /// Outbound messages are queued, cancelled or put off before they are encrypted, or queued again after they were given up. One that is
    /// queued goes behind all that wait:
    /// a statement for each, since their order counts.
    /// </summary>
    public static IEnumerable<NpgsqlBatchCommand> Change(
        List<(long Session, OutboxChange Row)> changes
    )
    {
        foreach (var (session, change) in changes)
            yield return change.State switch
            {
                // What was told of it under its former place is no news of the new one.
                OutboxState.Queued when change.Again => Sql.BatchCommand(
                    """
                    with failed as (
                        select seq from wa.session_outbox where session_id = $1 and id = $2 and state = 3 for update),
                    untold as (
                        delete from wa.session_receipt r using failed where r.session_id = $1 and r.message = failed.seq)
                    update wa.session_outbox o set state = 0, detail = null, settled_at = null, seq = default
                      from failed where o.session_id = $1 and o.id = $2
                    """,
                    session,
                    change.Id
                ),
                OutboxState.Queued => Sql.BatchCommand(
                    """
                    update wa.session_outbox set state = 0, due_at = null, seq = default
                     where session_id = $1 and id = $2 and state = -1
                    """,
                    session,
                    change.Id
                ),
                OutboxState.Cancelled => Sql.BatchCommand(
                    """
                    update wa.session_outbox set state = 5, due_at = null, settled_at = now()
                     where session_id = $1 and id = $2 and state in (-1, 0)
                    """,
                    session,
                    change.Id
                ),
                OutboxState.Scheduled => Sql.BatchCommand(
                    """
                    update wa.session_outbox set due_at = $3
                     where session_id = $1 and id = $2 and state = -1
                    """,
                    session,
                    change.Id,
                    change.DueAt
                ),
                _ => throw new ArgumentException(
                    $"A message cannot be made {change.State}.",
                    nameof(changes)
                ),
            };
    }

    /// <summary>What was encrypted for a device that is no more will be encrypted again.</summary>
    public static NpgsqlBatchCommand Requeue(long[] sessions) =>
        Sql.BatchCommand(
            """
            update wa.session_outbox set state = 0, detail = null
             where session_id = any ($1) and settled_at is null and state = 1
            """,
            sessions
        );

    /// <summary>The number of this week in SQL.</summary>
    internal const string ThisWeek = "floor(extract(epoch from now()) / 604800)::int";

    /// <summary>A column of rows as an array.</summary>
    internal static NpgsqlParameter<TValue[]> Column<T, TValue>(List<T> rows, Func<T, TValue> value)
    {
        var values = new TValue[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = value(rows[i]);
        return new NpgsqlParameter<TValue[]> { TypedValue = values };
    }
}
