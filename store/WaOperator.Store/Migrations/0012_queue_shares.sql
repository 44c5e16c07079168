-- What waits to be sent, per session and per tenant: all tenants share this database's disk, so each has a share of it.
--
-- Counted per session, by triggers, in the transaction that writes the outbox: a count per tenant would be a row that the commits of
-- all pods wait for. Only the session's owner writes its row, under the fence, and no index changes with it. What waited before this
-- migration is counted when its session is first written to again (wa.outbox_recount), since no index finds it here.
create table wa.session_backlog (
    session_id bigint primary key,
    tenant_id  bigint not null,
    messages   bigint not null, -- in doubt below 0, until it is counted again
    bytes      bigint not null  -- of bodies
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
create index session_backlog_of_tenant on wa.session_backlog (tenant_id);

create function wa.outbox_counted() returns trigger
    -- A plan is kept as long as a connection: it must not be one for tables that were small at first.
    language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
begin
    -- An insert with "on conflict" fires for both, mostly in vain for one of them.
    if tg_op = 'INSERT' then
        if exists (select 1 from after_rows a where a.settled_at is null) then
            insert into wa.session_backlog as t (session_id, tenant_id, messages, bytes)
            select x.session_id, s.tenant_id, x.n, x.size from (
                select a.session_id, count(*) as n, sum(octet_length(a.body)) as size
                  from after_rows a where a.settled_at is null group by a.session_id) x
              join wa.session s on s.id = x.session_id order by x.session_id
            on conflict (session_id) do update set
                   tenant_id = excluded.tenant_id, messages = t.messages + excluded.messages, bytes = t.bytes + excluded.bytes;
        end if;
    elsif tg_op = 'UPDATE' then
        if exists (select 1 from after_rows) then
            insert into wa.session_backlog as t (session_id, tenant_id, messages, bytes)
            select x.session_id, s.tenant_id, x.n, x.size from (
                select u.session_id, sum(u.n) as n, sum(u.size) as size from (
                    select a.session_id, 1 as n, octet_length(a.body) as size from after_rows a where a.settled_at is null
                    union all
                    select b.session_id, -1, -octet_length(b.body) from before_rows b where b.settled_at is null) u
                 group by u.session_id having sum(u.n) <> 0 or sum(u.size) <> 0) x
              join wa.session s on s.id = x.session_id order by x.session_id
            on conflict (session_id) do update set
                   tenant_id = excluded.tenant_id, messages = t.messages + excluded.messages, bytes = t.bytes + excluded.bytes;
        end if;
    elsif exists (select 1 from before_rows b where b.settled_at is null) then
        -- Of a session that is no more there is no tenant and no count.
        insert into wa.session_backlog as t (session_id, tenant_id, messages, bytes)
        select x.session_id, s.tenant_id, -x.n, -x.size from (
            select b.session_id, count(*) as n, sum(octet_length(b.body)) as size
              from before_rows b where b.settled_at is null group by b.session_id) x
          join wa.session s on s.id = x.session_id order by x.session_id
        on conflict (session_id) do update set
               tenant_id = excluded.tenant_id, messages = t.messages + excluded.messages, bytes = t.bytes + excluded.bytes;
    end if;
    return null;
end $$;
create trigger outbox_added after insert on wa.session_outbox
    referencing new table as after_rows for each statement execute function wa.outbox_counted();
create trigger outbox_moved after update on wa.session_outbox
    referencing old table as before_rows new table as after_rows for each statement execute function wa.outbox_counted();
create trigger outbox_removed after delete on wa.session_outbox
    referencing old table as before_rows for each statement execute function wa.outbox_counted();

-- Counts a session of the caller from its rows, and puts its count right. The lock makes commits that count wait, and one whose rows
-- are not to be seen yet adds them when this is done.
create function wa.outbox_recount(p_session bigint) returns table (messages bigint, bytes bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare v_messages bigint; v_bytes bigint;
begin
    if not (pg_has_role(session_user, current_user, 'member')
            or exists (select 1 from wa.session_owner o
                        where o.session_id = p_session and o.pool_uid is not null and o.secret is not distinct from wa.caller())) then
        raise insufficient_privilege using message = format('session %s is not owned by the caller', p_session);
    end if;
    perform set_config('synchronous_commit', 'off', true);
    insert into wa.session_backlog (session_id, tenant_id, messages, bytes)
    select s.id, s.tenant_id, 0, 0 from wa.session s where s.id = p_session
    on conflict do nothing;
    perform 1 from wa.session_backlog b where b.session_id = p_session for update;
    select count(*), coalesce(sum(octet_length(o.body)), 0) into v_messages, v_bytes
      from wa.session_outbox o where o.session_id = p_session and o.settled_at is null;
    update wa.session_backlog b set messages = v_messages, bytes = v_bytes
     where b.session_id = p_session and (b.messages, b.bytes) is distinct from (v_messages, v_bytes);
    return query select v_messages, v_bytes;
end $$;

-- The sum of a tenant's sessions, as of late. Made again when it is two seconds old, by one of those who ask: 100,000 sessions take
-- some 30 ms, and only a tenant that sends is asked for.
create unlogged table wa.tenant_backlog (
    tenant_id bigint primary key,
    at        timestamptz not null,
    messages  bigint not null,
    bytes     bigint not null
);

create function wa.tenant_waiting(p_tenant bigint) returns table (messages bigint, bytes bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare v wa.tenant_backlog; known boolean;
begin
    if not (pg_has_role(session_user, current_user, 'member')
            or exists (select 1 from wa.session s join wa.session_owner o on o.session_id = s.id
                        where s.tenant_id = p_tenant and o.pool_uid is not null and o.secret is not distinct from wa.caller())) then
        raise insufficient_privilege using message = format('no session of tenant %s is owned by the caller', p_tenant);
    end if;
    select * into v from wa.tenant_backlog t where t.tenant_id = p_tenant;
    known := found;
    if not known or v.at < clock_timestamp() - interval '2 s' and pg_try_advisory_xact_lock(1703, hashint8(p_tenant)) then
        select p_tenant, clock_timestamp(), coalesce(sum(greatest(b.messages, 0)), 0), coalesce(sum(greatest(b.bytes, 0)), 0)
          into v from wa.session_backlog b where b.tenant_id = p_tenant;
        perform set_config('synchronous_commit', 'off', true);
        insert into wa.tenant_backlog values (v.tenant_id, v.at, v.messages, v.bytes)
        on conflict (tenant_id) do update set at = excluded.at, messages = excluded.messages, bytes = excluded.bytes;
    end if;
    return query select v.messages, v.bytes;
end $$;

-- As in 0004, and the count: last, since the outbox counts what it loses.
create or replace function wa.session_forget() returns trigger language plpgsql as $$
begin
    delete from wa.session_record where session_id = old.session_id;
    delete from wa.session_event where session_id = old.session_id;
    delete from wa.session_pruned where session_id = old.session_id;
    delete from wa.session_handled where session_id = old.session_id;
    delete from wa.session_outbox where session_id = old.session_id;
    delete from wa.session_backlog where session_id = old.session_id;
    return null;
end $$;

-- As in 0009.
create or replace function wa.tenant_usage_forget() returns trigger language plpgsql as $$
begin
    delete from wa.tenant_minute where tenant_id = old.id;
    delete from wa.tenant_day where tenant_id = old.id;
    delete from wa.tenant_backlog where tenant_id = old.id;
    return null;
end $$;

revoke execute on function wa.outbox_counted(), wa.outbox_recount(bigint), wa.tenant_waiting(bigint) from public;
grant execute on function wa.outbox_recount(bigint), wa.tenant_waiting(bigint) to wa_pod;
