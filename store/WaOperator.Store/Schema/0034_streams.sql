-- Tickets open one stream of events in the place of a key, for browsers, which cannot send one. What a ticket stands for is encrypted by
-- the ticket itself, of which only a hash is here: neither the database nor an address in a log opens anything alone. Unlogged: a
-- ticket that a crash loses is asked for again, and none of them comes into the WAL or a physical backup (pg_dump takes them along).
create unlogged table wa.stream_ticket (
    hash       bytea       primary key check (octet_length(hash) = 32),
    tenant_id  bigint      not null,
    sealed     bytea       not null check (octet_length(sealed) <= 131072),
    expires_at timestamptz not null
);
alter table wa.stream_ticket alter column sealed set storage external; -- encrypted: compressing it is time lost
create index stream_ticket_tenant on wa.stream_ticket (tenant_id);
create index stream_ticket_expires on wa.stream_ticket (expires_at);
alter table wa.stream_ticket enable row level security; -- functions alone read and write it

-- Keeps a ticket, and takes away some of those that have expired. Null: the tenant has p_most already, or is gone.
create function wa.ticket_put(p_hash bytea, p_tenant bigint, p_sealed bytea, p_seconds int, p_most int) returns timestamptz
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_expires timestamptz := wa.clock() + make_interval(secs => least(greatest(p_seconds, 1), 300));
begin
    delete from wa.stream_ticket t
     where t.hash = any (array(select o.hash from wa.stream_ticket o where o.expires_at <= wa.clock()
                                order by o.expires_at limit 100 for update skip locked));
    if (select count(*) from (select from wa.stream_ticket t where t.tenant_id = p_tenant limit p_most) x) >= p_most then
        return null;
    end if;
    insert into wa.stream_ticket (hash, tenant_id, sealed, expires_at)
    select p_hash, t.id, p_sealed, v_expires from wa.tenant t where t.id = p_tenant and t.gone_at is null
    on conflict do nothing; -- a call whose answer was lost is made again
    return (select t.expires_at from wa.stream_ticket t where t.hash = p_hash);
end $$;

-- Takes a ticket, which is used by that. Null: there is none that still counts.
create function wa.ticket_take(p_hash bytea) returns bytea
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_sealed bytea; v_expires timestamptz;
begin
    delete from wa.stream_ticket t where t.hash = p_hash returning t.sealed, t.expires_at into v_sealed, v_expires;
    return case when v_expires > wa.clock() then v_sealed end;
end $$;

-- Consumers: programs of a tenant that fetch events, and how far each has acknowledged them in every session's journal.
create table wa.consumer (
    id            bigint      generated always as identity primary key,
    tenant_id     bigint      not null references wa.tenant (id) on delete cascade,
    name          text        not null check (length(name) between 1 and 63),
    sessions      text[]      check (cardinality(sessions) <= 1000), -- as namespace/name; null: all of the tenant
    types         text[]      check (cardinality(types) <= 64),      -- patterns; null: all
    since         bigint      not null, -- milliseconds since 1970: where sessions begin that are not among seen_sessions
    seen_sessions bigint[]    not null default '{}',
    seen_seqs     bigint[]    not null default '{}', -- the last that is acknowledged of each of them
    reader        bigint      not null default 0,    -- counts those that fetched: only the last one may acknowledge
    created_at    timestamptz not null default now(),
    read_at       timestamptz,
    acked_at      timestamptz,
    unique (tenant_id, name),
    check (cardinality(seen_sessions) = cardinality(seen_seqs) and cardinality(seen_sessions) <= 10000)
) with (fillfactor = 70);
alter table wa.consumer enable row level security; -- functions alone read and write it

-- Makes a consumer, or changes what it asks for; where it is stays. No row: the tenant has p_most already, or is gone.
create function wa.consumer_put(p_tenant bigint, p_name text, p_sessions text[], p_types text[], p_earliest boolean, p_most int)
    returns table (made boolean)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform pg_advisory_xact_lock(1734, hashint8(p_tenant));
    update wa.consumer c set sessions = p_sessions, types = p_types where c.tenant_id = p_tenant and c.name = p_name;
    if found then
        return query select false;
    elsif (select count(*) from wa.consumer c where c.tenant_id = p_tenant) < p_most then
        return query
        insert into wa.consumer (tenant_id, name, sessions, types, since)
        select t.id, p_name, p_sessions, p_types,
               case when p_earliest then 0 else floor(extract(epoch from now()) * 1000)::bigint end
          from wa.tenant t where t.id = p_tenant and t.gone_at is null
        returning true;
    end if;
end $$;

-- The consumers of a tenant, or the one of that name: then also how many events it is behind in the sessions that it acknowledged in.
create function wa.consumers(p_tenant bigint, p_name text)
    returns table (id bigint, name text, sessions text[], types text[], since bigint, created_at timestamptz, read_at timestamptz,
                   acked_at timestamptz, backlog bigint)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select c.id, c.name, c.sessions, c.types, c.since, c.created_at, c.read_at, c.acked_at,
           case when p_name is not null and c.acked_at is not null then (
               select coalesce(sum(greatest(wa.journal_head(x.id) - x.seq, 0)), 0)::bigint
                 from unnest(c.seen_sessions, c.seen_seqs) x (id, seq)
                 join wa.session s on s.id = x.id and s.tenant_id = c.tenant_id and s.desired <> 'Retained') end
      from wa.consumer c
     where c.tenant_id = p_tenant and (p_name is null or c.name = p_name)
     order by c.name;
end $$;

-- The number of the last event of a session, also where all were removed.
create function wa.journal_head(p_session bigint) returns bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select greatest((select max(e.seq) from wa.session_event e where e.session_id = p_session),
                    (select p.seq from wa.session_pruned p where p.session_id = p_session), 0)
$$;

-- A reader begins to fetch: it takes the consumer over from the one before.
create function wa.consumer_read(p_tenant bigint, p_name text)
    returns table (id bigint, sessions text[], types text[], since bigint, seen_sessions bigint[], seen_seqs bigint[], reader bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    update wa.consumer c set reader = c.reader + 1, read_at = now()
     where c.tenant_id = p_tenant and c.name = p_name
    returning c.id, c.sessions, c.types, c.since, c.seen_sessions, c.seen_seqs, c.reader;
end $$;

-- Whether no other reader has begun since.
create function wa.consumer_is_reader(p_consumer bigint, p_reader bigint) returns boolean
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select exists (select from wa.consumer c where c.id = p_consumer and c.reader = p_reader)
$$;

-- Events are done with. Never back, never beyond what there is, and of the tenant's own sessions alone; what changes nothing writes
-- nothing. Answers Acked, or why not: Missing (no such consumer), Other (the cursor is of another one), Taken (by another reader), Full.
create function wa.consumer_ack(p_tenant bigint, p_name text, p_consumer bigint, p_reader bigint, p_sessions bigint[], p_seqs bigint[])
    returns text
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v wa.consumer; v_ids bigint[]; v_seqs bigint[];
begin
    select * into v from wa.consumer c where c.tenant_id = p_tenant and c.name = p_name for update;
    if not found then return 'Missing'; end if;
    if v.id <> p_consumer then return 'Other'; end if;
    if v.reader <> p_reader then return 'Taken'; end if;
    select array_agg(n.id), array_agg(least(n.seq, wa.journal_head(n.id))) into v_ids, v_seqs
      from unnest(p_sessions, p_seqs) n (id, seq)
      left join unnest(v.seen_sessions, v.seen_seqs) o (id, seq) on o.id = n.id
     where n.seq > coalesce(o.seq, -1);
    if v_ids is null then return 'Acked'; end if;
    select array_agg(m.id), array_agg(m.seq) into v_ids, v_seqs
      from (select x.id, max(x.seq) as seq
              from (select * from unnest(v.seen_sessions, v.seen_seqs) o (id, seq)
                    union all select * from unnest(v_ids, v_seqs) n (id, seq)) x
              join wa.session s on s.id = x.id and s.tenant_id = p_tenant
             group by x.id order by x.id) m;
    if cardinality(v_ids) > 10000 then return 'Full'; end if;
    update wa.consumer c
       set seen_sessions = coalesce(v_ids, '{}'), seen_seqs = coalesce(v_seqs, '{}'), acked_at = now()
     where c.id = v.id;
    return 'Acked';
end $$;

create function wa.consumer_delete(p_tenant bigint, p_name text) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from wa.consumer c where c.tenant_id = p_tenant and c.name = p_name;
    return found;
end $$;

revoke execute on function wa.ticket_put(bytea, bigint, bytea, int, int), wa.ticket_take(bytea),
    wa.consumer_put(bigint, text, text[], text[], boolean, int), wa.consumers(bigint, text), wa.journal_head(bigint),
    wa.consumer_read(bigint, text), wa.consumer_is_reader(bigint, bigint),
    wa.consumer_ack(bigint, text, bigint, bigint, bigint[], bigint[]), wa.consumer_delete(bigint, text) from public;
grant execute on function wa.ticket_put(bytea, bigint, bytea, int, int), wa.ticket_take(bytea),
    wa.consumer_put(bigint, text, text[], text[], boolean, int), wa.consumers(bigint, text),
    wa.consumer_read(bigint, text), wa.consumer_is_reader(bigint, bigint),
    wa.consumer_ack(bigint, text, bigint, bigint, bigint[], bigint[]), wa.consumer_delete(bigint, text) to wa_gateway;
