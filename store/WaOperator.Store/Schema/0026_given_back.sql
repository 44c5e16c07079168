-- As in 0021, and whether a session without a pod was given back and has a place: it comes back after a planned change, for which a
-- gateway waits longer than after a crash. The owner of a session whose pod crashed stays named until another pod claims the session.
drop function wa.session_places(text[], text[]);
create function wa.session_places(p_namespaces text[], p_names text[])
    returns table (namespace text, name text, tenant_id bigint, pod_name text, pod_namespace text, desired text, given_back boolean)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select distinct on (s.namespace, s.name)
           s.namespace, s.name, s.tenant_id, nullif(l.pod_name, ''), case when l.pod_name <> '' then p.namespace end, s.desired,
           o.session_id is not null and o.pool_uid is null
               and exists (select 1 from wa.placement w where w.session_id = s.id)
      from unnest(p_namespaces, p_names) x (namespace, name)
      join wa.session s on s.namespace = x.namespace and s.name = x.name and s.desired <> 'Retained'
      left join wa.session_owner o on o.session_id = s.id
      left join wa.shard_lease l on l.pool_uid = o.pool_uid and l.ordinal = o.ordinal and l.epoch = o.lease_epoch
                                and l.state = 'Held' and l.expires_at > wa.clock()
      left join wa.pool p on p.uid = o.pool_uid
     order by s.namespace, s.name, s.id desc;
end $$;
revoke execute on function wa.session_places(text[], text[]) from public;
grant execute on function wa.session_places(text[], text[]) to wa_gateway;
