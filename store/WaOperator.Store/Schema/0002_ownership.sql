-- The few statements on which "never two that act" rests. Each is one round trip and one row lock per lease.

-- May someone else act in place of this lease's holder? Either its holder ended it, or kubelet said that every container of
-- that pod terminated, or both clocks agree that it stood still.
create function wa.lease_is_free(l wa.shard_lease) returns boolean
    language sql volatile as $$
    select l.state <> 'Held'
        or coalesce(l.expires_at <= wa.clock() and l.lost_epoch = l.epoch and l.lost_counter = l.counter, false)
$$;

-- Takes the lease of an ordinal with a new epoch. epoch null: someone else still holds it.
create function wa.lease_acquire(p_pool text, p_ordinal int, p_pod_uid text, p_pod_name text, p_process uuid, p_ttl interval)
    returns table (epoch bigint, held_by text) language plpgsql as $$
declare l wa.shard_lease;
begin
    insert into wa.shard_lease (pool_uid, ordinal) values (p_pool, p_ordinal) on conflict do nothing;
    select * into l from wa.shard_lease s where s.pool_uid = p_pool and s.ordinal = p_ordinal for update;
    -- A new process of the same pod follows at once: one pod never runs two processes of ours.
    if not (wa.lease_is_free(l) or l.pod_uid = p_pod_uid) then
        return query select null::bigint, l.pod_uid;
        return;
    end if;
    return query
        update wa.shard_lease s
           set epoch = l.epoch + 1, state = 'Held', pod_uid = p_pod_uid, pod_name = p_pod_name, process = p_process,
               counter = 0, expires_at = wa.clock() + p_ttl, lost_epoch = null, lost_counter = null, step_down_for = null
         where s.pool_uid = p_pool and s.ordinal = p_ordinal
        returning s.epoch, s.pod_uid;
end $$;

-- 'Renewed'  it had not expired
-- 'Retaken'  it had lapsed, but no one took anything meanwhile (a take-over marks the row under its lock): continue
-- 'Refused'  taken, ended or released: drop everything and start empty with a new epoch
create function wa.lease_renew(p_pool text, p_ordinal int, p_epoch bigint, p_process uuid, p_ttl interval)
    returns table (outcome text, step_down boolean) language plpgsql as $$
declare was_live boolean; stepping boolean;
begin
    select s.expires_at > wa.clock() into was_live from wa.shard_lease s
     where s.pool_uid = p_pool and s.ordinal = p_ordinal and s.epoch = p_epoch and s.process = p_process and s.state = 'Held'
       for update;
    if not found then
        return query select 'Refused', false;
        return;
    end if;
    update wa.shard_lease s
       set counter = s.counter + 1, expires_at = wa.clock() + p_ttl, lost_epoch = null, lost_counter = null
     where s.pool_uid = p_pool and s.ordinal = p_ordinal
    returning s.step_down_for is not null and s.step_down_for <> s.pod_uid into stepping;
    return query select case when was_live then 'Renewed' else 'Retaken' end, stepping;
end $$;

create function wa.lease_release(p_pool text, p_ordinal int, p_epoch bigint, p_process uuid) returns boolean
    language sql as $$
    with gone as (
        update wa.shard_lease s set state = 'Released', expires_at = wa.clock()
         where s.pool_uid = p_pool and s.ordinal = p_ordinal and s.epoch = p_epoch and s.process = p_process and s.state = 'Held'
        returning 1)
    select exists (select 1 from gone)
$$;

-- Claims sessions for a shard that holds its lease. Per session: the new epoch, or why not:
-- 'NotPlaced' the placement names another shard, 'Held' the old owner may still act, 'NoLease' the caller's own lease is gone.
create function wa.session_claim(p_sessions bigint[], p_pool text, p_ordinal int, p_lease_epoch bigint)
    returns table (session_id bigint, epoch bigint, refusal text) language plpgsql as $$
declare o wa.session_owner; l wa.shard_lease; sid bigint; free boolean;
begin
    if not exists (select 1 from wa.shard_lease s where s.pool_uid = p_pool and s.ordinal = p_ordinal
                      and s.epoch = p_lease_epoch and s.state = 'Held' and s.expires_at > wa.clock()) then
        return query select x, null::bigint, 'NoLease' from unnest(p_sessions) x;
        return;
    end if;
    -- Leases first and in one order, then sessions in one order: neither two claims nor a claim and a group commit deadlock.
    perform 1 from wa.shard_lease s
      where (s.pool_uid, s.ordinal) in (select w.pool_uid, w.ordinal from wa.session_owner w where w.session_id = any (p_sessions))
        and (s.pool_uid, s.ordinal) <> (p_pool, p_ordinal)
      order by s.pool_uid, s.ordinal for update;
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
            select * into l from wa.shard_lease s where s.pool_uid = o.pool_uid and s.ordinal = o.ordinal for update;
            if found and l.epoch = o.lease_epoch then
                free := wa.lease_is_free(l);
                if free and l.state = 'Held' then
                    -- From here on the old holder's renewal is refused, so it cannot "take it again".
                    update wa.shard_lease s set state = 'Revoked' where s.pool_uid = l.pool_uid and s.ordinal = l.ordinal;
                end if;
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

-- Gives sessions back after they were closed and persisted. Fenced like every other write.
create function wa.session_release(p_sessions bigint[], p_epochs bigint[]) returns bigint
    language sql as $$
    with mine as (
        select w.session_id from wa.session_owner w
          join unnest(p_sessions, p_epochs) x (id, epoch) on x.id = w.session_id and x.epoch = w.epoch
         order by w.session_id for update of w),
    done as (
        update wa.session_owner w set pool_uid = null, ordinal = null, lease_epoch = null
          from mine where mine.session_id = w.session_id returning 1)
    select count(*) from done
$$;

-- The operator's fence: a new leader takes the next term; FOR SHARE in each of its writes conflicts with this update, so an
-- old leader's write commits before the new term exists or never.
create function wa.leader_begin(p_holder text) returns bigint
    language sql as $$
    update wa.installation set leader_term = leader_term + 1, leader_holder = p_holder returning leader_term
$$;
