-- A group commit whose answer was lost has a fate that its owner can ask for. Each one exchanges the token of its shard, last before it
-- commits: it comes through only while the token is the one that the former commit left. Who asks exchanges the token, too, unless the
-- commit did: from then on the commit can never come through, wherever it is held up.
--
-- A table of its own: the row is locked as long as a group commit lasts, and the lease's renewal must not wait for that.

create table wa.shard_commit (
    pool_uid    text   not null,
    ordinal     int    not null,
    lease_epoch bigint not null,
    secret      bytea,
    token       uuid   not null,
    primary key (pool_uid, ordinal)
) with (fillfactor = 50);

-- Goes with the lease; but who removes a pool does not wait for a commit of it that hangs. A row that stays is of an epoch that is over.
create function wa.commit_forget() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    delete from wa.shard_commit c using (
        select x.pool_uid, x.ordinal from wa.shard_commit x
         where x.pool_uid = old.pool_uid and x.ordinal = old.ordinal for update skip locked) mine
     where c.pool_uid = mine.pool_uid and c.ordinal = mine.ordinal;
    return null;
end $$;
create trigger commit_forget after delete on wa.shard_lease for each row execute function wa.commit_forget();

-- The first of a tenure, or after another one came between; what is on its way with an earlier token fails.
create function wa.commit_begin(p_pool text, p_ordinal int, p_lease_epoch bigint, p_token uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    insert into wa.shard_commit as c (pool_uid, ordinal, lease_epoch, secret, token)
    select l.pool_uid, l.ordinal, l.epoch, l.secret, p_token from wa.shard_lease l
     where l.pool_uid = p_pool and l.ordinal = p_ordinal and l.epoch = p_lease_epoch and wa.is_caller(l.secret)
    on conflict (pool_uid, ordinal) do update
       set lease_epoch = excluded.lease_epoch, secret = excluded.secret, token = excluded.token
     where c.lease_epoch <= excluded.lease_epoch;
    if not found then
        raise exception using errcode = 'WAF03', message = 'the lease is held by another process';
    end if;
end $$;

-- The commit that calls it comes through only if no other did since the one that left p_was.
create function wa.commit_exchange(p_pool text, p_ordinal int, p_lease_epoch bigint, p_was uuid, p_token uuid) returns void
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
begin
    update wa.shard_commit c set token = p_token
     where c.pool_uid = p_pool and c.ordinal = p_ordinal and c.lease_epoch = p_lease_epoch and c.token = p_was and wa.is_caller(c.secret);
    if not found then
        raise exception using errcode = 'WAF03', message = 'the shard''s commits have another token';
    end if;
end $$;

-- Whether the commit from p_was to p_token came through; if not, it never will: the token is p_void now. Waits for a commit that is
-- under way. The row is written in either case, so that the answer is durable wherever what it tells of is.
create function wa.commit_ask(p_pool text, p_ordinal int, p_lease_epoch bigint, p_was uuid, p_token uuid, p_void uuid) returns boolean
    language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare v_token uuid;
begin
    update wa.shard_commit c set token = case c.token when p_was then p_void else c.token end
     where c.pool_uid = p_pool and c.ordinal = p_ordinal and c.lease_epoch = p_lease_epoch and c.token in (p_was, p_token, p_void)
       and wa.is_caller(c.secret)
    returning c.token into v_token;
    if not found then
        raise exception using errcode = 'WAF03', message = 'the shard''s commits have another token';
    end if;
    return v_token = p_token;
end $$;

revoke execute on function wa.commit_begin(text, int, bigint, uuid), wa.commit_exchange(text, int, bigint, uuid, uuid),
    wa.commit_ask(text, int, bigint, uuid, uuid, uuid) from public;
grant execute on function wa.commit_begin(text, int, bigint, uuid), wa.commit_exchange(text, int, bigint, uuid, uuid),
    wa.commit_ask(text, int, bigint, uuid, uuid, uuid) to wa_pod;
