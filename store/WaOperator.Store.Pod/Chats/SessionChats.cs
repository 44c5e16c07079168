using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Reads what is listed of sessions' chats, contacts and receipts.</summary>
public sealed class SessionChats(NpgsqlDataSource database)
{
    /// <summary>A page of chats, the last message first.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="after">Continues behind it; null: from the beginning.</param>
    /// <param name="most">Chats in a page, 1 to 1,000.</param>
    /// <param name="ct">Cancels.</param>
    public Task<List<StoredChat>> ListAsync(
        long session,
        ChatCursor? after,
        int most,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            "select * from wa.chats_page($1, $2, $3, $4)",
            [session, after?.At, after?.Chat.ToBytes(), most],
            ReadChat,
            ct
        );

    /// <summary>Chats by the hashes of their addresses; those that are not known are left out.</summary>
    public Task<List<StoredChat>> FindAsync(
        long session,
        IReadOnlyCollection<RecordName> chats,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            """
            select c.chat, c.last_at, c.unread, c.key_version, c.ciphertext, n.key_version, n.ciphertext,
                   f.archived, f.pinned, f.unread, f.muted, f.muted_until from wa.session_chat c
              left join wa.session_contact n on n.session_id = c.session_id and n.contact = c.chat
              left join wa.session_chat_flag f on f.session_id = c.session_id and f.chat = c.chat
             where c.session_id = $1 and c.chat = any ($2)
             order by c.last_at desc
            """,
            [session, chats.Select(c => c.ToBytes()).ToArray()],
            ReadChat,
            ct
        );

    /// <summary>A page of the accounts that are known, in the order of their hashes.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="after">Continues behind it; null: from the beginning.</param>
    /// <param name="most">Accounts in a page.</param>
    /// <param name="ct">Cancels.</param>
    public Task<List<ContactRow>> ListContactsAsync(
        long session,
        RecordName? after,
        int most,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            """
            select contact, kind, tag, key_version, ciphertext from wa.session_contact
             where session_id = $1 and contact > $2 and kind = 0 order by contact limit $3
            """,
            [session, after?.ToBytes() ?? [], most],
            r => new ContactRow(
                RecordName.From(r.GetFieldValue<byte[]>(0)),
                r.GetInt16(1) == 1,
                r.GetInt64(2),
                r.GetInt32(3),
                r.GetFieldValue<byte[]>(4)
            ),
            ct
        );

    /// <summary>A page of who got a message, in the order of their hashes.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="message">The message (<see cref="StoredOutbox.Seq"/>) and its id.</param>
    /// <param name="after">Continues behind it; null: from the beginning.</param>
    /// <param name="most">Participants in a page.</param>
    /// <param name="ct">Cancels.</param>
    public Task<List<ReceiptRow>> ListReceiptsAsync(
        long session,
        (long Seq, string Id) message,
        RecordName? after,
        int most,
        CancellationToken ct = default
    ) =>
        database.LookUpAsync(
            """
            select participant, delivered_at, read_at, played_at, key_version, ciphertext from wa.session_receipt
             where session_id = $1 and message = $2 and participant > $3 order by participant limit $4
            """,
            [session, message.Seq, after?.ToBytes() ?? [], most],
            r => new ReceiptRow(
                message.Id,
                RecordName.From(r.GetFieldValue<byte[]>(0)),
                r.ValueOrNull<DateTimeOffset>(1),
                r.ValueOrNull<DateTimeOffset>(2),
                r.ValueOrNull<DateTimeOffset>(3),
                r.GetInt32(4),
                r.GetFieldValue<byte[]>(5)
            ),
            ct
        );

    /// <summary>When a message was first delivered, read and played, by anyone; each null: not yet.</summary>
    /// <param name="session">The session's key.</param>
    /// <param name="id">The message.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<(
        DateTimeOffset? Delivered,
        DateTimeOffset? Read,
        DateTimeOffset? Played
    )> FirstReceiptsAsync(long session, string id, CancellationToken ct = default) =>
        (
            await database.LookUpAsync(
                """
                select min(r.delivered_at), min(r.read_at), min(r.played_at) from wa.session_outbox o
                  join wa.session_receipt r on r.session_id = o.session_id and r.message = o.seq
                 where o.session_id = $1 and o.id = $2
                """,
                [session, id],
                r =>
                    (
                        r.ValueOrNull<DateTimeOffset>(0),
                        r.ValueOrNull<DateTimeOffset>(1),
                        r.ValueOrNull<DateTimeOffset>(2)
                    ),
                ct
            )
        ).Single();

    private static StoredChat ReadChat(NpgsqlDataReader r)
    {
        var chat = RecordName.From(r.GetFieldValue<byte[]>(0));
        return new(
            new(
                chat,
                r.GetFieldValue<DateTimeOffset>(1),
                Read: false,
                r.GetInt32(2),
                r.GetInt32(3),
                r.GetFieldValue<byte[]>(4)
            ),
            r.IsDBNull(5)
                ? null
                : new(chat, IsGroup: false, 0, r.GetInt32(5), r.GetFieldValue<byte[]>(6)),
            new()
            {
                Archived = r.ValueOrNull<bool>(7),
                Pinned = r.ValueOrNull<bool>(8),
                Unread = r.ValueOrNull<bool>(9),
                Muted = r.ValueOrNull<bool>(10),
                MutedUntil = r.ValueOrNull<DateTimeOffset>(11),
            }
        );
    }
}
