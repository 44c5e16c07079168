-- What a pod that was broken into could still do with the functions and columns that it needs: hold rows that are not its own shard's, end
-- the connections of a lease that lives, use a seal whose locks it had given up, and write what the operator cannot read.

-- As in 0010, but nothing is locked for a session that is placed elsewhere or whose owner may still act: its lease renews and its owner
-- writes, however long the caller's transaction lasts.
create or replace function wa.session_claim(p_sessions bigint[], p_pool text, p_ordinal int, p_lease_epoch bigint)
    returns table (session_id bigint, epoch bigint, refusal text)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_secret bytea; elsewhere bigint[]; held bigint[]; ids bigint[]; epochs bigint[]; refusals text[];
begin
    select s.secret into v_secret from wa.shard_lease s where s.pool_uid = p_pool and s.ordinal = p_ordinal
       and s.epoch = p_lease_epoch and wa.is_caller(s.secret);
    if not found then
        return query select x, null::bigint, 'NoLease' from unnest(p_sessions) x;
        return;
    end if;
    select coalesce(array_agg(x.id) filter (where not x.placed), '{}'),
           coalesce(array_agg(x.id) filter (where x.placed and x.held), '{}'),
           array_agg(x.id) filter (where x.placed and not x.held)
      into elsewhere, held, ids
      from (select i.id,
                   exists (select 1 from wa.placement p
                            where p.session_id = i.id and p.pool_uid = p_pool and p.ordinal = p_ordinal) as placed,
                   exists (select 1 from wa.session_owner o
                            where o.session_id = i.id and o.pool_uid is not null and (o.pool_uid, o.ordinal) <> (p_pool, p_ordinal)
                              and not exists (select 1 from wa.shard_lease l
                                               where l.pool_uid = o.pool_uid and l.ordinal = o.ordinal
                                                 and (l.epoch > o.lease_epoch or wa.lease_is_free(l)))) as held
              from unnest(p_sessions) i (id)) x;
    return query select x, null::bigint, 'NotPlaced' from unnest(elsewhere) x
                 union all select x, null::bigint, 'Held' from unnest(held) x;
    if ids is null then
        return;
    end if;
    select array_agg(c.session_id), array_agg(c.epoch), array_agg(c.refusal) into ids, epochs, refusals
      from wa.session_claim_unproven(ids, p_pool, p_ordinal, p_lease_epoch) c;
    update wa.session_owner o set secret = v_secret
      from unnest(ids, epochs) c (id, epoch) where o.session_id = c.id and o.epoch = c.epoch and o.secret is distinct from v_secret;
    return query select c.id, c.epoch, c.refusal from unnest(ids, epochs, refusals) c (id, epoch, refusal);
end $$;

-- As in 0010, but a lease is looked up by the part of its pool's UID that connections are named by.
create or replace function wa.end_backends(p_pool text, p_ordinal int, p_lease_epoch bigint) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (select count(pg_terminate_backend(a.pid)) from pg_stat_activity a
     where a.datname = current_database()
       and a.application_name = left(format('wa-pod/%s/%s/%s', left(p_pool, 36), p_ordinal, p_lease_epoch), 63)
       and not exists (select 1 from wa.shard_lease l where left(l.pool_uid, 36) = left(p_pool, 36) and l.ordinal = p_ordinal
                          and l.epoch = p_lease_epoch and l.state = 'Held' and l.expires_at > wa.clock())
       and exists (select 1 from wa.shard_lease l where l.state = 'Held' and l.expires_at > wa.clock() and wa.is_caller(l.secret)));
exception
    when insufficient_privilege then return 0;
end $$;

-- As in 0010, but word is left only of locks that last as long as the transaction: one that is taken within a savepoint is given up by
-- its rollback, the session moves, and the seal would still open it. The row names the subtransaction then (or several holders).
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
    if cardinality(mine) >= 8 and not exists (
        select 1 from unnest(mine) m (id) join wa.session_owner o on o.session_id = m.id
         where o.xmax <> pg_current_xact_id()::xid) then
        perform set_config('wa.fenced', mine::text || ' ' || wa.seal(mine::text), true);
    end if;
end $$;

-- The operator reads all leases in one statement, so none may hold what cannot be read or would not end.
create function wa.lease_ttl(p_asked interval) returns interval language sql immutable set search_path = pg_catalog, pg_temp as $$
    select make_interval(secs => least(greatest(extract(epoch from p_asked), 0.01), 3600)::double precision)
$$;

create or replace function wa.lease_take(p_pool text, p_ordinal int, p_pod_uid text, p_pod_name text, p_process uuid, p_ttl interval)
    returns table (epoch bigint, held_by text) language sql security definer set search_path = pg_catalog, pg_temp as $$
    select * from wa.lease_take(p_pool, p_ordinal, p_pod_uid, left(p_pod_name, 253), p_process, wa.lease_ttl(p_ttl),
                                sha256(convert_to(p_process::text, 'UTF8')))
$$;

create or replace function wa.lease_acquire(p_pool text, p_ordinal int, p_pod_uid text, p_pod_name text, p_process uuid, p_ttl interval)
    returns table (epoch bigint, held_by text) language sql security definer set search_path = pg_catalog, pg_temp as $$
    select * from wa.lease_take(p_pool, p_ordinal, p_pod_uid, left(p_pod_name, 253), p_process, wa.lease_ttl(p_ttl), null::bytea)
$$;

alter function wa.lease_renew(text, int, bigint, uuid, interval) rename to lease_renew_for;
create function wa.lease_renew(p_pool text, p_ordinal int, p_epoch bigint, p_process uuid, p_ttl interval)
    returns table (outcome text, step_down boolean) language sql security definer set search_path = pg_catalog, pg_temp as $$
    select * from wa.lease_renew_for(p_pool, p_ordinal, p_epoch, p_process, wa.lease_ttl(p_ttl))
$$;
revoke execute on function wa.lease_ttl(interval), wa.lease_renew(text, int, bigint, uuid, interval),
    wa.lease_renew_for(text, int, bigint, uuid, interval) from public, wa_pod;
grant execute on function wa.lease_renew(text, int, bigint, uuid, interval) to wa_pod;

-- Nor may a report. The bounds lie far above what pods write.
alter table wa.session_state
    add check (phase in ('Starting', 'Pairing', 'PairingExpired', 'Connecting', 'Connected', 'Reconnecting', 'LoggedOut', 'Replaced',
                         'PhoneMismatch', 'Banned', 'Stopped', 'Unlinked')),
    add check (last_connected_at between '1900-01-01 00:00+00' and '9000-01-01 00:00+00'),
    add check (length(pool_uid) <= 253 and length(pod_name) <= 253 and length(reason) <= 256 and length(message) <= 16384),
    add check (length(phone) <= 256 and length(jid) <= 1024 and length(lid) <= 1024 and length(platform) <= 1024
               and length(pair_request) <= 4096);
alter table wa.session_pairing
    add check (expires_at between '1900-01-01 00:00+00' and '9000-01-01 00:00+00'),
    add check (octet_length(code) between 1 and 2000);
alter table wa.session_cost
    add check (bytes <= 1::bigint << 50),
    add check (active_at between '1900-01-01 00:00+00' and '9000-01-01 00:00+00');
alter table wa.shard_report
    add check (sessions >= 0 and connected >= 0 and memory_bytes between 0 and 1::bigint << 50 and cost_bytes between 0 and 1::bigint << 50),
    add check (reported_at between '1900-01-01 00:00+00' and '9000-01-01 00:00+00');

-- Each write of the operator needs this row. Once its fingerprint is set, pods can neither change nor lock it; before, a pod of an older
-- version sets it by a statement of its own.
alter table wa.installation enable row level security;
create policy seen on wa.installation for select to wa_pod using (true);
create policy set_once on wa.installation for update to wa_pod using (master_key_fingerprint is null) with check (true);
drop trigger keep_fingerprint on wa.installation;
drop function wa.keep_fingerprint();
