using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Statements of a group commit about the time before sessions were linked: none where there is nothing, and few of each kind.</summary>
internal static class PastSql
{
    /// <summary>Adds what is not known yet.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Write(List<(long Session, PastRows Row)> past)
    {
        if (Of(past, p => p.Messages) is { Count: > 0 } messages)
            yield return Sql.BatchCommand(
                "select wa.past_put($1, $2, $3, $4, $5, $6, $7, $8)",
                MessageSql.Column(messages, m => m.Session),
                MessageSql.Column(messages, m => m.Row.Ref.ToBytes()),
                MessageSql.Column(messages, m => m.Row.Chat),
                MessageSql.Column(messages, m => m.Row.At),
                MessageSql.Column(messages, m => m.Row.KeyVersion),
                MessageSql.Column(messages, m => m.Row.Ciphertext),
                MessageSql.Column(messages, m => m.Row.Own),
                PastRows.MostMessages
            );
        var chats = Of(past, p => p.Chats);
        if (chats.FindAll(c => c.Row.Ciphertext is not null) is { Count: > 0 } told)
            yield return Sql.BatchCommand(
                """
                insert into wa.session_chat as c (session_id, chat, last_at, unread, key_version, ciphertext)
                select * from unnest($1, $2, $3, $4, $5, $6)
                on conflict (session_id, chat) do update set
                       unread = greatest(c.unread, excluded.unread),
                       key_version = case when excluded.last_at > c.last_at then excluded.key_version else c.key_version end,
                       ciphertext = case when excluded.last_at > c.last_at then excluded.ciphertext else c.ciphertext end,
                       last_at = greatest(c.last_at, excluded.last_at)
                 where excluded.last_at > c.last_at or excluded.unread > c.unread
                """,
                MessageSql.Column(told, c => c.Session),
                MessageSql.Column(told, c => c.Row.Chat.ToBytes()),
                MessageSql.Column(told, c => c.Row.At),
                MessageSql.Column(told, c => c.Row.Unread),
                MessageSql.Column(told, c => c.Row.KeyVersion),
                MessageSql.Column(told, c => c.Row.Ciphertext!)
            );
        if (chats.FindAll(c => c.Row is { Ciphertext: null, Unread: > 0 }) is { Count: > 0 } quiet)
            yield return Sql.BatchCommand(
                """
                update wa.session_chat c set unread = w.unread from unnest($1, $2, $3) w (session_id, chat, unread)
                 where c.session_id = w.session_id and c.chat = w.chat and c.unread < w.unread
                """,
                MessageSql.Column(quiet, c => c.Session),
                MessageSql.Column(quiet, c => c.Row.Chat.ToBytes()),
                MessageSql.Column(quiet, c => c.Row.Unread)
            );
        if (Of(past, p => p.Flags) is { Count: > 0 } flags)
            yield return Sql.BatchCommand(
                """
                insert into wa.session_chat_flag (session_id, chat, archived, pinned, unread, muted, muted_until)
                select * from unnest($1, $2, $3, $4, $5, $6, $7)
                on conflict do nothing
                """,
                MessageSql.Column(flags, c => c.Session),
                MessageSql.Column(flags, c => c.Row.Chat.ToBytes()),
                MessageSql.Column(flags, c => c.Row.Flags.Archived),
                MessageSql.Column(flags, c => c.Row.Flags.Pinned),
                MessageSql.Column(flags, c => c.Row.Flags.Unread),
                MessageSql.Column(flags, c => c.Row.Flags.Muted),
                MessageSql.Column(flags, c => c.Row.Flags.MutedUntil)
            );
        if (Of(past, p => p.Contacts) is { Count: > 0 } contacts)
            yield return Sql.BatchCommand(
                """
                insert into wa.session_contact (session_id, contact, kind, tag, key_version, ciphertext)
                select * from unnest($1, $2, $3, $4, $5, $6)
                on conflict do nothing
                """,
                MessageSql.Column(contacts, c => c.Session),
                MessageSql.Column(contacts, c => c.Row.Contact.ToBytes()),
                MessageSql.Column(contacts, c => c.Row.IsGroup ? (short)1 : (short)0),
                MessageSql.Column(contacts, c => c.Row.Tag),
                MessageSql.Column(contacts, c => c.Row.KeyVersion),
                MessageSql.Column(contacts, c => c.Row.Ciphertext)
            );
        if (past.FindAll(p => p.Row.Progress != PastProgress.None) is { Count: > 0 } further)
            yield return Sql.BatchCommand(
                """
                update wa.session_state t
                   set history = greatest(t.history, w.recent), history_full = greatest(t.history_full, w.further),
                       history_lost = t.history_lost + w.lost, changed = pg_current_xact_id()
                  from unnest($1, $2, $3, $4) w (session_id, recent, further, lost)
                 where t.session_id = w.session_id
                   and (w.recent > coalesce(t.history, -1) or w.further > coalesce(t.history_full, -1) or w.lost > 0)
                """,
                MessageSql.Column(further, p => p.Session),
                MessageSql.Column(further, p => (short?)p.Row.Progress.Recent),
                MessageSql.Column(further, p => (short?)p.Row.Progress.Full),
                MessageSql.Column(further, p => p.Row.Progress.Lost)
            );
    }

    /// <summary>The next phone gives its own.</summary>
    public static NpgsqlBatchCommand Forget(long[] sessions) =>
        Sql.BatchCommand(
            """
            update wa.session_state
               set history = null, history_full = null, history_lost = 0, history_kept = 0, changed = pg_current_xact_id()
             where session_id = any ($1) and (history, history_full, history_lost, history_kept) is distinct from (null, null, 0, 0)
            """,
            sessions
        );

    private static List<(long Session, T Row)> Of<T>(
        List<(long Session, PastRows Row)> past,
        Func<PastRows, IReadOnlyList<T>> part
    )
    {
        var rows = new List<(long, T)>();
        foreach (var (session, row) in past)
        foreach (var one in part(row))
            rows.Add((session, one));
        return rows;
    }
}
