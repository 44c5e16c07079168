-- Whose the kept keys are: of a tenant object, not of whoever gets its name. A tenant that was made again under its name is another one,
-- unless its sessions are there still or the administrator says that it is the same (a restored cluster).

alter table wa.tenant add column uid text not null default '';
-- It is no more; its row stays for the keys that it kept, without name and API keys.
alter table wa.tenant add column gone_at timestamptz;
alter table wa.tenant drop constraint tenant_namespace_name_key;
create unique index tenant_by_name on wa.tenant (namespace, name) where gone_at is null;

-- Kept keys end: see wa.retained_expire.
alter table wa.session add column retained_at timestamptz;
update wa.session set retained_at = clock_timestamp() where desired = 'Retained';
create index session_retained on wa.session (retained_at) where desired = 'Retained';

-- Whether the tenant of that name is another object than the one that bore it, and no session of it is left.
-- p_sessions: UIDs of the session resources that name it now.
create function wa.tenant_is_another(p_namespace text, p_name text, p_uid text, p_sessions text[]) returns boolean
    language sql stable as $$
    select coalesce((
        select t.uid <> '' and p_uid <> '' and t.uid <> p_uid
               and not exists (select 1 from wa.session s
                                where s.tenant_id = t.id and s.desired <> 'Retained' and s.uid = any (p_sessions))
          from wa.tenant t where t.namespace = p_namespace and t.name = p_name and t.gone_at is null), false)
$$;

create function wa.tenant_put(p_namespace text, p_name text, p_uid text, p_suspended boolean, p_settings jsonb, p_another boolean)
    returns bigint language plpgsql as $$
declare v_id bigint;
begin
    if p_another then
        update wa.tenant t set gone_at = clock_timestamp(), api_keys = '{}'
         where t.namespace = p_namespace and t.name = p_name and t.gone_at is null and t.uid <> p_uid;
    end if;
    insert into wa.tenant as t (namespace, name, uid, suspended, settings)
    values (p_namespace, p_name, p_uid, p_suspended, p_settings)
    on conflict (namespace, name) where gone_at is null do update set
           uid = case excluded.uid when '' then t.uid else excluded.uid end,
           suspended = excluded.suspended, settings = excluded.settings
     where (t.suspended, t.settings) is distinct from (excluded.suspended, excluded.settings)
        or excluded.uid <> '' and t.uid <> excluded.uid;
    select t.id into v_id from wa.tenant t where t.namespace = p_namespace and t.name = p_name and t.gone_at is null;
    return v_id;
end $$;

-- Removes keys that were kept for longer than that, and tenants of whom nothing else was left. Returns how many sessions.
create function wa.retained_expire(p_after interval) returns bigint language sql as $$
    with gone as (
        delete from wa.session s where s.desired = 'Retained' and s.retained_at < clock_timestamp() - p_after
        returning s.id)
    select count(*) from gone;
$$;

revoke execute on function wa.tenant_is_another(text, text, text, text[]), wa.tenant_put(text, text, text, boolean, jsonb, boolean),
    wa.retained_expire(interval) from public;
