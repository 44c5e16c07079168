-- Among how many pods a webhook's posts a second are shared: those that run sessions which it asks for.
create function wa.webhook_pods(p_webhook bigint) returns int
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare v_tenant bigint; v_settings jsonb;
begin
    select w.tenant_id, w.settings into v_tenant, v_settings from wa.webhook w where w.id = p_webhook;
    if not found then
        return 0;
    end if;
    perform wa.serves_tenant(v_tenant);
    return (select count(*) from (
                select distinct o.pool_uid, o.ordinal from wa.session s join wa.session_owner o on o.session_id = s.id
                 where s.tenant_id = v_tenant and o.pool_uid is not null
                   and wa.webhook_asks_for(v_settings, s.name, s.labels)) pods);
end $$;
revoke execute on function wa.webhook_pods(bigint) from public;
grant execute on function wa.webhook_pods(bigint) to wa_pod;
