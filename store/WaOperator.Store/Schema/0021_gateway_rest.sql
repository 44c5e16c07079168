-- As in 0015, and what is wanted of each session: a gateway does not wait for a pod for one that is stopped.
drop function wa.session_places(text[], text[]);
create function wa.session_places(p_namespaces text[], p_names text[])
    returns table (namespace text, name text, tenant_id bigint, pod_name text, pod_namespace text, desired text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select distinct on (s.namespace, s.name)
           s.namespace, s.name, s.tenant_id, nullif(l.pod_name, ''), case when l.pod_name <> '' then p.namespace end, s.desired
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
