-- What a session pod may do: its own shard's sessions and nothing else. All pods log in with one role, so what a pod may do follows
-- from what it can prove: the process that took a lease named itself by a random uuid, which no role but the operator's can read, and
-- says it again on each of its connections (wa.process). Row security compares hashes of it; what changes leases and owners is done
-- by functions with the operator's rights.
--
-- A pod of an older version says no uuid. Its lease has no hash, and it may do as before with what such leases own. A pod of this
-- version is safe from it.

-- ---------------------------------------------------------------- who may hold a lease

-- Pods that the operator saw under an ordinal: no other takes its lease, however it came by the connection string.
create table wa.shard_pod (
    pool_uid text not null references wa.pool (uid) on delete cascade,
    ordinal  int  not null,
    pod_uid  text not null,
    primary key (pool_uid, ordinal, pod_uid)
);
-- Who has held a lease was seen.
insert into wa.shard_pod
select l.pool_uid, l.ordinal, l.pod_uid from wa.shard_lease l join wa.pool p on p.uid = l.pool_uid where l.pod_uid <> '';

-- SHA-256 of the holder's process. Null: a pod of an older version.
alter table wa.shard_lease add column secret bytea;

-- The same of the lease under which a session was claimed: what row security compares, with one look for each row.
alter table wa.session_owner add column secret bytea;

-- The hash of what the connection says of itself; null for nothing. A literal null is not compared with anything secret.
create function wa.caller() returns bytea language sql stable as $$
    select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))
$$;

-- Asked by functions that run with the operator's rights: the operator's own connections need prove nothing.
create function wa.is_caller(p_secret bytea) returns boolean language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select p_secret is not distinct from wa.caller() or pg_has_role(session_user, current_user, 'member')
$$;

create function wa.lease_take(p_pool text, p_ordinal int, p_pod_uid text, p_pod_name text, p_process uuid, p_ttl interval, p_secret bytea)
    returns table (epoch bigint, held_by text) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare l wa.shard_lease;
begin
    -- A lock on the pool is more than a pod's role may do, hence the owner's rights.
    perform 1 from wa.pool p where p.uid = p_pool for key share;
    if not found or not exists (select 1 from wa.shard_pod s
                                 where s.pool_uid = p_pool and s.ordinal = p_ordinal and s.pod_uid = p_pod_uid) then
        return query select null::bigint, '';
        return;
    end if;
    insert into wa.shard_lease (pool_uid, ordinal, epoch)
    values (p_pool, p_ordinal,
            coalesce((select e.epoch from wa.lease_epoch e where e.pool_uid = p_pool and e.ordinal = p_ordinal), 0))
    on conflict do nothing;
    select * into l from wa.shard_lease s where s.pool_uid = p_pool and s.ordinal = p_ordinal for no key update;
    -- A new process of the same pod follows at once: one pod never runs two processes of ours.
    if not (wa.lease_is_free(l) or l.pod_uid = p_pod_uid) then
        return query select null::bigint, l.pod_name;
        return;
    end if;
    return query
        update wa.shard_lease s
           set epoch = l.epoch + 1, state = 'Held', pod_uid = p_pod_uid, pod_name = p_pod_name, process = p_process, ttl = p_ttl,
               secret = p_secret, counter = 0, expires_at = wa.clock() + p_ttl,
               lost_epoch = null, lost_counter = null, step_down_for = null
         where s.pool_uid = p_pool and s.ordinal = p_ordinal
        returning s.epoch, s.pod_name;
end $$;

-- A pod of this version.
create function wa.lease_take(p_pool text, p_ordinal int, p_pod_uid text, p_pod_name text, p_process uuid, p_ttl interval)
    returns table (epoch bigint, held_by text) language sql security definer set search_path = pg_catalog, pg_temp as $$
    select * from wa.lease_take(p_pool, p_ordinal, p_pod_uid, p_pod_name, p_process, p_ttl, sha256(convert_to(p_process::text, 'UTF8')))
$$;

-- A pod of an older version.
create or replace function wa.lease_acquire(p_pool text, p_ordinal int, p_pod_uid text, p_pod_name text, p_process uuid, p_ttl interval)
    returns table (epoch bigint, held_by text) language sql security definer set search_path = pg_catalog, pg_temp as $$
    select * from wa.lease_take(p_pool, p_ordinal, p_pod_uid, p_pod_name, p_process, p_ttl, null::bytea)
$$;

-- These prove the caller by its process: it must be the one that took the lease.
alter function wa.lease_renew(text, int, bigint, uuid, interval) security definer set search_path = pg_catalog, pg_temp;
alter function wa.lease_release(text, int, bigint, uuid) security definer set search_path = pg_catalog, pg_temp;

-- ---------------------------------------------------------------- sessions

-- As in 0007, but only the lease's holder claims under it.
alter function wa.session_claim(bigint[], text, int, bigint) rename to session_claim_unproven;
revoke execute on function wa.session_claim_unproven(bigint[], text, int, bigint) from public, wa_pod;
create function wa.session_claim(p_sessions bigint[], p_pool text, p_ordinal int, p_lease_epoch bigint)
    returns table (session_id bigint, epoch bigint, refusal text)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_secret bytea; ids bigint[]; epochs bigint[]; refusals text[];
begin
    select s.secret into v_secret from wa.shard_lease s where s.pool_uid = p_pool and s.ordinal = p_ordinal
       and s.epoch = p_lease_epoch and wa.is_caller(s.secret);
    if not found then
        return query select x, null::bigint, 'NoLease' from unnest(p_sessions) x;
        return;
    end if;
    select array_agg(c.session_id), array_agg(c.epoch), array_agg(c.refusal) into ids, epochs, refusals
      from wa.session_claim_unproven(p_sessions, p_pool, p_ordinal, p_lease_epoch) c;
    update wa.session_owner o set secret = v_secret
      from unnest(ids, epochs) c (id, epoch) where o.session_id = c.id and o.epoch = c.epoch and o.secret is distinct from v_secret;
    return query select c.id, c.epoch, c.refusal from unnest(ids, epochs, refusals) c (id, epoch, refusal);
end $$;

-- As in 0002, but only the owner gives them back.
create or replace function wa.session_release(p_sessions bigint[], p_epochs bigint[]) returns bigint
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    with mine as (
        select w.session_id from wa.session_owner w
          join unnest(p_sessions, p_epochs) x (id, epoch) on x.id = w.session_id and x.epoch = w.epoch
          join wa.shard_lease l on l.pool_uid = w.pool_uid and l.ordinal = w.ordinal and l.epoch = w.lease_epoch and wa.is_caller(l.secret)
         order by w.session_id for update of w),
    done as (
        update wa.session_owner w set pool_uid = null, ordinal = null, lease_epoch = null
          from mine where mine.session_id = w.session_id returning 1)
    select count(*) from done
$$;

-- A commit of many sessions writes hundreds of rows, and asking for each whose it is would cost as much as writing it. So the fence,
-- which has just asked, leaves word which sessions are locked for this transaction, under a seal that no one else can make.
create table wa.seal_key (only_row boolean primary key default true check (only_row), key bytea not null);
insert into wa.seal_key (key)
values (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

create function wa.seal(p_sessions text) returns text language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare k bytea;
begin
    select s.key into k from wa.seal_key s where s.only_row;
    return encode(sha256(k || sha256(k || convert_to(p_sessions || ' ' || pg_current_xact_id_if_assigned()::text, 'UTF8'))), 'hex');
end $$;

-- The sessions that this transaction has fenced, as far as the fence left word of them. Asked several times a commit: the seal is
-- made here again instead of by another call.
create function wa.fenced() returns bigint[] language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare k bytea; v text := current_setting('wa.fenced', true); s text := split_part(v, ' ', 1);
begin
    if v <> '' then
        select x.key into k from wa.seal_key x where x.only_row;
        if split_part(v, ' ', 2)
           = encode(sha256(k || sha256(k || convert_to(s || ' ' || pg_current_xact_id_if_assigned()::text, 'UTF8'))), 'hex') then
            return s::bigint[];
        end if;
    end if;
    return '{}';
end $$;

-- As in 0004, with the rights that the lock needs, for the caller's own sessions.
create or replace function wa.fence(p_sessions bigint[], p_epochs bigint[]) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp
    -- One plan for good, and one that is right however many sessions there are: it looks each up by its key.
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
declare mine bigint[]; trusted boolean := pg_has_role(session_user, current_user, 'member');
    me bytea := sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8')); -- wa.caller(), without the call
begin
    select coalesce(array_agg(x.session_id), '{}') into mine from (
        select o.session_id from wa.session_owner o
          join unnest(p_sessions, p_epochs) w (id, epoch) on w.id = o.session_id and w.epoch = o.epoch
         where trusted or o.pool_uid is not null and o.secret is not distinct from me
         order by o.session_id for share of o) x;
    if cardinality(mine) <> cardinality(p_sessions) then
        raise exception using errcode = 'WAF01', message = (
            select string_agg(s::text, ',') from unnest(p_sessions) s where s <> all (mine));
    end if;
    if cardinality(mine) >= 8 then
        perform set_config('wa.fenced', mine::text || ' ' || wa.seal(mine::text), true);
    end if;
end $$;

-- Ends connections of a shard's former epoch, which may hold locks that a claim waits for. Not those of a lease that lives.
create function wa.end_backends(p_pool text, p_ordinal int, p_lease_epoch bigint) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select count(pg_terminate_backend(a.pid)) from pg_stat_activity a
     where a.datname = current_database()
       and a.application_name = left(format('wa-pod/%s/%s/%s', left(p_pool, 36), p_ordinal, p_lease_epoch), 63)
       and not exists (select 1 from wa.shard_lease l where l.pool_uid = p_pool and l.ordinal = p_ordinal
                          and l.epoch = p_lease_epoch and l.state = 'Held' and l.expires_at > wa.clock())
       and exists (select 1 from wa.shard_lease l where l.state = 'Held' and l.expires_at > wa.clock() and wa.is_caller(l.secret)));
exception
    -- The operator's role may not: what those connections hold ends with the time-outs that they were opened with.
    when insufficient_privilege then return 0;
end $$;

-- As in 0009, but only for a tenant of whom the caller owns a session: no one else spends its limits.
alter function wa.tenant_take(bigint, bytea[], int, int, int) rename to tenant_take_unproven;
create function wa.tenant_take(p_tenant bigint, p_recipients bytea[], p_minute int, p_recipient int, p_day int)
    returns table (refused text, retry_ms bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not (pg_has_role(session_user, current_user, 'member')
            or exists (select 1 from wa.session s join wa.session_owner o on o.session_id = s.id
                        where s.tenant_id = p_tenant and o.pool_uid is not null and o.secret is not distinct from wa.caller())) then
        raise insufficient_privilege using message = format('no session of tenant %s is owned by the caller', p_tenant);
    end if;
    return query select * from wa.tenant_take_unproven(p_tenant, p_recipients, p_minute, p_recipient, p_day);
end $$;

-- ---------------------------------------------------------------- rights

revoke all on all tables in schema wa from wa_pod;
revoke execute on all functions in schema wa from public, wa_pod;

grant select on wa.schema_version, wa.pool, wa.placement, wa.session_owner to wa_pod;
grant select (only_row, master_key_fingerprint) on wa.installation to wa_pod;
grant select (pool_uid, ordinal, epoch, state, pod_name, expires_at, secret) on wa.shard_lease to wa_pod;
grant select (id, namespace, name, suspended, settings) on wa.tenant to wa_pod;
grant select on wa.session to wa_pod;
grant select, insert on wa.tenant_key to wa_pod;
grant select, insert, update on wa.shard_report, wa.session_state, wa.session_cost to wa_pod;
grant select, insert, update, delete on wa.session_key, wa.session_pairing, wa.session_record, wa.session_pruned, wa.session_outbox
    to wa_pod;
grant select, insert, delete on wa.session_event, wa.session_handled to wa_pod;

grant execute on function wa.clock(), wa.caller(), wa.fenced(),
    wa.lease_take(text, int, text, text, uuid, interval),
    wa.lease_acquire(text, int, text, text, uuid, interval), wa.lease_renew(text, int, bigint, uuid, interval),
    wa.lease_release(text, int, bigint, uuid), wa.session_claim(bigint[], text, int, bigint), wa.session_release(bigint[], bigint[]),
    wa.fence(bigint[], bigint[]), wa.end_backends(text, int, bigint), wa.phone_account(text),
    wa.tenant_take(bigint, bytea[], int, int, int) to wa_pod;

-- ---------------------------------------------------------------- row security

-- Rows of sessions that the caller's lease owns. Written out in each policy, wa.caller() included: PostgreSQL plans it into the
-- statement, as it does not with a function, and a call would cost some 50 us in each statement of a commit. wa.fenced() is called only
-- where the fence left word. "offset 0" keeps it from reading all owners at once where it expects many rows.
do $$
declare t text;
    fenced text := 'current_setting(''wa.fenced'', true) <> '''' and %s = any ((select wa.fenced())::bigint[]) or ';
    mine text := $p$
    exists (select 1 from wa.session_owner o
             where o.session_id = %s and o.pool_uid is not null
               and o.secret is not distinct from
                   (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0)
    $p$;
    placed text := $p$
    exists (select 1 from wa.shard_lease l
             where l.pool_uid = %1$I.pool_uid and l.ordinal = %1$I.ordinal and l.state = 'Held'
               and l.secret is not distinct from
                   (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0)
    $p$;
begin
    foreach t in array array['session_key', 'session_record', 'session_event', 'session_pruned', 'session_handled', 'session_outbox',
                             'session_state', 'session_pairing', 'session_cost'] loop
        execute format('alter table wa.%I enable row level security', t);
        execute format('create policy own_sessions on wa.%I to wa_pod using (%s)',
                       t, format(fenced || mine, t || '.session_id', t || '.session_id'));
    end loop;
    foreach t in array array['placement', 'shard_report'] loop
        execute format('alter table wa.%I enable row level security', t);
        execute format('create policy own_shard on wa.%I to wa_pod using (%s)', t, format(placed, t));
    end loop;
    alter table wa.session enable row level security;
    execute format('create policy own_sessions on wa.session for select to wa_pod using
        (exists (select 1 from wa.placement p where p.session_id = session.id offset 0) or %s)', format(mine, 'session.id'));
    alter table wa.tenant_key enable row level security;
    -- The first key of a tenant is made by whichever pod runs its first session; later ones are the operator's.
    execute format('create policy own_tenants on wa.tenant_key to wa_pod using
        (exists (select 1 from wa.session s where s.tenant_id = tenant_key.tenant_id and %s))
        with check (version = 1 and exists (select 1 from wa.session s where s.tenant_id = tenant_key.tenant_id and %s))',
        format(mine, 's.id'), format(mine, 's.id'));
end $$;

-- ---------------------------------------------------------------- what is looked up by a secret or a name

-- The first pod's master key counts: its fingerprint is set once.
create function wa.master_key_fingerprint(p_own bytea) returns bytea
    language sql security definer set search_path = pg_catalog, pg_temp as $$
    update wa.installation set master_key_fingerprint = p_own where master_key_fingerprint is null;
    select master_key_fingerprint from wa.installation;
$$;

-- Tenants that have a key of this hash. Whoever does not know one learns none.
create function wa.api_key_holders(p_hash bytea) returns table (id bigint, api_keys bytea[])
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.id, t.api_keys from wa.tenant t where t.api_keys @> array[p_hash]
$$;

-- Where the session of that name runs.
create function wa.session_place(p_namespace text, p_name text) returns table (tenant_id bigint, pod_name text, pod_namespace text)
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select s.tenant_id, nullif(l.pod_name, ''), p.namespace
      from wa.session s
      left join wa.session_owner o on o.session_id = s.id
      left join wa.shard_lease l on l.pool_uid = o.pool_uid and l.ordinal = o.ordinal
      left join wa.pool p on p.uid = o.pool_uid
     where s.namespace = p_namespace and s.name = p_name and s.desired <> 'Retained'
     order by s.id desc limit 1
$$;
revoke execute on function wa.master_key_fingerprint(bytea), wa.api_key_holders(bytea), wa.session_place(text, text) from public;
grant execute on function wa.master_key_fingerprint(bytea), wa.api_key_holders(bytea), wa.session_place(text, text) to wa_pod;

-- Pods of an older version set the fingerprint by a statement of their own; nor can they change it.
create function wa.keep_fingerprint() returns trigger language plpgsql as $$
begin
    if old.master_key_fingerprint is not null and new.master_key_fingerprint is distinct from old.master_key_fingerprint
       and not pg_has_role(current_user, (select c.relowner from pg_class c where c.oid = tg_relid), 'member') then
        raise insufficient_privilege using message = 'the fingerprint of the master key is set already';
    end if;
    return new;
end $$;
create trigger keep_fingerprint before update on wa.installation for each row execute function wa.keep_fingerprint();
grant update (master_key_fingerprint) on wa.installation to wa_pod;

-- To end a pod's connections the operator's role needs the pods'. And a role may end its own connections, which here are all pods':
-- where the operator is a superuser, pods lose that right. Otherwise both are the administrator's to do (docs/threat-model.md).
do $$
declare f regprocedure;
begin
    if (select rolsuper from pg_roles where rolname = current_user) then
        for f in select p.oid from pg_proc p
                  where p.pronamespace = 'pg_catalog'::regnamespace and p.proname in ('pg_terminate_backend', 'pg_cancel_backend') loop
            execute format('revoke execute on function %s from public', f);
        end loop;
    else
        execute format('grant wa_pod to %I', current_user);
    end if;
exception
    when insufficient_privilege or invalid_grant_operation then
        raise notice 'the role % may not end connections of wa_pod: grant wa_pod to it', current_user;
end $$;
