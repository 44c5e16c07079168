-- The keys of a linked device that were wiped: kept for a while, encrypted as they were, so that a person can have them restored. One archive
-- a session, the newest. A session that was never wiped has no row here.
create table wa.session_archive (
    session_id  bigint      primary key,
    archived_at timestamptz not null default now(),
    phone       text check (length(phone) <= 256), -- what its owner reported of the device
    jid         text check (length(jid) <= 1024),
    lid         text check (length(lid) <= 1024),
    platform    text check (length(platform) <= 1024)
);

-- Rows of wa.session_key (name is empty) and of wa.session_record (kind and id are). They refer to no other table, as in 0004.
create table wa.session_key_archive (
    session_id  bigint not null,
    kind        text   not null,
    id          text   not null,
    name        bytea  not null,
    key_version int    not null,
    ciphertext  bytea  not null,
    primary key (session_id, kind, id, name)
);
alter table wa.session_key_archive alter column ciphertext set storage external; -- encrypted: compressing it is time lost

-- Value of the annotation that asks for a restore, and the one that was answered last.
alter table wa.session add column restore_request text not null default '';
alter table wa.session_state add column restore_request text not null default '' check (length(restore_request) <= 4096);

-- As wa.session_forget in 0004, by a trigger of its own.
create function wa.session_archive_forget() returns trigger language plpgsql as $$
begin
    delete from wa.session_archive where session_id = old.session_id;
    delete from wa.session_key_archive where session_id = old.session_id;
    return null;
end $$;
create trigger session_archive_forget after delete on wa.session_owner for each row execute function wa.session_archive_forget();
revoke execute on function wa.session_archive_forget() from public;

grant select, insert, update, delete on wa.session_archive, wa.session_key_archive to wa_pod;

-- As own_sessions of 0010.
do $$
declare t text;
begin
    foreach t in array array['session_archive', 'session_key_archive'] loop
        execute format('alter table wa.%I enable row level security', t);
        execute format($p$create policy own_sessions on wa.%1$I to wa_pod using (
            current_setting('wa.fenced', true) <> '' and %1$I.session_id = any ((select wa.fenced())::bigint[]) or
            exists (select 1 from wa.session_owner o
                     where o.session_id = %1$I.session_id and o.pool_uid is not null
                       and o.secret is not distinct from
                           (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0))$p$, t);
    end loop;
end $$;
