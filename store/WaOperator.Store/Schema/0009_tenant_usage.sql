-- What tenants sent of late, for the limits of their messages. All pods count in one place, so a tenant has its limit once, however
-- many shards its sessions are on.

-- The last minute, in tenths of seconds. recipient: keyed hash of tenant and account; empty for all of the tenant together.
-- Not worth a write-ahead log: after a crash of PostgreSQL the minute begins again.
create unlogged table wa.tenant_minute (
    tenant_id bigint not null,
    recipient bytea  not null,
    bucket    bigint not null,
    messages  int    not null,
    primary key (tenant_id, recipient, bucket)
) with (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
create index tenant_minute_old on wa.tenant_minute (tenant_id, bucket);

-- The last 24 hours, in parts of ten minutes.
create table wa.tenant_day (
    tenant_id bigint not null,
    bucket    bigint not null,
    messages  int    not null,
    primary key (tenant_id, bucket)
) with (fillfactor = 50);

-- Takes messages from a tenant's limits, in the order given; what is refused is not counted. A limit of 0 is none. A part of time
-- counts until it has passed as a whole: in no minute, and in no 24 hours, are more messages taken than the limit.
create function wa.tenant_take(p_tenant bigint, p_recipients bytea[], p_minute int, p_recipient int, p_day int)
    returns table (refused text, retry_ms bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    v_to bytea; v_tenths bigint; v_ten_minutes bigint; v_minute bigint; v_day bigint; v_recipient bigint;
begin
    -- One after the other for a tenant, at once for different ones; until the end of this statement's transaction.
    perform pg_advisory_xact_lock(1702, hashint8(p_tenant));
    -- A crash may forget the last moment of it; an answer waits for no disk.
    perform set_config('synchronous_commit', 'off', true);
    v_tenths := floor(extract(epoch from clock_timestamp()) * 10);
    v_ten_minutes := v_tenths / 6000;
    delete from wa.tenant_minute m where m.tenant_id = p_tenant and m.bucket < v_tenths - 600;
    delete from wa.tenant_day d where d.tenant_id = p_tenant and d.bucket < v_ten_minutes - 144;
    select coalesce(sum(m.messages), 0) into v_minute from wa.tenant_minute m where m.tenant_id = p_tenant and m.recipient = '';
    select coalesce(sum(d.messages), 0) into v_day from wa.tenant_day d where d.tenant_id = p_tenant;
    foreach v_to in array p_recipients loop
        v_recipient := 0;
        if p_recipient > 0 then
            select coalesce(sum(m.messages), 0) into v_recipient from wa.tenant_minute m
             where m.tenant_id = p_tenant and m.recipient = v_to;
        end if;
        if p_day > 0 and v_day >= p_day then
            return query
                select 'day', greatest((x.bucket + 145) * 600000 - v_tenths * 100, 1000) from (
                    select d.bucket, sum(d.messages) over (order by d.bucket) as freed from wa.tenant_day d
                     where d.tenant_id = p_tenant) x
                 where x.freed > v_day - p_day order by x.bucket limit 1;
        elsif p_minute > 0 and v_minute >= p_minute then
            return query select 'minute', wa.tenant_wait(p_tenant, '', v_minute - p_minute, v_tenths);
        elsif p_recipient > 0 and v_recipient >= p_recipient then
            return query select 'recipient', wa.tenant_wait(p_tenant, v_to, v_recipient - p_recipient, v_tenths);
        else
            if p_minute > 0 then
                insert into wa.tenant_minute as m values (p_tenant, '', v_tenths, 1)
                    on conflict (tenant_id, recipient, bucket) do update set messages = m.messages + 1;
                v_minute := v_minute + 1;
            end if;
            if p_recipient > 0 then
                insert into wa.tenant_minute as m values (p_tenant, v_to, v_tenths, 1)
                    on conflict (tenant_id, recipient, bucket) do update set messages = m.messages + 1;
            end if;
            if p_day > 0 then
                insert into wa.tenant_day as d values (p_tenant, v_ten_minutes, 1)
                    on conflict (tenant_id, bucket) do update set messages = d.messages + 1;
                v_day := v_day + 1;
            end if;
            return query select null::text, 0::bigint;
        end if;
    end loop;
end $$;

-- In how many milliseconds more than p_surplus of the last minute's messages have passed.
create function wa.tenant_wait(p_tenant bigint, p_recipient bytea, p_surplus bigint, p_tenths bigint) returns bigint
    language sql stable set search_path = pg_catalog, pg_temp as $$
    select least(greatest((x.bucket + 601 - p_tenths) * 100, 100), 60000) from (
        select m.bucket, sum(m.messages) over (order by m.bucket) as freed from wa.tenant_minute m
         where m.tenant_id = p_tenant and m.recipient = p_recipient) x
     where x.freed > p_surplus order by x.bucket limit 1
$$;

create function wa.tenant_usage_forget() returns trigger language plpgsql as $$
begin
    delete from wa.tenant_minute where tenant_id = old.id;
    delete from wa.tenant_day where tenant_id = old.id;
    return null;
end $$;
create trigger tenant_usage_forget after delete on wa.tenant for each row execute function wa.tenant_usage_forget();

revoke execute on function wa.tenant_take(bigint, bytea[], int, int, int) from public;
grant execute on function wa.tenant_take(bigint, bytea[], int, int, int) to wa_pod;
