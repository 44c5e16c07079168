-- Issuers of JSON Web Tokens that open a tenant's API. Their keys are public ones.
create table wa.token_issuer (
    tenant_id bigint not null references wa.tenant (id) on delete cascade,
    issuer    text   not null,
    audience  text   not null,
    claim     text   not null, -- which names the tenant as namespace/name
    scopes    text[],          -- null: all
    source    text   not null, -- where the keys stand, as Secret/key
    keys      text   not null, -- a JSON Web Key Set
    primary key (tenant_id, issuer, audience)
);

-- What tenants of these names say of an issuer. A token names them before its signature was checked: of at most 16 is told.
create function wa.token_issuers(p_issuer text, p_tenants text[])
    returns table (tenant_id bigint, tenant text, audience text, claim text, scopes text[], keys text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select t.id, x.name, i.audience, i.claim, i.scopes, i.keys
      from unnest(p_tenants[1:16]) x (name)
      join wa.tenant t on t.namespace = split_part(x.name, '/', 1) and t.name = split_part(x.name, '/', 2)
      join wa.token_issuer i on i.tenant_id = t.id and i.issuer = p_issuer
     where t.gone_at is null and x.name = t.namespace || '/' || t.name;
end $$;
revoke execute on function wa.token_issuers(text, text[]) from public;
grant execute on function wa.token_issuers(text, text[]) to wa_pod, wa_gateway;
