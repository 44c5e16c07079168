-- Keys that open a part of their tenant's API only. They do not stand in wa.tenant.api_keys: a pod of an older version, which knows of no
-- limits, refuses them instead of letting them do everything.

create table wa.limited_api_key (
    tenant_id bigint not null references wa.tenant (id) on delete cascade,
    source    text   not null, -- Secret/key
    hash      bytea  not null,
    scopes    text[],          -- null: all
    sessions  text[],          -- names in the tenant's namespace; null: all
    not_after timestamptz,     -- null: no end
    primary key (tenant_id, source)
);
create index limited_api_key_by_hash on wa.limited_api_key (hash);

-- What a key of this hash opens; callers that do not know a key learn nothing.
create function wa.api_key_grants(p_hash bytea)
    returns table (tenant_id bigint, hashes bytea[], scopes text[], sessions text[], not_after timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select t.id, t.api_keys, null::text[], null::text[], null::timestamptz from wa.tenant t where t.api_keys @> array[p_hash]
    union all
    select l.tenant_id, array[l.hash], l.scopes, l.sessions, l.not_after from wa.limited_api_key l join wa.tenant t on t.id = l.tenant_id
     where t.gone_at is null and l.hash = p_hash and (l.not_after is null or l.not_after > wa.clock());
end $$;
revoke execute on function wa.api_key_grants(bytea) from public;
grant execute on function wa.api_key_grants(bytea) to wa_pod, wa_gateway;
