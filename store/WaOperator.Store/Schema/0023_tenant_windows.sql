-- The limits of a tenant's messages, each by itself. The minute is counted in Redis where there is one, and here where none is set up;
-- the one to a recipient in the pods; the day here, in blocks which pods take and use up. wa.tenant_take stays for pods of the version
-- before, and counts in the same tables.

-- Whether the caller runs a session of the tenant.
create function wa.serves_tenant(p_tenant bigint) returns void
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not (pg_has_role(session_user, current_user, 'member')
            or exists (select 1 from wa.session s join wa.session_owner o on o.session_id = s.id
                        where s.tenant_id = p_tenant and o.pool_uid is not null and o.secret is not distinct from wa.caller())) then
        raise insufficient_privilege using message = format('no session of tenant %s is owned by the caller', p_tenant);
    end if;
end $$;

-- Takes up to p_asked messages from the minute. wait_ms: when it has more room than now.
create function wa.tenant_minute_take(p_tenant bigint, p_limit int, p_asked int)
    returns table (taken int, held bigint, wait_ms bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_tenths bigint; v_held bigint; v_taken int;
begin
    perform wa.serves_tenant(p_tenant);
    -- One after the other for a tenant, at once for different ones; until the end of this statement's transaction.
    perform pg_advisory_xact_lock(1702, hashint8(p_tenant));
    -- A crash forgets the minute in any case; an answer waits for no disk.
    perform set_config('synchronous_commit', 'off', true);
    v_tenths := floor(extract(epoch from clock_timestamp()) * 10);
    delete from wa.tenant_minute m where m.tenant_id = p_tenant and m.bucket < v_tenths - 600;
    select coalesce(sum(m.messages), 0) into v_held from wa.tenant_minute m where m.tenant_id = p_tenant and m.recipient = '';
    v_taken := least(p_asked, greatest(p_limit - v_held, 0));
    if v_taken > 0 then
        insert into wa.tenant_minute as m values (p_tenant, '', v_tenths, v_taken)
            on conflict (tenant_id, recipient, bucket) do update set messages = m.messages + excluded.messages;
        v_held := v_held + v_taken;
    end if;
    return query select v_taken, v_held, coalesce(wa.tenant_wait(p_tenant, '', greatest(v_held - p_limit, 0), v_tenths), 0);
end $$;

-- Takes a block of messages from the last 24 hours: p_needed if they are left, and up to p_asked as long as much is left, so that no pod
-- takes all. First gives back p_unused of a block that was taken in p_part. A block may be used until its part of ten minutes has passed
-- (ends_ms), since it is forgotten with it. Waits for the disk: what was given is given, whatever crashes.
create function wa.tenant_day_take(p_tenant bigint, p_limit int, p_needed int, p_asked int, p_unused int, p_part bigint)
    returns table (taken int, part bigint, ends_ms bigint, remaining bigint, wait_ms bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_ms bigint; v_part bigint; v_held bigint; v_room bigint; v_taken int; v_wait bigint;
begin
    perform wa.serves_tenant(p_tenant);
    perform pg_advisory_xact_lock(1702, hashint8(p_tenant));
    v_ms := floor(extract(epoch from clock_timestamp()) * 1000);
    v_part := v_ms / 600000;
    delete from wa.tenant_day d where d.tenant_id = p_tenant and d.bucket < v_part - 144;
    if p_unused > 0 then
        update wa.tenant_day d set messages = greatest(d.messages - p_unused, 0) where d.tenant_id = p_tenant and d.bucket = p_part;
    end if;
    select coalesce(sum(d.messages), 0) into v_held from wa.tenant_day d where d.tenant_id = p_tenant;
    v_room := greatest(p_limit - v_held, 0);
    v_taken := least(greatest(p_needed, least(p_asked, v_room / 8)), v_room);
    if v_taken > 0 then
        insert into wa.tenant_day as d values (p_tenant, v_part, v_taken)
            on conflict (tenant_id, bucket) do update set messages = d.messages + excluded.messages;
        v_held := v_held + v_taken;
    end if;
    select greatest((x.bucket + 145) * 600000 - v_ms, 1000) into v_wait from (
        select d.bucket, sum(d.messages) over (order by d.bucket) as freed from wa.tenant_day d where d.tenant_id = p_tenant) x
     where x.freed > greatest(v_held - p_limit, 0) order by x.bucket limit 1;
    return query select v_taken, v_part, (v_part + 1) * 600000 - v_ms, greatest(p_limit - v_held, 0), coalesce(v_wait, 0);
end $$;

-- How many shards own sessions of the tenant, and how many of them stand before the caller's.
create function wa.tenant_serving(p_tenant bigint) returns table (shards int, rank int)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    perform wa.serves_tenant(p_tenant);
    return query
    with serving as (
        select distinct o.pool_uid, o.ordinal from wa.session s join wa.session_owner o on o.session_id = s.id
         where s.tenant_id = p_tenant and o.pool_uid is not null)
    select count(*)::int,
           (count(*) filter (where exists (select 1 from wa.shard_lease l where l.secret is not distinct from wa.caller()
                                              and (v.pool_uid, v.ordinal) < (l.pool_uid, l.ordinal))))::int
      from serving v;
end $$;

revoke execute on function wa.serves_tenant(bigint), wa.tenant_minute_take(bigint, int, int),
    wa.tenant_day_take(bigint, int, int, int, int, bigint), wa.tenant_serving(bigint) from public;
grant execute on function wa.tenant_minute_take(bigint, int, int), wa.tenant_day_take(bigint, int, int, int, int, bigint),
    wa.tenant_serving(bigint) to wa_pod;
