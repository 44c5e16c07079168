using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Reads what messaging stored. Each is one short statement by primary key.</summary>
public sealed class SessionMessages(NpgsqlDataSource database)
{
    /// <summary>Records by name; those that are not there are left out.</summary>
    public async Task<IReadOnlyList<RecordRow>> ReadRecordsAsync(
        long session,
        IReadOnlyCollection<RecordName> names,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select name, key_version, ciphertext from wa.session_record where session_id = $1 and name = any ($2)",
            session,
            names.Select(n => n.ToBytes()).ToArray()
        );
        return await command.ReadAllAsync(
            r => new RecordRow(
                RecordName.From(r.GetFieldValue<byte[]>(0)),
                r.GetInt32(1),
                r.GetFieldValue<byte[]>(2)
            ),
            ct
        );
    }

    /// <summary>Which of these inbound messages were handled within the last weeks?</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="messages">Hashes.</param>
    /// <param name="weeks">How many weeks back they are remembered, 1 or more.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlySet<RecordName>> FindHandledAsync(
        long session,
        IReadOnlyCollection<RecordName> messages,
        int weeks,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"""
            select message from wa.session_handled
             where session_id = $1 and message = any ($2)
               and week = any (array(select {MessageSql.ThisWeek} + 1 - n from generate_series(0, $3 + 1) n))
            """,
            session,
            messages.Select(n => n.ToBytes()).ToArray(),
            weeks
        );
        return (
            await command.ReadAllAsync(r => RecordName.From(r.GetFieldValue<byte[]>(0)), ct)
        ).ToHashSet();
    }

    /// <summary>The number of a session's last event, pruned or not; 0 before the first.</summary>
    public async Task<long> LastEventAsync(long session, CancellationToken ct = default)
    {
        await using var command = database.Command(
            """
            select greatest((select max(seq) from wa.session_event where session_id = $1),
                            (select seq from wa.session_pruned where session_id = $1), 0)
            """,
            session
        );
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Up to which number a session's journal has been pruned.</summary>
    public async Task<long> PrunedAsync(long session, CancellationToken ct = default)
    {
        await using var command = database.Command(
            "select coalesce((select seq from wa.session_pruned where session_id = $1), 0)",
            session
        );
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>A page of a session's journal.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="after">The number before the first that is desired.</param>
    /// <param name="most">Entries in a page.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<StoredEvent>> ReadEventsAsync(
        long session,
        long after,
        int most,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select seq, type, key_version, ciphertext, at from wa.session_event
             where session_id = $1 and seq > $2 order by seq limit $3
            """,
            session,
            after,
            most
        );
        return await command.ReadAllAsync(
            r => new StoredEvent(
                new EventRow(
                    r.GetInt64(0),
                    r.GetString(1),
                    r.GetInt32(2),
                    r.GetFieldValue<byte[]>(3)
                ),
                r.GetFieldValue<DateTimeOffset>(4)
            ),
            ct
        );
    }

    /// <summary>Messages of a session's journal by a keyed hash of their id, newest first: ids are chosen by those who send.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="message">The hash.</param>
    /// <param name="most">Entries at most.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<EventRow>> FindMessagesAsync(
        long session,
        RecordName message,
        int most,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select seq, type, key_version, ciphertext from wa.session_event
             where session_id = $1 and ref = $2 order by seq desc limit $3
            """,
            session,
            message.ToBytes(),
            most
        );
        return await command.ReadAllAsync(
            r => new EventRow(
                r.GetInt64(0),
                r.GetString(1),
                r.GetInt32(2),
                r.GetFieldValue<byte[]>(3),
                message
            ),
            ct
        );
    }

    /// <summary>Of sessions that have Scheduled messages, when the first of them is due.</summary>
    public async Task<IReadOnlyList<(long Session, DateTimeOffset Due)>> FirstDueAsync(
        IReadOnlyCollection<long> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select s.id, d.due_at from unnest($1) s (id)
             cross join lateral (select o.due_at from wa.session_outbox o where o.session_id = s.id and o.state = -1
                                  order by o.due_at limit 1) d
            """,
            sessions.ToArray()
        );
        return await command.ReadAllAsync(
            r => (r.GetInt64(0), r.GetFieldValue<DateTimeOffset>(1)),
            ct
        );
    }

    /// <summary>A session's Scheduled messages whose time has come, in the order of their times.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="now">The time.</param>
    /// <param name="most">Messages at most.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<string>> FindDueAsync(
        long session,
        DateTimeOffset now,
        int most,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select id from wa.session_outbox where session_id = $1 and state = -1 and due_at <= $2 order by due_at, seq limit $3
            """,
            session,
            now,
            most
        );
        return await command.ReadAllAsync(r => r.GetString(0), ct);
    }

    /// <summary>Outbound messages: first those that are not settled, then the others, each newest first; in the order of the index.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="after">Continues behind it; null: from the beginning.</param>
    /// <param name="most">Messages in a page.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<StoredOutbox>> ListOutboxAsync(
        long session,
        OutboxCursor? after,
        int most,
        CancellationToken ct = default
    )
    {
        var behind = after switch
        {
            null => "true",
            { SettledAt: null } => "(settled_at is null and seq < $3 or settled_at is not null)",
            _ => "settled_at <= $4 and (settled_at, seq) < ($4, $3)",
        };
        await using var command = database.Command(
            $"""
            select {OutboxColumns} from wa.session_outbox where session_id = $1 and {behind}
             order by settled_at desc nulls first, seq desc limit $2
            """,
            after switch
            {
                null => [session, most],
                { SettledAt: { } at } => [session, most, after.Seq, at],
                _ => [session, most, after.Seq],
            }
        );
        return await command.ReadAllAsync(ReadOutbox, ct);
    }

    /// <summary>An outbound message; null when there is none of that id.</summary>
    public async Task<StoredOutbox?> FindOutboxAsync(
        long session,
        string id,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"select {OutboxColumns} from wa.session_outbox where session_id = $1 and id = $2",
            session,
            id
        );
        return (await command.ReadAllAsync(ReadOutbox, ct)).SingleOrDefault();
    }

    /// <summary>Outbound messages that are not settled yet, in order.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="state">Queued or Encrypted; null for both.</param>
    /// <param name="after">Only those behind this place (<see cref="StoredOutbox.Seq"/>).</param>
    /// <param name="most">Messages in a page.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<StoredOutbox>> ReadPendingAsync(
        long session,
        OutboxState? state,
        long after,
        int most,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"""
            select {OutboxColumns} from wa.session_outbox
             where session_id = $1 and settled_at is null and seq > $2 and state between $3 and $4 order by seq limit $5
            """,
            session,
            after,
            (short)(state ?? OutboxState.Queued),
            (short)(state ?? OutboxState.Encrypted),
            most
        );
        return await command.ReadAllAsync(ReadOutbox, ct);
    }

    /// <summary>Messages that were given up, of the first so many that were settled within some time.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="from">Settled at this time or later.</param>
    /// <param name="to">Settled before this time.</param>
    /// <param name="look">Messages that are looked at.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<FailedMessages> FindFailedAsync(
        long session,
        DateTimeOffset from,
        DateTimeOffset to,
        int look,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            with looked as materialized (
                select id, seq, state, settled_at from wa.session_outbox
                 where session_id = $1 and settled_at >= $2 and settled_at < $3 order by settled_at, seq limit $4)
            select null, max(settled_at), 0::bigint from looked having count(*) = $4
            union all
            select id, null, seq from looked where state = 3 order by 3
            """,
            session,
            from,
            to,
            look
        );
        var rows = await command.ReadAllAsync(
            r => (Id: r.IsDBNull(0) ? null : r.GetString(0), At: r.ValueOrNull<DateTimeOffset>(1)),
            ct
        );
        return new(
            [.. rows.Select(r => r.Id).OfType<string>()],
            rows.Select(r => r.At).FirstOrDefault(at => at is not null)
        );
    }

    /// <summary>Of some messages those that were given up and are so still, in the order in which they were queued.</summary>
    public async Task<IReadOnlyList<StoredOutbox>> ReadFailedAsync(
        long session,
        IReadOnlyCollection<string> ids,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"select {OutboxColumns} from wa.session_outbox where session_id = $1 and id = any ($2) and state = 3 order by seq",
            session,
            ids.ToArray()
        );
        return await command.ReadAllAsync(ReadOutbox, ct);
    }

    /// <summary>What waits to be sent: goes through it all, so once for a session that is sent through.</summary>
    public async Task<Backlog> CountBacklogAsync(long session, CancellationToken ct = default)
    {
        await using var command = database.Command(
            """
            select count(*), coalesce(sum(octet_length(body) + coalesce(octet_length(extra), 0)), 0)::bigint from wa.session_outbox where session_id = $1 and settled_at is null
            """,
            session
        );
        var found = await command.ReadAllAsync(r => new Backlog(r.GetInt64(0), r.GetInt64(1)), ct);
        return found.Single();
    }

    internal const string OutboxColumns =
        "id, state, body_version, body, detail_version, detail, seq, queued_at, settled_at, extra, due_at";

    internal static StoredOutbox ReadOutbox(NpgsqlDataReader r) =>
        new(
            new OutboxRow(
                r.GetString(0),
                (OutboxState)r.GetInt16(1),
                r.GetInt32(2),
                r.GetFieldValue<byte[]>(3),
                r.GetInt32(4),
                r.IsDBNull(5) ? null : r.GetFieldValue<byte[]>(5),
                r.IsDBNull(9) ? null : r.GetFieldValue<byte[]>(9),
                r.ValueOrNull<DateTimeOffset>(10)
            ),
            r.GetInt64(6),
            r.GetFieldValue<DateTimeOffset>(7),
            r.ValueOrNull<DateTimeOffset>(8)
        );
}
