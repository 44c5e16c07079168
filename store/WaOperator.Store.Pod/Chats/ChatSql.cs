using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Statements of a group commit about chats, contacts and receipts: none where there are none, and at most one of each kind.</summary>
internal static class ChatSql
{
    /// <summary>Chats that got messages, were read, or both.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Move(List<(long Session, ChatRow Row)> chats)
    {
        if (
            chats.FindAll(c => c.Row is { Ciphertext: not null, Read: false }) is
            { Count: > 0 } more
        )
            yield return Put(more, "least(c.unread::bigint + excluded.unread, 2147483647)::int");
        if (
            chats.FindAll(c => c.Row is { Ciphertext: not null, Read: true }) is { Count: > 0 } read
        )
            yield return Put(read, "excluded.unread");
        if (chats.FindAll(c => c.Row.Ciphertext is null) is { Count: > 0 } quiet)
            yield return Sql.BatchCommand(
                """
                update wa.session_chat c set unread = 0 from unnest($1, $2) w (session_id, chat)
                 where c.session_id = w.session_id and c.chat = w.chat and c.unread > 0
                """,
                MessageSql.Column(quiet, c => c.Session),
                MessageSql.Column(quiet, c => c.Row.Chat.ToBytes())
            );
    }

    /// <summary>Chats that are listed no longer.</summary>
    public static NpgsqlBatchCommand Remove(List<(long Session, ChatRemoval Row)> removed) =>
        Sql.BatchCommand(
            """
            delete from wa.session_chat c using unnest($1, $2, $3) w (session_id, chat, until)
             where c.session_id = w.session_id and c.chat = w.chat and c.last_at <= w.until
            """,
            MessageSql.Column(removed, c => c.Session),
            MessageSql.Column(removed, c => c.Row.Chat.ToBytes()),
            MessageSql.Column(removed, c => c.Row.Until)
        );

    /// <summary>How chats are shown from now on.</summary>
    public static NpgsqlBatchCommand Show(List<(long Session, ChatFlagRow Row)> flags) =>
        Sql.BatchCommand(
            """
            insert into wa.session_chat_flag as f (session_id, chat, archived, pinned, unread, muted, muted_until)
            select * from unnest($1, $2, $3, $4, $5, $6, $7)
            on conflict (session_id, chat) do update set
                   archived = coalesce(excluded.archived, f.archived),
                   pinned = coalesce(excluded.pinned, f.pinned),
                   unread = coalesce(excluded.unread, f.unread),
                   muted = coalesce(excluded.muted, f.muted),
                   muted_until = case when excluded.muted is null then f.muted_until else excluded.muted_until end,
                   at = excluded.at
            """,
            MessageSql.Column(flags, c => c.Session),
            MessageSql.Column(flags, c => c.Row.Chat.ToBytes()),
            MessageSql.Column(flags, c => c.Row.Flags.Archived),
            MessageSql.Column(flags, c => c.Row.Flags.Pinned),
            MessageSql.Column(flags, c => c.Row.Flags.Unread),
            MessageSql.Column(flags, c => c.Row.Flags.Muted),
            MessageSql.Column(flags, c => c.Row.Flags.MutedUntil)
        );

    /// <summary>What is news of accounts and groups.</summary>
    public static NpgsqlBatchCommand Learn(List<(long Session, ContactRow Row)> contacts) =>
        Sql.BatchCommand(
            "select wa.contacts_put($1, $2, $3, $4, $5, $6)",
            MessageSql.Column(contacts, c => c.Session),
            MessageSql.Column(contacts, c => c.Row.Contact.ToBytes()),
            MessageSql.Column(contacts, c => c.Row.IsGroup ? (short)1 : (short)0),
            MessageSql.Column(contacts, c => c.Row.Tag),
            MessageSql.Column(contacts, c => c.Row.KeyVersion),
            MessageSql.Column(contacts, c => c.Row.Ciphertext)
        );

    /// <summary>Who got messages.</summary>
    public static NpgsqlBatchCommand Note(List<(long Session, ReceiptRow Row)> receipts) =>
        Sql.BatchCommand(
            "select wa.receipts_put($1, $2, $3, $4, $5, $6, $7, $8)",
            MessageSql.Column(receipts, r => r.Session),
            MessageSql.Column(receipts, r => r.Row.Id),
            MessageSql.Column(receipts, r => r.Row.Participant.ToBytes()),
            MessageSql.Column(receipts, r => r.Row.DeliveredAt),
            MessageSql.Column(receipts, r => r.Row.ReadAt),
            MessageSql.Column(receipts, r => r.Row.PlayedAt),
            MessageSql.Column(receipts, r => r.Row.KeyVersion),
            MessageSql.Column(receipts, r => r.Row.Ciphertext)
        );

    private static NpgsqlBatchCommand Put(List<(long Session, ChatRow Row)> chats, string unread) =>
        Sql.BatchCommand(
            $"""
            insert into wa.session_chat as c (session_id, chat, last_at, unread, key_version, ciphertext)
            select * from unnest($1, $2, $3, $4, $5, $6)
            on conflict (session_id, chat) do update set
                   unread = {unread},
                   key_version = case when excluded.last_at >= c.last_at then excluded.key_version else c.key_version end,
                   ciphertext = case when excluded.last_at >= c.last_at then excluded.ciphertext else c.ciphertext end,
                   last_at = greatest(c.last_at, excluded.last_at)
            """,
            MessageSql.Column(chats, c => c.Session),
            MessageSql.Column(chats, c => c.Row.Chat.ToBytes()),
            MessageSql.Column(chats, c => c.Row.At),
            MessageSql.Column(chats, c => c.Row.Unread),
            MessageSql.Column(chats, c => c.Row.KeyVersion),
            MessageSql.Column(chats, c => c.Row.Ciphertext!)
        );
}
