-- Sessions over the gateway's API: whose resources a key may make and change follows from the names of its tenants.
create function wa.tenant_names(p_tenants bigint[]) returns table (id bigint, namespace text, name text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query select t.id, t.namespace, t.name from wa.tenant t where t.id = any (p_tenants);
end $$;
revoke execute on function wa.tenant_names(bigint[]) from public;
grant execute on function wa.tenant_names(bigint[]) to wa_gateway;

-- As in 0015, but a phase is found under the name that it is told by: a session that no pod has reported is Pending, and one that is
-- being deleted is Deleting whatever its pod reported.
create or replace function wa.tenant_sessions(p_tenants bigint[], p_after bigint, p_limit int, p_namespace text, p_name text, p_phase text,
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
                                and l.expires_at > wa.clock()
      left join wa.pool p on p.uid = s.pool_uid
     where s.tenant_id = any (p_tenants) and s.id > p_after and s.desired <> 'Retained'
       and (p_namespace is null or s.namespace = p_namespace) and (p_name is null or s.name = p_name)
       and (p_phase is null or p_phase = case when s.desired = 'Deleting' then 'Deleting' else coalesce(t.phase, 'Pending') end)
       and (p_phone is null or s.phone = p_phone)
     order by s.id
     limit least(greatest(p_limit, 1), 1000);
end $$;
