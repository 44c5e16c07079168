-- Who called what of the tenants' API, and how it was answered: no bodies, no numbers. A gateway adds to it and cannot take back. An
-- entry stands for one call, or for several in a row that differ in nothing but their subject.
create table wa.audit_entry (
    tenant_id bigint      not null, -- no reference: a tenant is gone at once, however long its audit is
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
create index audit_entry_at on wa.audit_entry (at);

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
declare v_gone int; v_cut timestamptz := wa.clock() - interval '90 days';
begin
    if not pg_try_advisory_xact_lock(1727, 0) then
        return 0;
    end if;
    delete from wa.audit_entry e
     where e.ctid = any (array(select o.ctid from wa.audit_entry o where o.at < v_cut order by o.at limit 10000));
    get diagnostics v_gone = row_count;
    return v_gone;
end $$;

-- Entries of tenants, newest first, from one id to another, both left out. p_open are tenants of whom all is shown; of others only what
-- was about the sessions named beside them. Of each tenant the newest p_look are looked at: where there are more, a row without a time
-- says from which id on the others are.
create function wa.audit_entries(p_open bigint[], p_tenants bigint[], p_sessions text[], p_after uuid, p_before uuid, p_who text,
                                 p_operation text, p_namespace text, p_session text, p_status int, p_limit int, p_look int)
    returns table (id uuid, at timestamptz, who text, operation text, namespace text, session text, status int, calls int, subjects text[])
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    with looked as materialized (
        select e.*, row_number() over (partition by e.tenant_id order by e.id desc) as place
          from (select distinct x.tenant from unnest(p_open || p_tenants) x (tenant)) t
         cross join lateral (
            select * from wa.audit_entry o
             where o.tenant_id = t.tenant and o.id > p_after and o.id < p_before
             order by o.tenant_id desc, o.id desc limit greatest(p_look, 1)) e),
    rest as (select m.id from looked m where m.place = p_look order by m.id desc limit 1)
    (select l.id, l.at, l.who, l.operation, l.namespace, l.session, l.status, l.calls, l.subjects
       from looked l
      where (l.tenant_id = any (p_open)
             or exists (select 1 from unnest(p_tenants, p_sessions) x (tenant, name)
                         where x.tenant = l.tenant_id and x.name = l.session))
        and (p_who is null or l.who = p_who) and (p_operation is null or l.operation = p_operation)
        and (p_namespace is null or l.namespace = p_namespace) and (p_session is null or l.session = p_session)
        and (p_status is null or l.status = p_status)
        and l.id >= coalesce((select r.id from rest r), '00000000-0000-0000-0000-000000000000')
      order by l.id desc
      limit least(greatest(p_limit, 1), 1001))
    union all
    (select r.id, null, null, null, null, null, null, null, null from rest r);
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
    wa.audit_entries(bigint[], bigint[], text[], uuid, uuid, text, text, text, text, int, int, int) from public;
grant execute on function wa.api_key_grants(bytea) to wa_pod, wa_gateway;
grant execute on function wa.audit_append(jsonb), wa.audit_trim(),
    wa.audit_entries(bigint[], bigint[], text[], uuid, uuid, text, text, text, text, int, int, int) to wa_gateway;
