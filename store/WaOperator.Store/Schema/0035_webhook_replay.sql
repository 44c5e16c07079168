-- Replays of webhooks: what was posted of a span of time is posted once more, of each session by its owner, while nothing else waits. And
-- webhooks that select sessions by labels, and that ask an address before they post to it.

-- Counts replays, of which each has a number: pods look again at what is to be replayed when it has changed, and never while it is 0.
alter table wa.webhook add column replays bigint not null default 0;

-- The address that answered its challenge; another one is asked before anything is posted to it.
alter table wa.webhook add column challenged_url text;
create function wa.webhook_challenged(p_webhook bigint, p_url text) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_tenant bigint;
begin
    select w.tenant_id into v_tenant from wa.webhook w
     where w.id = p_webhook and w.settings->>'url' = p_url and w.challenged_url is distinct from p_url for update;
    if not found then
        return false;
    end if;
    perform wa.serves_tenant(v_tenant);
    update wa.webhook w set challenged_url = p_url where w.id = p_webhook;
    return true;
end $$;
revoke execute on function wa.webhook_challenged(bigint, text) from public;
grant execute on function wa.webhook_challenged(bigint, text) to wa_pod;

-- Labels of the session's resource that webhooks select by: ,a=1,b=2, in the order of keys.
alter table wa.session add column labels text not null default '';

-- Whether a webhook asks for a session. As pods decide it (SessionSelector).
create function wa.webhook_asks_for(p_settings jsonb, p_name text, p_labels text) returns boolean
    language sql immutable set search_path = pg_catalog, pg_temp as $$
    select case when p_settings ? 'selector' then
               coalesce(p_settings->'selector'->'names' ? p_name, true)
               and not exists (
                   select 1 from jsonb_each_text(coalesce(p_settings->'selector'->'matchLabels', '{}')) l
                    where position(',' || l.key || '=' || l.value || ',' in p_labels) = 0)
               and not exists (
                   select 1 from jsonb_array_elements(coalesce(p_settings->'selector'->'matchExpressions', '[]')) e
                    where not case e->>'operator'
                              when 'Exists' then position(',' || (e->>'key') || '=' in p_labels) > 0
                              when 'DoesNotExist' then position(',' || (e->>'key') || '=' in p_labels) = 0
                              else exists (
                                       select 1 from jsonb_array_elements_text(coalesce(e->'values', '[]')) v (value)
                                        where position(',' || (e->>'key') || '=' || v.value || ',' in p_labels) > 0)
                                   = (e->>'operator' = 'In') end)
           else coalesce(p_settings->'sessions' ? p_name, true) end
$$;
revoke execute on function wa.webhook_asks_for(jsonb, text, text) from public;

-- A webhook's newest replay in a session.
create table wa.webhook_replay (
    webhook_id  bigint      not null references wa.webhook (id) on delete cascade,
    session_id  bigint      not null,
    replay      bigint      not null, -- its number: of several sessions the same
    from_at     timestamptz not null,
    to_at       timestamptz not null, -- not of it itself
    failed      boolean     not null, -- only what was given up
    asked_at    timestamptz not null default now(),
    seq         bigint      not null default 0, -- all up to it are done
    last        bigint      not null, -- how far the webhook was when it was asked for: what is behind that is posted without it
    posted      bigint      not null default 0,
    refused     bigint      not null default 0,
    done_at     timestamptz,
    cancelled   boolean     not null default false,
    primary key (webhook_id, session_id)
) with (fillfactor = 70);
create index webhook_replay_session on wa.webhook_replay (session_id);

-- As in 0030.
create function wa.session_replays_forget() returns trigger language plpgsql as $$
begin
    delete from wa.webhook_replay where session_id = old.session_id;
    return null;
end $$;
create trigger session_replays_forget after delete on wa.session_owner for each row execute function wa.session_replays_forget();
revoke execute on function wa.session_replays_forget() from public;

grant select, update on wa.webhook_replay to wa_pod;
alter table wa.webhook_replay enable row level security;
do $$
declare mine text := $p$
    current_setting('wa.fenced', true) <> '' and webhook_replay.session_id = any ((select wa.fenced())::bigint[]) or
    exists (select 1 from wa.session_owner o
             where o.session_id = webhook_replay.session_id and o.pool_uid is not null
               and o.secret is not distinct from
                   (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0)
    $p$;
begin
    execute format('create policy own_sessions on wa.webhook_replay to wa_pod using (%1$s) with check (
                        (%1$s) and webhook_id in (select w.id from wa.webhook w))', mine);
end $$;

-- Begins a replay in the sessions of which the webhook has posted: in one of them, or in all.
-- Begun, NoSession: no such session of the tenant, Running: one of them has one already, or TooMany sessions.
create function wa.webhook_replay_begin(p_webhook bigint, p_tenants bigint[], p_namespace text, p_name text, p_from timestamptz,
                                        p_to timestamptz, p_failed boolean, p_limit int)
    returns table (outcome text, replay bigint, sessions bigint)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_tenant bigint; v_replay bigint; v_settings jsonb; v_chosen bigint[];
begin
    -- One at a time.
    select w.tenant_id, w.replays + 1, w.settings into v_tenant, v_replay, v_settings
      from wa.webhook w where w.id = p_webhook and w.tenant_id = any (p_tenants) for update;
    if not found or p_name is not null and not exists (
            select 1 from wa.session s
             where s.namespace = p_namespace and s.name = p_name and s.tenant_id = v_tenant and s.desired not in ('Retained', 'Deleting')) then
        return query select 'NoSession', 0::bigint, 0::bigint;
        return;
    end if;
    select coalesce(array_agg(x.id), '{}') into v_chosen from (
        select s.id from wa.session s
         where s.id in (select c.session_id from wa.webhook_cursor c where c.webhook_id = p_webhook and not p_failed
                        union all
                        select p.session_id from wa.webhook_parked p
                         where p.webhook_id = p_webhook and p.dead_at is not null and p.at >= p_from and p.at < p_to and p_failed)
           and s.tenant_id = v_tenant and s.desired not in ('Retained', 'Deleting')
           and (p_name is null or s.namespace = p_namespace and s.name = p_name)
           and wa.webhook_asks_for(v_settings, s.name, s.labels)
         limit least(greatest(p_limit, 1), 100000) + 1) x;
    if cardinality(v_chosen) > p_limit then
        return query select 'TooMany', 0::bigint, 0::bigint;
        return;
    end if;
    if exists (select 1 from wa.webhook_replay r
                where r.webhook_id = p_webhook and r.session_id = any (v_chosen) and r.done_at is null) then
        return query select 'Running', 0::bigint, 0::bigint;
        return;
    end if;
    delete from wa.webhook_replay r where r.webhook_id = p_webhook and r.session_id = any (v_chosen);
    insert into wa.webhook_replay (webhook_id, session_id, replay, from_at, to_at, failed, last)
    select p_webhook, x.id, v_replay, p_from, p_to, p_failed,
           case when p_failed
                then (select max(p.seq) from wa.webhook_parked p
                       where p.webhook_id = p_webhook and p.session_id = x.id and p.dead_at is not null)
                else (select c.seq from wa.webhook_cursor c where c.webhook_id = p_webhook and c.session_id = x.id) end
      from unnest(v_chosen) x (id);
    if cardinality(v_chosen) > 0 then
        update wa.webhook w set replays = v_replay where w.id = p_webhook;
    end if;
    return query select 'Begun', v_replay, cardinality(v_chosen)::bigint;
end $$;

-- How the replays of a webhook are, the newest first: each as long as no later one is of all its sessions.
create function wa.webhook_replays(p_webhook bigint, p_tenants bigint[], p_limit int)
    returns table (replay bigint, namespace text, name text, from_at timestamptz, to_at timestamptz, failed boolean, asked_at timestamptz,
                   sessions bigint, done bigint, posted bigint, refused bigint, cancelled boolean, done_at timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select r.replay, case when count(*) = 1 then min(s.namespace) end, case when count(*) = 1 then min(s.name) end,
           r.from_at, r.to_at, r.failed, min(r.asked_at), count(*), count(r.done_at), sum(r.posted)::bigint, sum(r.refused)::bigint,
           bool_or(r.cancelled), case when count(*) = count(r.done_at) then max(r.done_at) end
      from wa.webhook w
      join wa.webhook_replay r on r.webhook_id = w.id
      left join wa.session s on s.id = r.session_id
     where w.id = p_webhook and w.tenant_id = any (p_tenants)
     group by r.replay, r.from_at, r.to_at, r.failed
     order by r.replay desc limit least(greatest(p_limit, 1), 1000);
end $$;

-- Ends the replays of a webhook: owners post nothing more of them.
create function wa.webhook_replay_cancel(p_webhook bigint, p_tenants bigint[]) returns bigint
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_ended bigint;
begin
    update wa.webhook_replay r set done_at = now(), cancelled = true
      from wa.webhook w
     where w.id = p_webhook and w.tenant_id = any (p_tenants) and r.webhook_id = w.id and r.done_at is null;
    get diagnostics v_ended = row_count;
    return v_ended;
end $$;

-- The pods that post for a webhook now: each remembers what it posted last.
create function wa.webhook_pods(p_webhook bigint, p_tenants bigint[]) returns table (tenant_id bigint, pod_name text, pod_namespace text)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
    return query
    select w.tenant_id, l.pod_name, p.namespace
      from wa.webhook w
      join wa.webhook_report r on r.webhook_id = w.id
      join wa.shard_lease l on l.pool_uid = r.pool_uid and l.ordinal = r.ordinal and l.state = 'Held' and l.expires_at > wa.clock()
      join wa.pool p on p.uid = l.pool_uid
     where w.id = p_webhook and w.tenant_id = any (p_tenants) and l.pod_name <> '';
end $$;

revoke execute on function wa.webhook_replay_begin(bigint, bigint[], text, text, timestamptz, timestamptz, boolean, int),
    wa.webhook_replays(bigint, bigint[], int), wa.webhook_replay_cancel(bigint, bigint[]), wa.webhook_pods(bigint, bigint[]) from public;
grant execute on function wa.webhook_replay_begin(bigint, bigint[], text, text, timestamptz, timestamptz, boolean, int),
    wa.webhook_replays(bigint, bigint[], int), wa.webhook_replay_cancel(bigint, bigint[]), wa.webhook_pods(bigint, bigint[]) to wa_gateway;
