-- How chats are shown on all devices of the account, as far as their changes were seen (the account's state). A table of its own: a chat
-- may be muted before its first message. Pods of the former version write nothing here; what changes while they run is not known.

create table wa.session_chat_flag (
    session_id  bigint      not null,
    chat        bytea       not null, -- as in wa.session_chat
    archived    boolean,              -- null: not known
    pinned      boolean,
    unread      boolean,              -- marked by a person, which is not the count of messages
    muted       boolean,
    muted_until timestamptz,          -- of a muted chat; null: for ever
    at          timestamptz not null default now(),
    primary key (session_id, chat)
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);

grant select, insert, update, delete on wa.session_chat_flag to wa_pod;

-- As own_sessions of 0010.
alter table wa.session_chat_flag enable row level security;
create policy own_sessions on wa.session_chat_flag to wa_pod using (
    current_setting('wa.fenced', true) <> '' and session_chat_flag.session_id = any ((select wa.fenced())::bigint[]) or
    exists (select 1 from wa.session_owner o
             where o.session_id = session_chat_flag.session_id and o.pool_uid is not null
               and o.secret is not distinct from
                   (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0));

-- As in 0025, by a trigger of its own.
create function wa.session_chat_flags_forget() returns trigger language plpgsql as $$
begin
    delete from wa.session_chat_flag where session_id = old.session_id;
    return null;
end $$;
create trigger session_chat_flags_forget after delete on wa.session_owner for each row execute function wa.session_chat_flags_forget();
revoke execute on function wa.session_chat_flags_forget() from public;

-- As in 0025, and how each chat is shown; behind the columns that pods of the former version read.
drop function wa.chats_page(bigint, timestamptz, bytea, int);
create function wa.chats_page(p_session bigint, p_at timestamptz, p_chat bytea, p_limit int)
    returns table (chat bytea, last_at timestamptz, unread int, key_version int, ciphertext bytea, contact_version int, contact bytea,
                   archived boolean, pinned boolean, marked_unread boolean, muted boolean, muted_until timestamptz)
    language plpgsql stable security definer set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan set jit = off as $$
begin
    if not exists (select 1 from wa.session_owner o
                    where o.session_id = p_session and o.pool_uid is not null and wa.is_caller(o.secret)) then
        return;
    end if;
    return query
    select c.chat, c.last_at, c.unread, c.key_version, c.ciphertext, n.key_version, n.ciphertext,
           f.archived, f.pinned, f.unread, f.muted, f.muted_until
      from (select x.* from wa.session_chat x
             where x.session_id = p_session and (p_at is null or (x.last_at, x.chat) < (p_at, p_chat))
             order by x.last_at desc, x.chat desc limit least(greatest(p_limit, 1), 1000)) c
      left join wa.session_contact n on n.session_id = p_session and n.contact = c.chat
      left join wa.session_chat_flag f on f.session_id = p_session and f.chat = c.chat
     order by c.last_at desc, c.chat desc;
end $$;
revoke execute on function wa.chats_page(bigint, timestamptz, bytea, int) from public;
grant execute on function wa.chats_page(bigint, timestamptz, bytea, int) to wa_pod;
