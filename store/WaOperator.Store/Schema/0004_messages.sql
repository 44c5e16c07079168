-- Messages: what a session needs to continue with its conversations, what it tells its owner, and what it has to send. All of it is
-- written by the session's owner alone, in its group commits. Only tables are added: pods of the former version continue.
--
-- No table here refers to wa.session: a check at every row would cost more than the row. The owner row does, every write holds it,
-- and its end takes the rest with it (wa.session_forget below).

-- Signal sessions, sender keys, device lists, ... Rewritten with each message, hence room in the pages for updates in place.
-- name: keyed hash of kind and id, which hold phone numbers.
create table wa.session_record (
    session_id  bigint not null,
    key_version int    not null,
    name        bytea  not null,
    ciphertext  bytea  not null,
    primary key (session_id, name)
) with (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 1);
alter table wa.session_record alter column ciphertext set storage external; -- encrypted: compressing it is time lost

-- The session's own journal: seq counts from 1 without gaps, and is the cursor of whoever follows it.
create table wa.session_event (
    session_id  bigint      not null,
    seq         bigint      not null,
    at          timestamptz not null default now(),
    key_version int         not null,
    type        text        not null,
    ciphertext  bytea       not null,
    primary key (session_id, seq)
);
alter table wa.session_event alter column ciphertext set storage external;

-- Up to which event the journal has been pruned: a number is never given twice, and a follower learns what it missed.
create table wa.session_pruned (
    session_id bigint primary key,
    seq        bigint not null
);

-- Inbound messages that were handled, by a keyed hash of chat, sender and id. The week stands first in the key, so that what is too
-- old is found without another index.
create table wa.session_handled (
    session_id bigint not null,
    week       int    not null, -- weeks since 1970
    message    bytea  not null,
    primary key (session_id, week, message)
);

-- Outbound messages, sent in the order of seq. Pending ones have no settled_at; the index finds both them and the old ones, and an
-- update from Queued to Encrypted touches no index.
create table wa.session_outbox (
    session_id     bigint      not null,
    seq            bigint      generated always as identity,
    queued_at      timestamptz not null default now(),
    settled_at     timestamptz,
    state          smallint    not null check (state between 0 and 3), -- Queued, Encrypted, Acked, Failed
    body_version   int         not null,
    detail_version int         not null,
    id             text        not null,
    body           bytea       not null, -- chat and content
    detail         bytea,                -- while Encrypted the stanza, once Failed the reason
    primary key (session_id, id)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
alter table wa.session_outbox alter column body set storage external;
alter table wa.session_outbox alter column detail set storage external;
create index session_outbox_order on wa.session_outbox (session_id, settled_at, seq);

-- The first statement of every group commit: pins the owner rows of all its sessions until the commit, against any claim. One that
-- someone else owns by now fails the whole group, which then commits again without it; so no other statement need ask.
create function wa.fence(p_sessions bigint[], p_epochs bigint[]) returns void
    language plpgsql set plan_cache_mode = force_custom_plan as $$
declare mine bigint[];
begin
    select coalesce(array_agg(x.session_id), '{}') into mine from (
        select o.session_id from wa.session_owner o
          join unnest(p_sessions, p_epochs) w (id, epoch) on w.id = o.session_id and w.epoch = o.epoch
         order by o.session_id for share of o) x;
    if cardinality(mine) <> cardinality(p_sessions) then
        raise exception using errcode = 'WAF01', message = (
            select string_agg(s::text, ',') from unnest(p_sessions) s where s <> all (mine));
    end if;
end $$;

-- After the owner row, whose end waits for every write that holds it: nothing of the session can come after this.
create function wa.session_forget() returns trigger language plpgsql as $$
begin
    delete from wa.session_record where session_id = old.session_id;
    delete from wa.session_event where session_id = old.session_id;
    delete from wa.session_pruned where session_id = old.session_id;
    delete from wa.session_handled where session_id = old.session_id;
    delete from wa.session_outbox where session_id = old.session_id;
    return null;
end $$;
create trigger session_forget after delete on wa.session_owner for each row execute function wa.session_forget();

-- SHA-256 of the tenant's API keys, which have more entropy than anybody can try.
alter table wa.tenant add column api_keys bytea[] not null default '{}';
create index tenant_by_api_key on wa.tenant using gin (api_keys);

grant select on wa.session_record, wa.session_event, wa.session_pruned, wa.session_handled, wa.session_outbox to wa_pod;
grant insert, update, delete on wa.session_record, wa.session_pruned, wa.session_outbox to wa_pod;
grant insert, delete on wa.session_event, wa.session_handled to wa_pod;
grant execute on function wa.fence(bigint[], bigint[]) to wa_pod;
