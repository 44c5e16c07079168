-- How much of its account's past a session takes when it is linked.
alter table wa.session add column history text not null default 'None' check (history in ('None', 'Recent', 'Full'));

-- How far that is: percent of the recent part and of what lies further back that the phone has given, null where it has given nothing; parts
-- that could not be read; messages that were stored.
alter table wa.session_state
    add column history smallint check (history between 0 and 100),
    add column history_full smallint check (history_full between 0 and 100),
    add column history_lost int not null default 0,
    add column history_kept int not null default 0;

-- Messages from before a session was linked, as its phone gave them. Not in the journal: they are no news, in no order, and come once more
-- in other parts. What came live is in the journal and counts more: who reads leaves out here what is there. Pods of the former version
-- write nothing here, and show none of it.
create table wa.session_past (
    session_id  bigint      not null,
    ref         bytea       not null, -- as in wa.session_event: a keyed hash of the message's id
    chat        bigint      not null, -- as in wa.session_event
    seq         bigint      not null generated always as identity, -- tells messages of one second apart
    at          timestamptz not null, -- when it was sent
    key_version int         not null,
    ciphertext  bytea       not null,
    primary key (session_id, ref, chat)
);
alter table wa.session_past alter column ciphertext set storage external; -- encrypted: compressing it is time lost
create index session_past_chat on wa.session_past (session_id, chat, at desc, seq);
create index session_past_at on wa.session_past (session_id, at);

grant select, insert, delete on wa.session_past to wa_pod;

-- As own_sessions of 0010.
alter table wa.session_past enable row level security;
create policy own_sessions on wa.session_past to wa_pod using (
    current_setting('wa.fenced', true) <> '' and session_past.session_id = any ((select wa.fenced())::bigint[]) or
    exists (select 1 from wa.session_owner o
             where o.session_id = session_past.session_id and o.pool_uid is not null
               and o.secret is not distinct from
                   (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0));

-- As in 0025, by a trigger of its own.
create function wa.session_past_forget() returns trigger language plpgsql as $$
begin
    delete from wa.session_past where session_id = old.session_id;
    return null;
end $$;
create trigger session_past_forget after delete on wa.session_owner for each row execute function wa.session_past_forget();
revoke execute on function wa.session_past_forget() from public;

-- Adds messages of the past that are not there yet, neither live nor from before, as long as the session has room for them. What the
-- session itself sent is found by its id.
create function wa.past_put(p_sessions bigint[], p_refs bytea[], p_chats bigint[], p_at timestamptz[], p_versions int[], p_boxes bytea[],
                            p_own text[], p_most int)
    returns void language plpgsql
    -- As wa.contacts_put of 0025.
    set plan_cache_mode = force_generic_plan set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off set jit = off as $$
begin
    with put as (
    insert into wa.session_past (session_id, ref, chat, at, key_version, ciphertext)
    select w.session_id, w.ref, w.chat, w.at, w.version, w.box
      from unnest(p_sessions, p_refs, p_chats, p_at, p_versions, p_boxes, p_own) w (session_id, ref, chat, at, version, box, own)
     where not exists (select 1 from wa.session_state t where t.session_id = w.session_id and t.history_kept >= p_most)
       and not exists (select 1 from wa.session_event e where e.session_id = w.session_id and e.ref = w.ref and e.chat = w.chat)
       and (w.own is null or not exists (select 1 from wa.session_outbox o where o.session_id = w.session_id and o.id = w.own))
    on conflict do nothing
    returning session_id),
    kept as (select p.session_id, count(*)::int as more from put p group by p.session_id)
    update wa.session_state t set history_kept = t.history_kept + k.more from kept k where t.session_id = k.session_id;
end $$;
