-- Where each API key stands (Secret/key), so that one Secret which may not be read keeps its own key and no other. Hashes in hex.
alter table wa.tenant add column api_key_sources jsonb not null default '{}';

-- Names, limits and phone rules of a tenant are told to pods that have a session of it, placed on their shard or still owned by it.

-- The tenants of the caller's sessions: once for a statement, however many tenants it looks at.
create function wa.tenants_of_caller() returns setof bigint
    language sql stable security definer set search_path = pg_catalog, pg_temp rows 1000 as $$
    with mine as materialized (
        select l.pool_uid, l.ordinal, l.secret, l.state from wa.shard_lease l where l.secret is not distinct from wa.caller())
    select s.tenant_id from mine l
      join wa.placement p on p.pool_uid = l.pool_uid and p.ordinal = l.ordinal
      join wa.session s on s.id = p.session_id
     where l.state = 'Held'
    union
    select s.tenant_id from mine l
      join wa.session_owner o on o.pool_uid = l.pool_uid and o.ordinal = l.ordinal and o.secret is not distinct from l.secret
      join wa.session s on s.id = o.session_id
$$;

alter table wa.tenant enable row level security;
create policy own_tenants on wa.tenant for select to wa_pod using (id in (select wa.tenants_of_caller()));

-- One tenant's settings, without a look at the others: asked again and again for each tenant that sends.
create function wa.tenant_settings(p_tenant bigint) returns text
    language sql stable security definer set search_path = pg_catalog, pg_temp as $$
    select t.settings::text from wa.tenant t
     where t.id = p_tenant
       and (pg_has_role(session_user, current_user, 'member')
            or exists (select 1 from wa.session s join wa.session_owner o on o.session_id = s.id
                        where s.tenant_id = p_tenant and o.pool_uid is not null and o.secret is not distinct from wa.caller()))
$$;

revoke execute on function wa.tenants_of_caller(), wa.tenant_settings(bigint) from public;
grant execute on function wa.tenants_of_caller(), wa.tenant_settings(bigint) to wa_pod;
