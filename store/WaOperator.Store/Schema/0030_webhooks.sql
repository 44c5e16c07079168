-- Webhooks: where a tenant's events are posted to. A webhook is a cursor over the journals of its sessions, not a queue: while its endpoint
-- is away, nothing is written for it. Pods of the version before post nothing.

-- The key that secrets are sealed to, on their way from the operator to the pods. The first pod makes it.
create table wa.box_key (
    id          bigint      generated always as identity primary key,
    public_key  bytea       not null check (octet_length(public_key) = 32),
    private_box bytea       not null check (octet_length(private_box) <= 1024), -- encrypted with the master key
    created_at  timestamptz not null default now()
);

create table wa.webhook (
    id              bigint      generated always as identity primary key,
    tenant_id       bigint      not null references wa.tenant (id) on delete cascade,
    namespace       text        not null,
    name            text        not null,
    uid             text        not null, -- of the resource
    generation      bigint      not null, -- of the resource
    settings        jsonb       not null, -- what pods act on
    box_key         bigint      not null references wa.box_key (id),
    secrets         bytea       not null, -- sealed to that key
    secrets_tag     bytea       not null, -- which secrets they are, to who knows them: a box differs each time
    created_at      timestamptz not null default now(), -- what came before is not posted, unless it starts at the earliest
    disabled_at     timestamptz,          -- by a pod: its endpoint said that it is gone, or failed for too long
    disabled_reason text check (length(disabled_reason) <= 1024),
    unique (namespace, name)
);
create index webhook_tenant on wa.webhook (tenant_id);

-- Counts changes of webhooks: pods look at this one row, and at webhooks when it has changed.
create table wa.webhook_change (
    only_row boolean primary key default true check (only_row),
    version  bigint  not null
);
insert into wa.webhook_change (version) values (1);
create function wa.webhook_changed() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update wa.webhook_change set version = version + 1;
    return null;
end $$;
create trigger webhook_changed after insert or update or delete on wa.webhook for each statement execute function wa.webhook_changed();
revoke execute on function wa.webhook_changed() from public;

-- How far a webhook is in a session's journal. No row: nothing was done yet, and where it begins follows from the webhook.
create table wa.webhook_cursor (
    webhook_id bigint not null references wa.webhook (id) on delete cascade,
    session_id bigint not null,
    seq        bigint not null, -- all up to it are done, or parked
    primary key (webhook_id, session_id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
create index webhook_cursor_session on wa.webhook_cursor (session_id);

-- Events that their endpoint refuses while it takes others.
create table wa.webhook_parked (
    webhook_id  bigint      not null references wa.webhook (id) on delete cascade,
    session_id  bigint      not null,
    seq         bigint      not null,
    chat        bigint,               -- as in wa.session_event
    attempts    int         not null, -- so far
    parked_at   timestamptz not null default now(),
    due_at      timestamptz,          -- of the next try; null: there is none, it is dead
    dead_at     timestamptz,
    error       text        not null check (length(error) <= 1024),
    type        text        not null,
    key_version int         not null,
    ciphertext  bytea       not null, -- the entry of the journal, which may be pruned before
    at          timestamptz not null, -- of that entry
    primary key (webhook_id, session_id, seq)
);
alter table wa.webhook_parked alter column ciphertext set storage external; -- encrypted: compressing it is time lost
create index webhook_parked_due on wa.webhook_parked (session_id, due_at);
create index webhook_parked_dead on wa.webhook_parked (session_id, dead_at) where dead_at is not null;

-- What pods count, for the operator to show.
create table wa.webhook_report (
    webhook_id      bigint      not null references wa.webhook (id) on delete cascade,
    pool_uid        text        not null,
    ordinal         int         not null,
    lease_epoch     bigint      not null,
    backlog         bigint      not null check (backlog >= 0),
    oldest_at       timestamptz check (oldest_at between '1900-01-01 00:00+00' and '9000-01-01 00:00+00'),
    parked          bigint      not null check (parked >= 0),
    dead            bigint      not null check (dead >= 0),
    failing_since   timestamptz check (failing_since between '1900-01-01 00:00+00' and '9000-01-01 00:00+00'),
    last_success_at timestamptz check (last_success_at between '1900-01-01 00:00+00' and '9000-01-01 00:00+00'),
    last_error      text        check (length(last_error) <= 1024),
    last_error_at   timestamptz check (last_error_at between '1900-01-01 00:00+00' and '9000-01-01 00:00+00'),
    reported_at     timestamptz not null default now(),
    primary key (webhook_id, pool_uid, ordinal)
);

-- As wa.session_forget in 0004, by a trigger of its own: what others add there is not lost here.
create function wa.session_webhooks_forget() returns trigger language plpgsql as $$
begin
    delete from wa.webhook_cursor where session_id = old.session_id;
    delete from wa.webhook_parked where session_id = old.session_id;
    return null;
end $$;
create trigger session_webhooks_forget after delete on wa.session_owner for each row execute function wa.session_webhooks_forget();
revoke execute on function wa.session_webhooks_forget() from public;

-- Pools end while no pod of theirs runs that could remove its reports.
create function wa.pool_webhooks_forget() returns trigger language plpgsql as $$
begin
    delete from wa.webhook_report where pool_uid = old.uid;
    return null;
end $$;
create trigger pool_webhooks_forget after delete on wa.pool for each row execute function wa.pool_webhooks_forget();
revoke execute on function wa.pool_webhooks_forget() from public;

-- The newest key that secrets are sealed to; the caller's own where there is none yet.
create function wa.box_key_offer(p_public bytea, p_box bytea) returns table (id bigint, public_key bytea, private_box bytea)
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    if not (pg_has_role(session_user, current_user, 'member')
            or exists (select 1 from wa.shard_lease l where l.state = 'Held' and wa.is_caller(l.secret))) then
        raise insufficient_privilege using message = 'the caller holds no lease';
    end if;
    perform pg_advisory_xact_lock(1703, 1);
    if not exists (select 1 from wa.box_key) then
        insert into wa.box_key (public_key, private_box) values (p_public, p_box);
    end if;
    return query select k.id, k.public_key, k.private_box from wa.box_key k order by k.id desc;
end $$;

-- A pod disables a webhook of a tenant of whom it runs a session, as it is described now; not if any pod posted to it since p_unless.
create function wa.webhook_disable(p_webhook bigint, p_generation bigint, p_reason text, p_unless timestamptz) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_tenant bigint;
begin
    select w.tenant_id into v_tenant from wa.webhook w
     where w.id = p_webhook and w.generation = p_generation and w.disabled_at is null for update;
    if not found then
        return false;
    end if;
    perform wa.serves_tenant(v_tenant);
    if exists (select 1 from wa.webhook_report r where r.webhook_id = p_webhook and r.last_success_at > p_unless) then
        return false;
    end if;
    update wa.webhook w set disabled_at = now(), disabled_reason = left(p_reason, 1024) where w.id = p_webhook;
    return true;
end $$;
revoke execute on function wa.box_key_offer(bytea, bytea), wa.webhook_disable(bigint, bigint, text, timestamptz) from public;
grant execute on function wa.box_key_offer(bytea, bytea), wa.webhook_disable(bigint, bigint, text, timestamptz) to wa_pod;

grant select on wa.webhook, wa.webhook_change to wa_pod;
grant select, insert, update, delete on wa.webhook_cursor, wa.webhook_parked, wa.webhook_report to wa_pod;

-- As in 0010 and 0013.
alter table wa.webhook enable row level security;
create policy own_tenants on wa.webhook for select to wa_pod using (tenant_id in (select wa.tenants_of_caller()));
do $$
declare t text;
    fenced text := 'current_setting(''wa.fenced'', true) <> '''' and %s = any ((select wa.fenced())::bigint[]) or ';
    mine text := $p$
    exists (select 1 from wa.session_owner o
             where o.session_id = %s and o.pool_uid is not null
               and o.secret is not distinct from
                   (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0)
    $p$;
begin
    foreach t in array array['webhook_cursor', 'webhook_parked'] loop
        execute format('alter table wa.%I enable row level security', t);
        -- Rows are for webhooks of the caller's tenants alone.
        execute format('create policy own_sessions on wa.%I to wa_pod using (%2$s) with check (
                            (%2$s) and webhook_id in (select w.id from wa.webhook w))',
                       t, format(fenced || mine, t || '.session_id', t || '.session_id'));
    end loop;
end $$;
alter table wa.webhook_report enable row level security;
do $$
declare held text := $p$
    exists (select 1 from wa.shard_lease l
             where l.pool_uid = webhook_report.pool_uid and l.ordinal = webhook_report.ordinal and l.state = 'Held'
               and l.secret is not distinct from
                   (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0)
    $p$;
begin
    execute format('create policy own_shard on wa.webhook_report to wa_pod using (%1$s) with check (
                        (%1$s) and webhook_id in (select w.id from wa.webhook w))', held);
end $$;
