-- Who called what of the tenants' API, and how it was answered: no bodies, no numbers. A gateway adds to it and cannot take back. An
-- entry stands for one call, or for several in a row that differ in nothing but their subject.
create table wa.audit_entry (
    tenant_id bigint      not null references wa.tenant (id) on delete cascade,
    id        uuid        not null, -- version 7, of the time of the first call: pages and spans of time go by it
    at        timestamptz not null,
    who       text,                 -- Secret/key; null for a key that an older version stored
    operation text        not null, -- operationId of the API's description
    namespace text,
    session   text,
    status    int         not null,
    calls     int         not null,
    subjects  text[]      not null, -- ids of messages and files
    primary key (tenant_id, id)
);
-- Entries come in the order of their times, so that this small index is enough to find the old ones.
create index audit_entry_at on wa.audit_entry using brin (at) with (pages_per_range = 16);

-- Adds entries; one that is there already stays as it is, so that a call whose answer was lost may be made again.
create function wa.audit_append(p_entries jsonb) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into wa.audit_entry (tenant_id, id, at, who, operation, namespace, session, status, calls, subjects)
    select x.tenant, x.id, least(x.at, wa.clock()), x.who, x.operation, x.namespace, x.session, x.status, x.calls,
           coalesce(x.subjects, '{}')
      from jsonb_to_recordset(p_entries)
           x (tenant bigint, id uuid, at timestamptz, who text, operation text, namespace text, session text, status int, calls int,
              subjects text[])
      join wa.tenant t on t.id = x.tenant
    on conflict do nothing;
end $$;

-- Takes away some of what is older than 90 days, one caller at a time. How old is not for the caller to say: a gateway that was broken
-- into must not be able to wipe its traces.
create function wa.audit_trim() returns int
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_gone int;
begin
    if not pg_try_advisory_xact_lock(1727, 0) then
        return 0;
    end if;
    delete from wa.audit_entry e
     where e.ctid = any (array(select o.ctid from wa.audit_entry o where o.at < wa.clock() - interval '90 days' limit 10000));
    get diagnostics v_gone = row_count;
    return v_gone;
end $$;

-- Entries of tenants, newest first, from one id to another, both left out. p_open are tenants of whom all is shown; of others only what
-- was about the sessions named beside them.
create function wa.audit_entries(p_open bigint[], p_tenants bigint[], p_sessions text[], p_after uuid, p_before uuid, p_who text,
                                 p_operation text, p_namespace text, p_session text, p_status int, p_limit int)
    returns table (id uuid, at timestamptz, who text, operation text, namespace text, session text, status int, calls int, subjects text[])
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select e.id, e.at, e.who, e.operation, e.namespace, e.session, e.status, e.calls, e.subjects
      from wa.audit_entry e
     where e.tenant_id = any (p_open || p_tenants) and e.id > p_after and e.id < p_before
       and (e.tenant_id = any (p_open)
            or exists (select 1 from unnest(p_tenants, p_sessions) x (tenant, name) where x.tenant = e.tenant_id and x.name = e.session))
       and (p_who is null or e.who = p_who) and (p_operation is null or e.operation = p_operation)
       and (p_namespace is null or e.namespace = p_namespace) and (p_session is null or e.session = p_session)
       and (p_status is null or e.status = p_status)
     order by e.id desc
     limit least(greatest(p_limit, 1), 1001);
end $$;

-- As in 0020, and where the key stands, by which its holder is known.
drop function wa.api_key_grants(bytea);
create function wa.api_key_grants(p_hash bytea)
    returns table (tenant_id bigint, hashes bytea[], scopes text[], sessions text[], not_after timestamptz, source text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select t.id, t.api_keys, null::text[], null::text[], null::timestamptz,
           (select min(s.key) from jsonb_each_text(t.api_key_sources) s where s.value = encode(p_hash, 'hex'))
      from wa.tenant t where t.api_keys @> array[p_hash]
    union all
    select l.tenant_id, array[l.hash], l.scopes, l.sessions, l.not_after, l.source
      from wa.limited_api_key l join wa.tenant t on t.id = l.tenant_id
     where t.gone_at is null and l.hash = p_hash and (l.not_after is null or l.not_after > wa.clock());
end $$;

revoke execute on function wa.api_key_grants(bytea), wa.audit_append(jsonb), wa.audit_trim(),
    wa.audit_entries(bigint[], bigint[], text[], uuid, uuid, text, text, text, text, int, int) from public;
grant execute on function wa.api_key_grants(bytea) to wa_pod, wa_gateway;
grant execute on function wa.audit_append(jsonb), wa.audit_trim(),
    wa.audit_entries(bigint[], bigint[], text[], uuid, uuid, text, text, text, text, int, int) to wa_gateway;
