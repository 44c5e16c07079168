using Npgsql;

namespace WaOperator.Store.Pod;

/// <summary>
/// Statements of a group commit that move the keys and records of sessions into their archive and back. The row of the archive comes first:
/// who has it is alone with the archive, as the operator is when it prunes.
/// </summary>
internal static class ArchiveSql
{
    /// <summary>
    /// Copies all keys and records into the archive, which replaces the former one. A session without keys keeps the archive that it has.
    /// </summary>
    /// <param name="sessions">The sessions, before their keys are deleted and before a new state is reported.</param>
    public static IEnumerable<NpgsqlBatchCommand> Archive(long[] sessions)
    {
        const string some =
            "exists (select 1 from wa.session_key k where k.session_id = a.session_id)";
        yield return Sql.BatchCommand(
            $"""
            insert into wa.session_archive (session_id, phone, jid, lid, platform)
            select a.session_id, a.phone, a.jid, a.lid, a.platform
              from (select x.id as session_id, s.phone, s.jid, s.lid, s.platform
                      from unnest($1) x (id) left join wa.session_state s on s.session_id = x.id) a
             where {some}
            on conflict (session_id) do update set archived_at = excluded.archived_at, phone = excluded.phone, jid = excluded.jid,
                   lid = excluded.lid, platform = excluded.platform
            """,
            sessions
        );
        yield return Sql.BatchCommand(
            $"delete from wa.session_key_archive a where a.session_id = any ($1) and {some}",
            sessions
        );
        yield return Sql.BatchCommand(
            """
            insert into wa.session_key_archive (session_id, kind, id, name, key_version, ciphertext)
            select k.session_id, k.kind, k.id, ''::bytea, k.key_version, k.ciphertext
              from wa.session_key k where k.session_id = any ($1)
            """,
            sessions
        );
        yield return Sql.BatchCommand(
            """
            insert into wa.session_key_archive (session_id, kind, id, name, key_version, ciphertext)
            select r.session_id, '', '', r.name, r.key_version, r.ciphertext
              from wa.session_record r
             where r.session_id = any ($1)
               and exists (select 1 from wa.session_key k where k.session_id = r.session_id)
            """,
            sessions
        );
    }

    /// <summary>Moves the archive back to where it was. What the sessions have of keys and records must be deleted before.</summary>
    public static IEnumerable<NpgsqlBatchCommand> Restore(long[] sessions)
    {
        yield return Sql.BatchCommand(
            "delete from wa.session_archive where session_id = any ($1)",
            sessions
        );
        yield return Sql.BatchCommand(
            """
            insert into wa.session_key (session_id, kind, id, key_version, ciphertext)
            select a.session_id, a.kind, a.id, a.key_version, a.ciphertext
              from wa.session_key_archive a where a.session_id = any ($1) and a.name = ''
            """,
            sessions
        );
        yield return Sql.BatchCommand(
            """
            insert into wa.session_record (session_id, name, key_version, ciphertext)
            select a.session_id, a.name, a.key_version, a.ciphertext
              from wa.session_key_archive a where a.session_id = any ($1) and a.name <> ''
            """,
            sessions
        );
        yield return Sql.BatchCommand(
            "delete from wa.session_key_archive where session_id = any ($1)",
            sessions
        );
    }
}
