using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Reads the messages of chats, newest first: what is settled from the journal, what is not from the outbox.</summary>
public sealed class ChatHistory(NpgsqlDataSource database)
{
    /// <summary>Entries of the journal that belong to a chat.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="chats">Hashes of the chat's addresses (<see cref="RecordName.Prefix"/>), which entries of other chats may have, too.</param>
    /// <param name="before">Only those before this number.</param>
    /// <param name="most">Entries in a page.</param>
    /// <param name="ct">Cancels.</param>
    public Task<List<StoredEvent>> ReadAsync(
        long session,
        IReadOnlyCollection<long> chats,
        long before,
        int most,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            """
            select e.seq, e.type, e.key_version, e.ciphertext, e.at from unnest($2) c (chat)
             cross join lateral (select x.* from wa.session_event x where x.session_id = $1 and x.chat = c.chat and x.seq < $3
                                  order by x.seq desc limit $4) e
             order by e.seq desc limit $4
            """,
            [session, chats.Distinct().ToArray(), before, most],
            r => new StoredEvent(
                new(r.GetInt64(0), r.GetString(1), r.GetInt32(2), r.GetFieldValue<byte[]>(3)),
                r.GetFieldValue<DateTimeOffset>(4)
            ),
            ct
        );

    /// <summary>
    /// Messages of a chat from before the session was linked, newest first, but for those that stand in the journal. Phones give the newest
    /// first: of one second it is the one that came first. One that is stored under several names of its chat is read once.
    /// </summary>
    /// <param name="session">The session's key.</param>
    /// <param name="chats">As for <see cref="ReadAsync"/>.</param>
    /// <param name="before">Only those before it.</param>
    /// <param name="most">Messages in a page.</param>
    /// <param name="ct">Cancels.</param>
    public Task<List<StoredPast>> ReadPastAsync(
        long session,
        IReadOnlyCollection<long> chats,
        PastCursor before,
        int most,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            $"""
            select {PastColumns} from unnest($2) c (chat)
             cross join lateral (select x.* from wa.session_past x
                                  where x.session_id = $1 and x.chat = c.chat and x.at <= $3 and (x.at < $3 or x.seq > $4)
                                    and not exists (select 1 from wa.session_past y
                                                     where y.session_id = $1 and y.ref = x.ref and y.chat = any ($2) and y.chat < x.chat)
                                    and not exists (select 1 from wa.session_event e
                                                     where e.session_id = $1 and e.ref = x.ref and e.chat = any ($2))
                                  order by x.at desc, x.seq limit $5) p
             order by p.at desc, p.seq limit $5
            """,
            [session, chats.Distinct().ToArray(), before.At.UtcDateTime, before.Seq, most],
            ReadPast,
            ct
        );

    /// <summary>Messages from before the session was linked, by their id, newest first.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="message">Keyed hash of the id (<see cref="PastRow.Ref"/>).</param>
    /// <param name="most">So many at most.</param>
    /// <param name="ct">Cancels.</param>
    public Task<List<StoredPast>> FindPastAsync(
        long session,
        RecordName message,
        int most,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            $"""
            select {PastColumns} from wa.session_past p where p.session_id = $1 and p.ref = $2
             order by p.at desc, p.seq limit $3
            """,
            [session, message.ToBytes(), most],
            ReadPast,
            ct
        );

    private const string PastColumns = "p.seq, p.ref, p.chat, p.at, p.key_version, p.ciphertext";

    private static StoredPast ReadPast(NpgsqlDataReader r) =>
        new(
            r.GetInt64(0),
            new(
                RecordName.From(r.GetFieldValue<byte[]>(1)),
                r.GetInt64(2),
                r.GetFieldValue<DateTimeOffset>(3),
                r.GetInt32(4),
                r.GetFieldValue<byte[]>(5)
            )
        );

    /// <summary>Outbound messages that are not settled, newest first.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="before">Only those before this place.</param>
    /// <param name="most">Messages in a page.</param>
    /// <param name="ct">Cancels.</param>
    public Task<List<StoredOutbox>> ReadWaitingAsync(
        long session,
        long before,
        int most,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            $"""
            select {SessionMessages.OutboxColumns} from wa.session_outbox
             where session_id = $1 and settled_at is null and seq < $2 order by seq desc limit $3
            """,
            [session, before, most],
            SessionMessages.ReadOutbox,
            ct
        );

    /// <summary>Outbound messages by their ids; those that are not kept are left out.</summary>
    public Task<List<StoredOutbox>> FindAsync(
        long session,
        IReadOnlyCollection<string> ids,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            $"select {SessionMessages.OutboxColumns} from wa.session_outbox where session_id = $1 and id = any ($2)",
            [session, ids.ToArray()],
            SessionMessages.ReadOutbox,
            ct
        );
}
