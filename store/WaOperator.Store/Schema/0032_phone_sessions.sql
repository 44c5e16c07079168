-- The session of a phone number, for programs that name sessions by their numbers: one row by the index of (tenant_id, phone), however many
-- sessions the tenant has.
create function wa.phone_session(p_tenants bigint[], p_phone text)
    returns table (namespace text, name text, tenant_id bigint, paired boolean)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select s.namespace, s.name, s.tenant_id, coalesce(t.paired, false)
      from wa.session s
      left join wa.session_state t on t.session_id = s.id
     where s.tenant_id = any (p_tenants) and s.phone = p_phone and s.desired <> 'Retained';
end $$;
revoke execute on function wa.phone_session(bigint[], text) from public;
grant execute on function wa.phone_session(bigint[], text) to wa_gateway;
