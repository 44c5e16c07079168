using Npgsql;

namespace WaOperator.Ownership.Judging;

/// <summary>
/// What the database itself saw: a table to which each claim and each fenced write appends a row as the last thing before its commit,
/// and a clock that can jump. A stale write is one that stands behind a claim of a newer epoch.
/// </summary>
internal static class Ledger
{
    private const string Schema = """
        create schema test;
        grant usage on schema test to wa_pod;
        create table test.clock (step interval not null);
        insert into test.clock values ('0');
        grant select on test.clock to wa_pod;
        create or replace function wa.clock() returns timestamptz language sql volatile
            as $$ select clock_timestamp() + step from test.clock $$;

        create table test.ledger (id bigint generated always as identity primary key, session_id bigint, epoch bigint, kind text,
                                  number int, told int);
        create function test.claimed() returns trigger language plpgsql security definer as $$
        begin
            insert into test.ledger (session_id, epoch, kind) values (new.session_id, new.epoch, 'claim');
            return null;
        end $$;
        create constraint trigger claimed after update of epoch on wa.session_owner deferrable initially deferred
            for each row execute function test.claimed();

        -- A write's payload is 'epoch|pause in ms|number|the last number that its owner was told is durable|padding': the pause lies
        -- between the write and its COMMIT, where no timeout of a statement counts.
        create function test.wrote() returns trigger language plpgsql security definer as $$
        declare parts text[] := string_to_array(convert_from(new.ciphertext, 'UTF8'), '|');
        begin
            if parts[2] <> '0' then perform pg_sleep(parts[2]::int / 1000.0); end if;
            insert into test.ledger (session_id, epoch, kind, number, told)
            values (new.session_id, parts[1]::bigint, 'write', parts[3]::int, parts[4]::int);
            return null;
        end $$;
        create constraint trigger wrote after insert or update on wa.session_key deferrable initially deferred
            for each row when (new.kind = 'test') execute function test.wrote();
        """;

    /// <summary>Brings the tables, and takes a rule away.</summary>
    public static async Task InstallAsync(NpgsqlDataSource database, Mutation mutation)
    {
        await RunAsync(database, Schema);
        if (Mutated(mutation) is { } sql)
            await RunAsync(database, sql);
    }

    /// <summary>Makes the database's clock jump.</summary>
    public static Task StepAsync(NpgsqlDataSource database, TimeSpan by) =>
        RunAsync(
            database,
            $"update test.clock set step = step + interval '{by.TotalMilliseconds:0} milliseconds'"
        );

    /// <summary>Sums of the epochs of sessions and leases, and of the leases' renewals.</summary>
    public static async Task<(long Epochs, long Renewals)> StandingAsync(
        NpgsqlDataSource database,
        IReadOnlyCollection<long> sessions
    )
    {
        await using var command = database.CreateCommand(
            """
            select coalesce((select sum(epoch) from wa.session_owner where session_id = any ($1)), 0)::bigint
                   + coalesce((select sum(epoch) from wa.shard_lease), 0)::bigint,
                   coalesce((select sum(counter) from wa.shard_lease), 0)::bigint
            """
        );
        command.Parameters.Add(new() { Value = sessions.ToArray() });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(1));
    }

    /// <summary>
    /// Writes that stand behind a claim of a newer epoch; those that happened twice, or of which their owner was told that they are
    /// durable while they are not; and how many claims and writes there were.
    /// </summary>
    public static async Task<(long Stale, long Untrue, long Claims, long Writes)> ReadAsync(
        NpgsqlDataSource database,
        IReadOnlyCollection<long> sessions
    )
    {
        await using var command = database.CreateCommand(
            """
            select count(*) filter (where kind = 'write' and epoch < newest), count(*) filter (where kind = 'claim'),
                   count(*) filter (where kind = 'write'),
                   count(*) filter (where kind = 'write' and (nth > 1 or told >= 0 and not exists (
                       select 1 from test.ledger x where x.session_id = l.session_id and x.epoch = l.epoch and x.number = l.told)))
              from (select session_id, kind, epoch, number, told,
                           max(case kind when 'claim' then epoch end) over (partition by session_id order by id) newest,
                           row_number() over (partition by session_id, epoch, kind, number order by id) nth
                      from test.ledger where session_id = any ($1)) l
            """
        );
        command.Parameters.Add(new() { Value = sessions.ToArray() });
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt64(0), reader.GetInt64(3), reader.GetInt64(1), reader.GetInt64(2));
    }

    /// <summary>Forgets all, for the next schedule: its sessions must have been removed.</summary>
    public static Task ClearAsync(NpgsqlDataSource database) =>
        RunAsync(
            database,
            "truncate test.ledger, wa.shard_lease, wa.lease_epoch, wa.shard_commit; delete from wa.pool; update test.clock set step = '0'"
        );

    /// <summary>Runs a statement.</summary>
    public static async Task RunAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static string? Mutated(Mutation mutation) =>
        mutation switch
        {
            Mutation.PlainFence => """
                create or replace function wa.fence(p_sessions bigint[], p_epochs bigint[]) returns void language plpgsql as $$
                begin
                    if exists (select 1 from unnest(p_sessions, p_epochs) w (id, epoch) where not exists (
                                   select 1 from wa.session_owner o where o.session_id = w.id and o.epoch = w.epoch)) then
                        raise exception using errcode = 'WAF01', message = (
                            select string_agg(w.id::text, ',') from unnest(p_sessions, p_epochs) w (id, epoch) where not exists (
                                select 1 from wa.session_owner o where o.session_id = w.id and o.epoch = w.epoch));
                    end if;
                end $$
                """,
            Mutation.NoWord => """
                create or replace function wa.lease_is_free(l wa.shard_lease) returns boolean language sql volatile as $$
                    select l.state <> 'Held' or l.expires_at <= wa.clock()
                $$
                """,
            Mutation.WordOutlivesRenewal => """
                create or replace function wa.lease_is_free(l wa.shard_lease) returns boolean language sql volatile as $$
                    select l.state <> 'Held' or coalesce(l.expires_at <= wa.clock() and l.lost_epoch = l.epoch, false)
                $$;
                create function test.keep_word() returns trigger language plpgsql as $$
                begin
                    if new.epoch = old.epoch and new.lost_epoch is null then new.lost_epoch := old.lost_epoch; end if;
                    return new;
                end $$;
                create trigger keep_word before update on wa.shard_lease for each row execute function test.keep_word()
                """,
            Mutation.NoRevocation => """
                create function test.keep_held() returns trigger language plpgsql as $$
                begin
                    if new.state = 'Revoked' then new.state := old.state; end if;
                    return new;
                end $$;
                create trigger keep_held before update on wa.shard_lease for each row execute function test.keep_held()
                """,
            Mutation.IdleQuestion => """
                create or replace function wa.commit_ask(p_pool text, p_ordinal int, p_lease_epoch bigint, p_was uuid, p_token uuid, p_void uuid)
                    returns boolean language sql as $$ select false $$;
                create or replace function wa.commit_exchange(p_pool text, p_ordinal int, p_lease_epoch bigint, p_was uuid, p_token uuid)
                    returns void language sql as $$ select $$
                """,
            // The old rules: rows go unasked, and a claim asks a lease that is there only.
            Mutation.PoolGoesEarly => """
                drop trigger lease_bury on wa.shard_lease;
                create or replace function wa.pool_remove(p_pool text) returns boolean language sql as $$
                    delete from wa.shard_lease where pool_uid = p_pool;
                    update wa.session_owner set pool_uid = null, ordinal = null, lease_epoch = null where pool_uid = p_pool;
                    delete from wa.pool where uid = p_pool;
                    select true;
                $$
                """,
            _ => null,
        };
}
