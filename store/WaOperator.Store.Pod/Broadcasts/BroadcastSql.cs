using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>What a group commit writes of broadcasts.</summary>
internal static class BroadcastSql
{
    /// <summary>Recipients move on, never back: one that is settled, or was taken out, stays as it is.</summary>
    public static NpgsqlBatchCommand Mark(List<(long Session, RecipientMark Row)> marks) =>
        Sql.BatchCommand(
            """
            update wa.session_broadcast_recipient r set state = w.state, reason = w.reason
              from unnest($1, $2, $3, $4) w (session_id, message, state, reason)
             where r.session_id = w.session_id and r.message = w.message and r.state < 2 and w.state > r.state
            """,
            MessageSql.Column(marks, m => m.Session),
            MessageSql.Column(marks, m => m.Row.Message),
            MessageSql.Column(marks, m => (short)m.Row.State),
            MessageSql.Column(marks, m => m.Row.Reason)
        );
}
