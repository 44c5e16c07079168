-- Files that tenants uploaded: where WhatsApp's media hosts have them and the key that opens them, encrypted. The files themselves are
-- never here. Files that came with messages need no row: the journal has what opens them.
create table wa.session_media (
    session_id  bigint      not null,
    id          bytea       not null, -- random
    created_at  timestamptz not null default now(),
    expires_at  timestamptz not null,
    key_version int         not null,
    ciphertext  bytea       not null,
    primary key (session_id, id)
);
alter table wa.session_media alter column ciphertext set storage external; -- encrypted: compressing it is time lost
create index session_media_expiry on wa.session_media (session_id, expires_at);

-- As wa.session_forget in 0004, by a trigger of its own: what others add there is not lost here.
create function wa.session_media_forget() returns trigger language plpgsql as $$
begin
    delete from wa.session_media where session_id = old.session_id;
    return null;
end $$;
create trigger session_media_forget after delete on wa.session_owner for each row execute function wa.session_media_forget();
revoke execute on function wa.session_media_forget() from public;

grant select, insert, delete on wa.session_media to wa_pod;

-- As own_sessions of 0010.
alter table wa.session_media enable row level security;
create policy own_sessions on wa.session_media to wa_pod using (
    current_setting('wa.fenced', true) <> '' and session_media.session_id = any ((select wa.fenced())::bigint[]) or
    exists (select 1 from wa.session_owner o
             where o.session_id = session_media.session_id and o.pool_uid is not null
               and o.secret is not distinct from
                   (select sha256(convert_to(nullif(current_setting('wa.process', true), ''), 'UTF8'))) offset 0));
