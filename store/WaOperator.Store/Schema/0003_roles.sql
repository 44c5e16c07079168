-- Pods log in with a role of their own that cannot write placement or any other desired state. The role is made here when the
-- migrating role may create roles; otherwise the administrator makes it first.
do $$
begin
    if not exists (select 1 from pg_roles where rolname = 'wa_pod') then
        create role wa_pod nologin;
    end if;
exception
    -- Roles belong to the whole server: another installation's migration was a moment faster.
    when duplicate_object or unique_violation then null;
end $$;

grant usage on schema wa to wa_pod;
grant select on all tables in schema wa to wa_pod;
grant execute on all functions in schema wa to wa_pod;
grant update (master_key_fingerprint) on wa.installation to wa_pod;
grant insert on wa.tenant_key to wa_pod;
grant insert, update on wa.shard_lease, wa.shard_report, wa.session_owner, wa.session_state to wa_pod;
grant insert, update, delete on wa.session_key, wa.session_pairing to wa_pod;
