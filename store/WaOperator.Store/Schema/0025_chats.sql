-- What tenants list beside the journal: chats, who is known, who got a message, and a chat's part of the journal. All of it is written
-- by the session's owner in the group commit of the rows that it follows from. A session from before starts with none of it: nothing
-- is made of entries that are there already. Pods of the former version read and write on, and add nothing to it.

-- The first 8 bytes of the keyed hash of the chat of a message that was received, sent or refused; null for other events. Two chats of
-- a session may have the same: which one it is stands in the entry.
alter table wa.session_event add column chat bigint;
create index session_event_chat on wa.session_event (session_id, chat, seq) where chat is not null;

-- Chats, by a keyed hash of their address. Rewritten with each message, hence room in the pages for updates in place, and no index on
-- what changes: a list sorts.
create table wa.session_chat (
    session_id  bigint      not null,
    chat        bytea       not null,
    last_at     timestamptz not null, -- of the last message
    unread      int         not null,
    key_version int         not null,
    ciphertext  bytea       not null, -- its address and the id of the last message
    primary key (session_id, chat)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
alter table wa.session_chat alter column ciphertext set storage external; -- encrypted: compressing it is time lost

-- What is known of accounts (0) and groups (1), by the same hash. Written when it is news: the tag is a keyed hash of what it says.
create table wa.session_contact (
    session_id  bigint   not null,
    contact     bytea    not null,
    kind        smallint not null,
    tag         bigint   not null,
    key_version int      not null,
    ciphertext  bytea    not null, -- addresses and name
    at          timestamptz not null default now(),
    primary key (session_id, contact)
);
alter table wa.session_contact alter column ciphertext set storage external;

-- Who got, read and played a message of the outbox: message is its seq there, participant a keyed hash.
create table wa.session_receipt (
    session_id   bigint not null,
    message      bigint not null,
    participant  bytea  not null,
    delivered_at timestamptz,
    read_at      timestamptz,
    played_at    timestamptz,
    key_version  int    not null,
    ciphertext   bytea  not null, -- the participant's address
    primary key (session_id, message, participant)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
alter table wa.session_receipt alter column ciphertext set storage external;

-- Writes contacts that are new or say something else than before.
create function wa.contacts_put(p_sessions bigint[], p_contacts bytea[], p_kinds smallint[], p_tags bigint[], p_versions int[], p_boxes bytea[])
    returns void language plpgsql
    -- One plan for good, which looks each row up by its key however the tables grow.
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
    insert into wa.session_contact as c (session_id, contact, kind, tag, key_version, ciphertext)
    select w.* from unnest(p_sessions, p_contacts, p_kinds, p_tags, p_versions, p_boxes) w (session_id, contact, kind, tag, version, box)
     where not exists (select 1 from wa.session_contact x
                        where x.session_id = w.session_id and x.contact = w.contact and x.tag = w.tag)
    on conflict (session_id, contact) do update set
           tag = excluded.tag, key_version = excluded.key_version, ciphertext = excluded.ciphertext, at = excluded.at;
end $$;

-- Notes who got messages of the outbox; what was noted once stays. At most 1,024 participants of a message.
create function wa.receipts_put(p_sessions bigint[], p_ids text[], p_participants bytea[], p_delivered timestamptz[], p_read timestamptz[],
                                p_played timestamptz[], p_versions int[], p_boxes bytea[])
    returns void language plpgsql
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
    insert into wa.session_receipt as r (session_id, message, participant, delivered_at, read_at, played_at, key_version, ciphertext)
    select n.session_id, n.message, n.participant, n.delivered, n.read, n.played, n.version, n.box
      from (select v.*,
                   -- Those that are there are counted once for a message, however many come.
                   v.place + max(case when v.place = 1 then
                       (select count(*) from (select 1 from wa.session_receipt k where k.session_id = v.session_id and k.message = v.message
                                               limit 1024) c) end) over (partition by v.session_id, v.message) as place_in_all
              from (select u.*, o.seq as message, row_number() over (partition by u.session_id, o.seq) as place
                      from unnest(p_sessions, p_ids, p_participants, p_delivered, p_read, p_played, p_versions, p_boxes)
                           u (session_id, id, participant, delivered, read, played, version, box)
                      cross join lateral (select x.seq from wa.session_outbox x where x.session_id = u.session_id and x.id = u.id) o) v) n
     where n.place_in_all <= 1024
        or exists (select 1 from wa.session_receipt k
                    where k.session_id = n.session_id and k.message = n.message and k.participant = n.participant)
    on conflict (session_id, message, participant) do update set
           delivered_at = coalesce(r.delivered_at, excluded.delivered_at),
           read_at = coalesce(r.read_at, excluded.read_at),
           played_at = coalesce(r.played_at, excluded.played_at)
     where r.delivered_at is null and excluded.delivered_at is not null or r.read_at is null and excluded.read_at is not null
        or r.played_at is null and excluded.played_at is not null;
end $$;

-- A page of a session's chats, the last message first, with what is known of each. Whose the session is, is asked once and not for each
-- of its chats, as row security would.
create function wa.chats_page(p_session bigint, p_at timestamptz, p_chat bytea, p_limit int)
    returns table (chat bytea, last_at timestamptz, unread int, key_version int, ciphertext bytea, contact_version int, contact bytea)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan set jit = off as $$
begin
    if not exists (select 1 from wa.session_owner o
                    where o.session_id = p_session and o.pool_uid is not null and wa.is_caller(o.secret)) then
        return;
    end if;
    return query
    select c.chat, c.last_at, c.unread, c.key_version, c.ciphertext, n.key_version, n.ciphertext
      from (select x.* from wa.session_chat x
             where x.session_id = p_session and (p_at is null or (x.last_at, x.chat) < (p_at, p_chat))
             order by x.last_at desc, x.chat desc limit least(greatest(p_limit, 1), 1000)) c
      left join wa.session_contact n on n.session_id = p_session and n.contact = c.chat
     order by c.last_at desc, c.chat desc;
end $$;
revoke execute on function wa.chats_page(bigint, timestamptz, bytea, int) from public;
grant execute on function wa.chats_page(bigint, timestamptz, bytea, int) to wa_pod;

-- As wa.session_forget in 0004, by a trigger of its own: what others add there is not lost here.
create function wa.session_chats_forget() returns trigger language plpgsql as $$
begin
    delete from wa.session_chat where session_id = old.session_id;
    delete from wa.session_contact where session_id = old.session_id;
    delete from wa.session_receipt where session_id = old.session_id;
    return null;
end $$;
create trigger session_chats_forget after delete on wa.session_owner for each row execute function wa.session_chats_forget();
revoke execute on function wa.session_chats_forget() from public;

grant select, insert, update, delete on wa.session_chat, wa.session_contact, wa.session_receipt to wa_pod;

-- As own_sessions of 0010.
do $$
declare t text;
begin
    foreach t in array array['session_chat', 'session_contact', 'session_receipt'] loop
        execute format('alter table wa.%I enable row level security', t);
        execute format($p$create policy own_sessions on wa.%1$I to wa_pod using (
            current_setting('wa.fenced', true) <> '' and %1$I.session_id = any ((select wa.fenced())::bigint[]) or
            exists (select 1 from wa.session_owner o
                     where o.session_id = %1$I.session_id and o.pool_uid is not null
                       and o.secret is not distinct from
                           (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0))$p$, t);
    end loop;
end $$;
