using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>Statements of a group commit about keys.</summary>
internal static class KeySql
{
    /// <summary>Writes and deletes keys.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Write(List<(long Session, KeyWrite Row)> keys)
    {
        if (keys.Where(k => k.Row.Ciphertext is not null).ToArray() is { Length: > 0 } puts)
            yield return Sql.BatchCommand(
                """
                insert into wa.session_key (session_id, kind, id, key_version, ciphertext)
                select * from unnest($1, $2, $3, $4, $5)
                on conflict (session_id, kind, id)
                   do update set key_version = excluded.key_version, ciphertext = excluded.ciphertext
                """,
                Array.ConvertAll(puts, k => k.Session),
                Array.ConvertAll(puts, k => k.Row.Kind),
                Array.ConvertAll(puts, k => k.Row.Id),
                Array.ConvertAll(puts, k => k.Row.KeyVersion),
                Array.ConvertAll(puts, k => k.Row.Ciphertext!)
            );
        if (keys.Where(k => k.Row.Ciphertext is null).ToArray() is { Length: > 0 } drops)
            yield return Sql.BatchCommand(
                """
                delete from wa.session_key t using unnest($1, $2, $3) w (session_id, kind, id)
                 where t.session_id = w.session_id and t.kind = w.kind and t.id = w.id
                """,
                Array.ConvertAll(drops, k => k.Session),
                Array.ConvertAll(drops, k => k.Row.Kind),
                Array.ConvertAll(drops, k => k.Row.Id)
            );
    }
}
