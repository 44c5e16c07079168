-- Webhooks over the tenants' API. A gateway sees how they are, and neither secrets nor what was posted.

-- Counts how often events were let go once more: pods look again at what is parked.
alter table wa.webhook add column retries bigint not null default 0;

create function wa.tenant_webhooks(p_tenants bigint[], p_namespace text, p_name text, p_after bigint, p_limit int)
    returns table (id bigint, tenant_id bigint, namespace text, name text, url text, paused boolean, disabled_at timestamptz,
                   disabled_reason text, backlog bigint, oldest_at timestamptz, parked bigint, dead bigint, failing_since timestamptz,
                   last_success_at timestamptz, last_error text, last_error_at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select w.id, w.tenant_id, w.namespace, w.name, w.settings->>'url', coalesce((w.settings->>'paused')::boolean, false), w.disabled_at,
           w.disabled_reason, coalesce(r.backlog, 0)::bigint, r.oldest_at, coalesce(r.parked, 0)::bigint, coalesce(r.dead, 0)::bigint,
           r.failing_since, r.last_success_at, e.last_error, e.last_error_at
      from (select * from wa.webhook x
             where x.tenant_id = any (p_tenants) and x.id > p_after
               and (p_namespace is null or x.namespace = p_namespace) and (p_name is null or x.name = p_name)
             order by x.id limit least(greatest(p_limit, 1), 1001)) w
      left join lateral (
            select least(sum(x.backlog) filter (where n.live), 9223372036854775807) as backlog, min(x.oldest_at) filter (where n.live) as oldest_at,
                   least(sum(x.parked) filter (where n.live), 9223372036854775807) as parked, least(sum(x.dead) filter (where n.live), 9223372036854775807) as dead,
                   min(x.failing_since) filter (where n.live) as failing_since, max(x.last_success_at) as last_success_at
              from wa.webhook_report x
              left join wa.shard_lease l on l.pool_uid = x.pool_uid and l.ordinal = x.ordinal
             cross join lateral ( -- not of a shard that is gone, or of a lease before
                   select l.epoch = x.lease_epoch and (l.state = 'Held' or x.reported_at > now() - interval '1 minute') as live) n
             where x.webhook_id = w.id) r on true
      left join lateral (
            select x.last_error, x.last_error_at from wa.webhook_report x
             where x.webhook_id = w.id and x.last_error_at is not null
             order by x.last_error_at desc limit 1) e on true
     order by w.id;
end $$;

-- Events that a webhook has given up, the oldest session first.
create function wa.webhook_dead(p_webhook bigint, p_tenants bigint[], p_session bigint, p_seq bigint, p_limit int)
    returns table (session_id bigint, seq bigint, namespace text, name text, type text, attempts int, error text, at timestamptz,
                   dead_at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select p.session_id, p.seq, s.namespace, s.name, p.type, p.attempts, p.error, p.at, p.dead_at
      from wa.webhook w
      join wa.webhook_parked p on p.webhook_id = w.id
      left join wa.session s on s.id = p.session_id
     where w.id = p_webhook and w.tenant_id = any (p_tenants) and p.dead_at is not null
       and (p.session_id, p.seq) > (p_session, p_seq)
     order by p.session_id, p.seq limit least(greatest(p_limit, 1), 1001);
end $$;

-- Events that were given up are due again, for one try each: those that are named, or the oldest p_limit of all.
create function wa.webhook_retry(p_webhook bigint, p_tenants bigint[], p_sessions bigint[], p_seqs bigint[], p_limit int) returns int
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_due int;
begin
    with chosen as (
        select p.session_id, p.seq from wa.webhook w
          join wa.webhook_parked p on p.webhook_id = w.id
         where w.id = p_webhook and w.tenant_id = any (p_tenants) and p.dead_at is not null
           and (p_sessions is null
                or exists (select 1 from unnest(p_sessions, p_seqs) x (session_id, seq)
                            where x.session_id = p.session_id and x.seq = p.seq))
         order by p.dead_at limit least(greatest(p_limit, 1), 10000))
    update wa.webhook_parked p set due_at = now(), dead_at = null
      from chosen c where p.webhook_id = p_webhook and p.session_id = c.session_id and p.seq = c.seq;
    get diagnostics v_due = row_count;
    if v_due > 0 then
        update wa.webhook w set retries = w.retries + 1 where w.id = p_webhook;
    end if;
    return v_due;
end $$;

-- A webhook that was disabled posts again, from where it was.
create function wa.webhook_resume(p_webhook bigint, p_tenants bigint[]) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update wa.webhook_report r set failing_since = null
      from wa.webhook w where w.id = p_webhook and w.tenant_id = any (p_tenants) and w.disabled_at is not null and r.webhook_id = w.id;
    update wa.webhook w set disabled_at = null, disabled_reason = null, retries = w.retries + 1
     where w.id = p_webhook and w.tenant_id = any (p_tenants) and w.disabled_at is not null;
    return found;
end $$;

create index webhook_parked_webhook_dead on wa.webhook_parked (webhook_id, dead_at) where dead_at is not null;

revoke execute on function wa.tenant_webhooks(bigint[], text, text, bigint, int), wa.webhook_dead(bigint, bigint[], bigint, bigint, int),
    wa.webhook_retry(bigint, bigint[], bigint[], bigint[], int), wa.webhook_resume(bigint, bigint[]) from public;
grant execute on function wa.tenant_webhooks(bigint[], text, text, bigint, int), wa.webhook_dead(bigint, bigint[], bigint, bigint, int),
    wa.webhook_retry(bigint, bigint[], bigint[], bigint[], int), wa.webhook_resume(bigint, bigint[]) to wa_gateway;
