-- Broadcasts: one message to many recipients, which the session's owner puts into the outbox a few at a time. Only tables are added, and
-- pods of the former version leave them alone: a broadcast waits while such a pod has its session.

create table wa.session_broadcast (
    session_id  bigint      not null,
    id          text        not null,
    state       smallint    not null check (state between 0 and 5), -- Created, Running, Paused, Stopped, Finished, Cancelled
    reason      text        not null default '',                    -- of Stopped, in a word
    recipients  int         not null default 0,
    created_at  timestamptz not null default now(),
    changed_at  timestamptz not null default now(),
    started_at  timestamptz,                                        -- first: its first days are counted from here
    settled_before int      not null default 0,                     -- recipients that were settled when it was last started or resumed,
    failed_before  int      not null default 0,                     -- and those that had failed: their share is counted from there
    untold      boolean     not null default false,                 -- an event is to say what state it has
    key_version int         not null,
    ciphertext  bytea       not null,                               -- name, message, pacing
    primary key (session_id, id)
);
alter table wa.session_broadcast alter column ciphertext set storage external; -- encrypted: compressing it is time lost
-- A new owner looks for these alone; nearly no session has any.
create index session_broadcast_active on wa.session_broadcast (session_id) where state = 1 or untold;

-- One at a time: all of them write from one account.
create unique index session_broadcast_one_runs on wa.session_broadcast (session_id) where state = 1;

-- Each recipient once: message is the id of the message to it, a keyed hash of broadcast and recipient. While the message is in the outbox,
-- its state there says more than the one here (wa.broadcast_state).
create table wa.session_broadcast_recipient (
    session_id  bigint   not null,
    message     text     not null,
    broadcast   text     not null,
    seq         bigint   generated always as identity,
    state       smallint not null default 0 check (state between 0 and 6), -- Pending, Queued, Sent, Delivered, Read, Failed, Skipped
    reason      text     not null default '',                              -- of Skipped, in a word
    key_version int      not null,
    ciphertext  bytea    not null,                                         -- address and variables
    primary key (session_id, message)
) with (fillfactor = 80);
alter table wa.session_broadcast_recipient alter column ciphertext set storage external;
create index session_broadcast_recipient_order on wa.session_broadcast_recipient (session_id, broadcast, seq);
create index session_broadcast_recipient_open on wa.session_broadcast_recipient (session_id, broadcast, state, seq) where state < 2;

-- How far a recipient's message has come: p_state where the outbox has none. A recipient may be skipped while its message is being queued.
create function wa.broadcast_state(p_session bigint, p_state smallint, p_outbox smallint, p_seq bigint) returns smallint
    language sql stable as $$
    select case when p_outbox is null then p_state
                when p_outbox < 2 then 1::smallint
                when p_outbox = 2 then coalesce(
                    (select case when bool_or(t.read_at is not null or t.played_at is not null) then 4
                                 when bool_or(t.delivered_at is not null) then 3 end
                       from wa.session_receipt t where t.session_id = p_session and t.message = p_seq), 2)::smallint
                when p_outbox = 5 then 6::smallint
                else 5::smallint end
$$;

-- Whose the session is, is asked once and not for each row, as row security would.
create function wa.broadcast_counts(p_session bigint, p_broadcast text) returns table (state smallint, recipients bigint)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan set jit = off as $$
begin
    if not exists (select 1 from wa.session_owner o
                    where o.session_id = p_session and o.pool_uid is not null and wa.is_caller(o.secret)) then
        return;
    end if;
    return query
    select s.state, count(*) from (
        select wa.broadcast_state(p_session, r.state, o.state, o.seq) as state
          from wa.session_broadcast_recipient r
          left join wa.session_outbox o on o.session_id = p_session and o.id = r.message
         where r.session_id = p_session and r.broadcast = p_broadcast) s
     group by s.state;
end $$;

create function wa.broadcast_page(p_session bigint, p_broadcast text, p_after bigint, p_limit int)
    returns table (seq bigint, message text, state smallint, reason text, key_version int, ciphertext bytea)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan set jit = off as $$
begin
    if not exists (select 1 from wa.session_owner o
                    where o.session_id = p_session and o.pool_uid is not null and wa.is_caller(o.secret)) then
        return;
    end if;
    return query
    select r.seq, r.message, s.state, case when s.state = 6 then r.reason else '' end, r.key_version, r.ciphertext
      from (select x.* from wa.session_broadcast_recipient x
             where x.session_id = p_session and x.broadcast = p_broadcast and x.seq > p_after
             order by x.seq limit least(greatest(p_limit, 1), 1000)) r
      left join wa.session_outbox o on o.session_id = p_session and o.id = r.message
     cross join lateral (select wa.broadcast_state(p_session, r.state, o.state, o.seq) as state) s
     order by r.seq;
end $$;
revoke execute on function wa.broadcast_state(bigint, smallint, smallint, bigint), wa.broadcast_counts(bigint, text),
    wa.broadcast_page(bigint, text, bigint, int) from public;
grant execute on function wa.broadcast_state(bigint, smallint, smallint, bigint), wa.broadcast_counts(bigint, text),
    wa.broadcast_page(bigint, text, bigint, int) to wa_pod;

-- Adds recipients that are not there yet, all or none. Behind the fence, with the caller's rights.
create function wa.broadcast_add(p_session bigint, p_broadcast text, p_messages text[], p_versions int[], p_boxes bytea[], p_most int)
    returns table (state smallint, added int, total int) language plpgsql as $$
declare b wa.session_broadcast; v_added int;
begin
    select * into b from wa.session_broadcast x where x.session_id = p_session and x.id = p_broadcast for update;
    if not found then
        return;
    end if;
    select count(*) into v_added from unnest(p_messages) m (id)
     where not exists (select 1 from wa.session_broadcast_recipient r where r.session_id = p_session and r.message = m.id);
    -- Asked again for those that are there, nothing is refused.
    if v_added > 0 and (b.state in (4, 5) or b.recipients + v_added > p_most) then
        return query select b.state, null::int, b.recipients;
        return;
    end if;
    insert into wa.session_broadcast_recipient (session_id, message, broadcast, key_version, ciphertext)
    select p_session, m.id, p_broadcast, m.version, m.box
      from unnest(p_messages, p_versions, p_boxes) with ordinality m (id, version, box, place) order by m.place
    on conflict do nothing;
    update wa.session_broadcast x set recipients = x.recipients + v_added, changed_at = now()
     where x.session_id = p_session and x.id = p_broadcast and v_added > 0;
    return query select b.state, v_added, b.recipients + v_added;
end $$;
revoke execute on function wa.broadcast_add(bigint, text, text[], int[], bytea[], int) from public;
grant execute on function wa.broadcast_add(bigint, text, text[], int[], bytea[], int) to wa_pod;

-- As wa.session_forget in 0004, by a trigger of its own: what others add there is not lost here.
create function wa.session_broadcasts_forget() returns trigger language plpgsql as $$
begin
    delete from wa.session_broadcast where session_id = old.session_id;
    delete from wa.session_broadcast_recipient where session_id = old.session_id;
    return null;
end $$;
create trigger session_broadcasts_forget after delete on wa.session_owner
    for each row execute function wa.session_broadcasts_forget();
revoke execute on function wa.session_broadcasts_forget() from public;

grant select, insert, update, delete on wa.session_broadcast, wa.session_broadcast_recipient to wa_pod;

-- As own_sessions of 0010.
do $$
declare t text;
begin
    foreach t in array array['session_broadcast', 'session_broadcast_recipient'] loop
        execute format('alter table wa.%I enable row level security', t);
        execute format($p$create policy own_sessions on wa.%1$I to wa_pod using (
            current_setting('wa.fenced', true) <> '' and %1$I.session_id = any ((select wa.fenced())::bigint[]) or
            exists (select 1 from wa.session_owner o
                     where o.session_id = %1$I.session_id and o.pool_uid is not null
                       and o.secret is not distinct from
                           (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0))$p$, t);
    end loop;
end $$;
