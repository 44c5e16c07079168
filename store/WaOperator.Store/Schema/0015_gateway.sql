-- The gateway stands where tenants' requests come in. Its role calls functions that read, and nothing else: no key, no message, no
-- journal, no write. As with wa_pod (0003) the role is made here where the migrating role may create roles; otherwise the administrator
-- makes it first.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'wa_gateway') then
        create role wa_gateway nologin;
    end if;
exception
    when duplicate_object or unique_violation then null;
end $$;

-- Where sessions are served, many by one question: a gateway asks for all that it holds requests for at once. A pod counts only while it
-- holds the lease under which it claimed the session.
create function wa.session_places(p_namespaces text[], p_names text[])
    returns table (namespace text, name text, tenant_id bigint, pod_name text, pod_namespace text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select distinct on (s.namespace, s.name)
           s.namespace, s.name, s.tenant_id, nullif(l.pod_name, ''), case when l.pod_name <> '' then p.namespace end
      from unnest(p_namespaces, p_names) x (namespace, name)
      join wa.session s on s.namespace = x.namespace and s.name = x.name and s.desired <> 'Retained'
      left join wa.session_owner o on o.session_id = s.id
      left join wa.shard_lease l on l.pool_uid = o.pool_uid and l.ordinal = o.ordinal and l.epoch = o.lease_epoch
                                and l.state = 'Held' and l.expires_at > wa.clock()
      left join wa.pool p on p.uid = o.pool_uid
     order by s.namespace, s.name, s.id desc;
end $$;

-- The sessions of tenants, a page at a time behind the key of the last one that is known.
create function wa.tenant_sessions(p_tenants bigint[], p_after bigint, p_limit int, p_namespace text, p_name text, p_phase text,
                                   p_phone text)
    returns table (id bigint, namespace text, name text, tenant_id bigint, phone text, desired text, phase text, reason text,
                   message text, paired boolean, jid text, pool text, pod_name text, last_connected_at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select s.id, s.namespace, s.name, s.tenant_id, s.phone, s.desired, t.phase, t.reason, t.message, coalesce(t.paired, false), t.jid,
           p.name, nullif(l.pod_name, ''), t.last_connected_at
      from wa.session s
      left join wa.session_state t on t.session_id = s.id
      left join wa.session_owner o on o.session_id = s.id
      left join wa.shard_lease l on l.pool_uid = o.pool_uid and l.ordinal = o.ordinal and l.epoch = o.lease_epoch and l.state = 'Held'
      left join wa.pool p on p.uid = s.pool_uid
     where s.tenant_id = any (p_tenants) and s.id > p_after and s.desired <> 'Retained'
       and (p_namespace is null or s.namespace = p_namespace) and (p_name is null or s.name = p_name)
       and (p_phase is null or t.phase = p_phase) and (p_phone is null or s.phone = p_phone)
     order by s.id
     limit least(greatest(p_limit, 1), 1000);
end $$;
create index if not exists session_of_tenant on wa.session (tenant_id, id);

revoke execute on function wa.session_places(text[], text[]),
    wa.tenant_sessions(bigint[], bigint, int, text, text, text, text) from public;
grant usage on schema wa to wa_gateway;
grant select on wa.schema_version to wa_gateway;
grant execute on function wa.api_key_holders(bytea), wa.session_place(text, text), wa.session_places(text[], text[]),
    wa.tenant_sessions(bigint[], bigint, int, text, text, text, text) to wa_gateway;
