-- A function in SQL that runs with its owner's rights is parsed and planned again by each statement that calls it; one in PL/pgSQL once for
-- each connection. What pods call all the time is therefore written in PL/pgSQL. Nothing else changes.

create or replace function wa.is_caller(p_secret bytea) returns boolean
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return p_secret is not distinct from sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8')) -- wa.caller(), without the call
        or pg_has_role(session_user, current_user, 'member');
end $$;

-- As in 0007 and 0012, in one.
create or replace function wa.lease_renew(p_pool text, p_ordinal int, p_epoch bigint, p_process uuid, p_ttl interval)
    returns table (outcome text, step_down boolean) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare was_live boolean; stepping boolean;
    v_ttl interval := make_interval(secs => least(greatest(extract(epoch from p_ttl), 0.01), 3600)::double precision); -- wa.lease_ttl
begin
    select s.expires_at > wa.clock() into was_live from wa.shard_lease s
     where s.pool_uid = p_pool and s.ordinal = p_ordinal and s.epoch = p_epoch and s.process = p_process and s.state = 'Held'
       for no key update;
    if not found then
        return query select 'Refused', false;
        return;
    end if;
    update wa.shard_lease s
       set counter = s.counter + 1, expires_at = wa.clock() + v_ttl, ttl = v_ttl, lost_epoch = null, lost_counter = null
     where s.pool_uid = p_pool and s.ordinal = p_ordinal
    returning s.step_down_for is not null and s.step_down_for <> s.pod_uid into stepping;
    return query select case when was_live then 'Renewed' else 'Retaken' end, stepping;
end $$;
drop function wa.lease_renew_for(text, int, bigint, uuid, interval);

-- As in 0013.
create or replace function wa.tenants_of_caller() returns setof bigint
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp rows 1000 as $$
begin
    return query
    with mine as materialized (
        select l.pool_uid, l.ordinal, l.secret, l.state from wa.shard_lease l where l.secret is not distinct from wa.caller())
    select s.tenant_id from mine l
      join wa.placement p on p.pool_uid = l.pool_uid and p.ordinal = l.ordinal
      join wa.session s on s.id = p.session_id
     where l.state = 'Held'
    union
    select s.tenant_id from mine l
      join wa.session_owner o on o.pool_uid = l.pool_uid and o.ordinal = l.ordinal and o.secret is not distinct from l.secret
      join wa.session s on s.id = o.session_id;
end $$;

-- As in 0013.
create or replace function wa.tenant_settings(p_tenant bigint) returns text
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return (
        select t.settings::text from wa.tenant t
         where t.id = p_tenant
           and (pg_has_role(session_user, current_user, 'member')
                or exists (select 1 from wa.session s join wa.session_owner o on o.session_id = s.id
                            where s.tenant_id = p_tenant and o.pool_uid is not null and o.secret is not distinct from wa.caller())));
end $$;

-- As in 0010.
create or replace function wa.api_key_holders(p_hash bytea) returns table (id bigint, api_keys bytea[])
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query select t.id, t.api_keys from wa.tenant t where t.api_keys @> array[p_hash];
end $$;

-- As in 0010.
create or replace function wa.session_place(p_namespace text, p_name text)
    returns table (tenant_id bigint, pod_name text, pod_namespace text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select s.tenant_id, nullif(l.pod_name, ''), p.namespace
      from wa.session s
      left join wa.session_owner o on o.session_id = s.id
      left join wa.shard_lease l on l.pool_uid = o.pool_uid and l.ordinal = o.ordinal
      left join wa.pool p on p.uid = o.pool_uid
     where s.namespace = p_namespace and s.name = p_name and s.desired <> 'Retained'
     order by s.id desc limit 1;
end $$;

-- As in 0010.
create or replace function wa.session_release(p_sessions bigint[], p_epochs bigint[]) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare released bigint;
begin
    with mine as (
        select w.session_id from wa.session_owner w
          join unnest(p_sessions, p_epochs) x (id, epoch) on x.id = w.session_id and x.epoch = w.epoch
          join wa.shard_lease l on l.pool_uid = w.pool_uid and l.ordinal = w.ordinal and l.epoch = w.lease_epoch and wa.is_caller(l.secret)
         order by w.session_id for update of w),
    done as (
        update wa.session_owner w set pool_uid = null, ordinal = null, lease_epoch = null
          from mine where mine.session_id = w.session_id returning 1)
    select count(*) into released from done;
    return released;
end $$;
