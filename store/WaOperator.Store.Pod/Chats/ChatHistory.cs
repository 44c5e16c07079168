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
