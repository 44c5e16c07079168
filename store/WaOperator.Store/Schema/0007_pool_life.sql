-- The life of a pool: what its leases say outlives it. A lease row goes only when no session is owned under it and its holder can act
-- no more; until then a missing row is a damaged database and means held. What is left of it is its epoch, which never begins again.

-- How long the holder was promised its lease. The operator counts this time even when the lease's pool is not there any more.
alter table wa.shard_lease add column ttl interval not null default '10 s';

create table wa.lease_epoch (
    pool_uid text   not null,
    ordinal  int    not null,
    epoch    bigint not null,
    primary key (pool_uid, ordinal)
);

-- Earlier versions removed leases with their pool. An owner whose lease is missing gets it back, held by a process that does not
-- exist: the operator sees it stand still, gives its word, and the session can be claimed.
insert into wa.shard_lease (pool_uid, ordinal, epoch, state, expires_at)
select o.pool_uid, o.ordinal, max(o.lease_epoch), 'Held', clock_timestamp() + interval '10 s'
  from wa.session_owner o
 where o.pool_uid is not null
   and not exists (select 1 from wa.shard_lease l where l.pool_uid = o.pool_uid and l.ordinal = o.ordinal)
 group by 1, 2;

-- The rule is kept here for whoever deletes a row.
create function wa.lease_bury() returns trigger language plpgsql as $$
begin
    if not wa.lease_is_free(old) then
        raise exception using errcode = 'WAF02', message = format(
            'the lease of shard %s/%s (epoch %s, pod %s) is not over and cannot be removed', old.pool_uid, old.ordinal, old.epoch, old.pod_uid);
    end if;
    if exists (select 1 from wa.session_owner o where o.pool_uid = old.pool_uid and o.ordinal = old.ordinal) then
        raise exception using errcode = 'WAF02', message = format(
            'the lease of shard %s/%s cannot be removed while it owns sessions', old.pool_uid, old.ordinal);
    end if;
    insert into wa.lease_epoch as e (pool_uid, ordinal, epoch) values (old.pool_uid, old.ordinal, old.epoch)
    on conflict (pool_uid, ordinal) do update set epoch = greatest(e.epoch, excluded.epoch);
    return old;
end $$;
create trigger lease_bury before delete on wa.shard_lease for each row execute function wa.lease_bury();

-- Removes a pool with its leases and reports. False: something of it is owned or held, and nothing was removed.
create function wa.pool_remove(p_pool text) returns boolean language plpgsql as $$
begin
    -- Against lease_acquire, which holds the pool, and claims, which hold their own lease.
    perform 1 from wa.pool p where p.uid = p_pool for update;
    perform 1 from wa.shard_lease l where l.pool_uid = p_pool order by l.ordinal for update;
    if exists (select 1 from wa.session_owner o where o.pool_uid = p_pool)
       or exists (select 1 from wa.shard_lease l where l.pool_uid = p_pool and not wa.lease_is_free(l)) then
        return false;
    end if;
    delete from wa.shard_lease where pool_uid = p_pool;
    delete from wa.shard_report where pool_uid = p_pool;
    delete from wa.pool where uid = p_pool;
    return true;
end $$;

-- As in 0002, but: only a pool that is there has leases, an epoch continues where the last row of the shard ended, and the lock leaves
-- room for the one that a claim of this shard takes.
create or replace function wa.lease_acquire(p_pool text, p_ordinal int, p_pod_uid text, p_pod_name text, p_process uuid, p_ttl interval)
    returns table (epoch bigint, held_by text) language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare l wa.shard_lease;
begin
    -- A lock on the pool is more than a pod's role may do, hence the owner's rights.
    perform 1 from wa.pool p where p.uid = p_pool for key share;
    if not found then
        return query select null::bigint, '';
        return;
    end if;
    insert into wa.shard_lease (pool_uid, ordinal, epoch)
    values (p_pool, p_ordinal,
            coalesce((select e.epoch from wa.lease_epoch e where e.pool_uid = p_pool and e.ordinal = p_ordinal), 0))
    on conflict do nothing;
    select * into l from wa.shard_lease s where s.pool_uid = p_pool and s.ordinal = p_ordinal for no key update;
    -- A new process of the same pod follows at once: one pod never runs two processes of ours.
    if not (wa.lease_is_free(l) or l.pod_uid = p_pod_uid) then
        return query select null::bigint, l.pod_uid;
        return;
    end if;
    return query
        update wa.shard_lease s
           set epoch = l.epoch + 1, state = 'Held', pod_uid = p_pod_uid, pod_name = p_pod_name, process = p_process, ttl = p_ttl,
               counter = 0, expires_at = wa.clock() + p_ttl, lost_epoch = null, lost_counter = null, step_down_for = null
         where s.pool_uid = p_pool and s.ordinal = p_ordinal
        returning s.epoch, s.pod_uid;
end $$;

-- As in 0002, but for the lock, and that the promised time is kept.
create or replace function wa.lease_renew(p_pool text, p_ordinal int, p_epoch bigint, p_process uuid, p_ttl interval)
    returns table (outcome text, step_down boolean) language plpgsql as $$
declare was_live boolean; stepping boolean;
begin
    select s.expires_at > wa.clock() into was_live from wa.shard_lease s
     where s.pool_uid = p_pool and s.ordinal = p_ordinal and s.epoch = p_epoch and s.process = p_process and s.state = 'Held'
       for no key update;
    if not found then
        return query select 'Refused', false;
        return;
    end if;
    update wa.shard_lease s
       set counter = s.counter + 1, expires_at = wa.clock() + p_ttl, ttl = p_ttl, lost_epoch = null, lost_counter = null
     where s.pool_uid = p_pool and s.ordinal = p_ordinal
    returning s.step_down_for is not null and s.step_down_for <> s.pod_uid into stepping;
    return query select case when was_live then 'Renewed' else 'Retaken' end, stepping;
end $$;

-- As in 0002, but: an owner's lease that is missing is held, and the own lease cannot be removed until this commits.
create or replace function wa.session_claim(p_sessions bigint[], p_pool text, p_ordinal int, p_lease_epoch bigint)
    returns table (session_id bigint, epoch bigint, refusal text) language plpgsql as $$
declare o wa.session_owner; l wa.shard_lease; sid bigint; free boolean;
begin
    -- A key share conflicts with a removal alone, not with renewals nor with claims that look at this lease.
    perform 1 from wa.shard_lease s where s.pool_uid = p_pool and s.ordinal = p_ordinal
        and s.epoch = p_lease_epoch and s.state = 'Held' and s.expires_at > wa.clock() for key share;
    if not found then
        return query select x, null::bigint, 'NoLease' from unnest(p_sessions) x;
        return;
    end if;
    -- Leases first and in one order, then sessions in one order: neither two claims nor a claim and a group commit deadlock.
    perform 1 from wa.shard_lease s
      where (s.pool_uid, s.ordinal) in (select w.pool_uid, w.ordinal from wa.session_owner w where w.session_id = any (p_sessions))
        and (s.pool_uid, s.ordinal) <> (p_pool, p_ordinal)
      order by s.pool_uid, s.ordinal for no key update;
    for sid in select x from unnest(p_sessions) x order by x loop
        insert into wa.session_owner as w (session_id) select s.id from wa.session s where s.id = sid on conflict do nothing;
        select * into o from wa.session_owner w where w.session_id = sid for update;
        if not found or not exists (select 1 from wa.placement p
                                     where p.session_id = sid and p.pool_uid = p_pool and p.ordinal = p_ordinal) then
            return query select sid, null::bigint, 'NotPlaced';
            continue;
        end if;
        free := true;
        -- The own ordinal needs no look: this lease followed the older ones by lease_acquire's rules.
        if o.pool_uid is not null and (o.pool_uid, o.ordinal) <> (p_pool, p_ordinal) then
            select * into l from wa.shard_lease s where s.pool_uid = o.pool_uid and s.ordinal = o.ordinal for no key update;
            free := found and (l.epoch > o.lease_epoch or wa.lease_is_free(l));
            if free and l.epoch = o.lease_epoch and l.state = 'Held' then
                -- From here on the old holder's renewal is refused, so it cannot "take it again".
                update wa.shard_lease s set state = 'Revoked' where s.pool_uid = l.pool_uid and s.ordinal = l.ordinal;
            end if;
        end if;
        if not free then
            return query select sid, null::bigint, 'Held';
            continue;
        end if;
        return query
            update wa.session_owner w
               set epoch = w.epoch + 1, pool_uid = p_pool, ordinal = p_ordinal, lease_epoch = p_lease_epoch
             where w.session_id = sid
            returning w.session_id, w.epoch, null::text;
    end loop;
end $$;

revoke execute on function wa.pool_remove(text) from public;
