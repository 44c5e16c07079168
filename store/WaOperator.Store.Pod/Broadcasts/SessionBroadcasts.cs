using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Broadcasts of sessions, and their recipients. Reads.</summary>
public sealed class SessionBroadcasts(NpgsqlDataSource database)
{
    private const string Columns =
        "id, key_version, ciphertext, state, reason, recipients, created_at, changed_at, started_at, untold, settled_before, failed_before";

    /// <summary>Of some sessions those that have a broadcast that runs, or of which an event is to tell.</summary>
    public async Task<IReadOnlyList<long>> FindActiveAsync(
        IReadOnlyCollection<long> sessions,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select distinct session_id from wa.session_broadcast where session_id = any ($1) and (state = 1 or untold)",
            sessions.ToArray()
        );
        return await command.ReadAllAsync(r => r.GetInt64(0), ct);
    }

    /// <summary>A session's broadcasts that run, or of which an event is to tell; the latter first.</summary>
    public async Task<IReadOnlyList<StoredBroadcast>> ReadActiveAsync(
        long session,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"select {Columns} from wa.session_broadcast where session_id = $1 and (state = 1 or untold) order by untold desc, changed_at",
            session
        );
        return await command.ReadAllAsync(Read, ct);
    }

    /// <summary>All broadcasts of a session, the newest first.</summary>
    public async Task<IReadOnlyList<StoredBroadcast>> ListAsync(
        long session,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"select {Columns} from wa.session_broadcast where session_id = $1 order by created_at desc, id",
            session
        );
        return await command.ReadAllAsync(Read, ct);
    }

    /// <summary>A broadcast; null: there is none of that id.</summary>
    public async Task<StoredBroadcast?> FindAsync(
        long session,
        string id,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            $"select {Columns} from wa.session_broadcast where session_id = $1 and id = $2",
            session,
            id
        );
        return (await command.ReadAllAsync(Read, ct)).SingleOrDefault();
    }

    /// <summary>How many of its recipients are in each state: goes through them all.</summary>
    public async Task<RecipientCounts> CountAsync(
        long session,
        string id,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select state, recipients from wa.broadcast_counts($1, $2)",
            session,
            id
        );
        var rows = await command.ReadAllAsync(
            r => ((RecipientState)r.GetInt16(0), r.GetInt64(1)),
            ct
        );
        return new(rows.ToDictionary(r => r.Item1, r => r.Item2));
    }

    /// <summary>A page of a broadcast's recipients, in the order in which they were added.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="id">The broadcast.</param>
    /// <param name="after">The place before the first that is asked for.</param>
    /// <param name="most">Recipients in a page, up to 1,000.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<IReadOnlyList<StoredRecipient>> ListRecipientsAsync(
        long session,
        string id,
        long after,
        int most,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            "select message, key_version, ciphertext, seq, state, reason from wa.broadcast_page($1, $2, $3, $4)",
            session,
            id,
            after,
            most
        );
        return await command.ReadAllAsync(ReadRecipient, ct);
    }

    /// <summary>The first recipients of a broadcast that are marked as Pending, or as Queued.</summary>
    public async Task<IReadOnlyList<StoredRecipient>> ReadOpenAsync(
        long session,
        string id,
        RecipientState state,
        int most,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select message, key_version, ciphertext, seq, state, reason from wa.session_broadcast_recipient
             where session_id = $1 and broadcast = $2 and state = $3 and state < 2 order by seq limit $4
            """,
            session,
            id,
            (short)state,
            most
        );
        return await command.ReadAllAsync(ReadRecipient, ct);
    }

    /// <summary>Messages of a broadcast that are in the outbox and not encrypted yet, whatever state their recipients are marked with.</summary>
    public async Task<IReadOnlyList<string>> ReadQueuedAsync(
        long session,
        string id,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select o.id from wa.session_outbox o
              join wa.session_broadcast_recipient r on r.session_id = $1 and r.message = o.id
             where o.session_id = $1 and o.settled_at is null and o.state = 0 and r.broadcast = $2
            """,
            session,
            id
        );
        return await command.ReadAllAsync(r => r.GetString(0), ct);
    }

    /// <summary>What stands in a session's outbox.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="messages">Messages whose states are asked for.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<OutboxView> ViewOutboxAsync(
        long session,
        IReadOnlyCollection<string> messages,
        CancellationToken ct = default
    )
    {
        await using var command = database.Command(
            """
            select id, state from wa.session_outbox where session_id = $1 and id = any ($2)
             union all
            (select null, 0::smallint from wa.session_outbox o
              where o.session_id = $1 and o.settled_at is null and o.state between 0 and 1
                and not exists (select 1 from wa.session_broadcast_recipient r where r.session_id = $1 and r.message = o.id) limit 1)
            """,
            session,
            messages.ToArray()
        );
        var rows = await command.ReadAllAsync(
            r => (Id: r.TextOrNull(0), State: (OutboxState)r.GetInt16(1)),
            ct
        );
        return new(
            rows.Where(r => r.Id is not null).ToDictionary(r => r.Id!, r => r.State),
            rows.Exists(r => r.Id is null)
        );
    }

    private static StoredBroadcast Read(NpgsqlDataReader r) =>
        new(
            new BroadcastRow(r.GetString(0), r.GetInt32(1), r.GetFieldValue<byte[]>(2)),
            (BroadcastState)r.GetInt16(3),
            r.GetString(4),
            r.GetInt32(5),
            r.GetFieldValue<DateTimeOffset>(6),
            r.GetFieldValue<DateTimeOffset>(7),
            r.ValueOrNull<DateTimeOffset>(8),
            r.GetBoolean(9),
            r.GetInt32(10),
            r.GetInt32(11)
        );

    private static StoredRecipient ReadRecipient(NpgsqlDataReader r) =>
        new(
            new RecipientRow(r.GetString(0), r.GetInt32(1), r.GetFieldValue<byte[]>(2)),
            r.GetInt64(3),
            (RecipientState)r.GetInt16(4),
            r.GetString(5)
        );
}
