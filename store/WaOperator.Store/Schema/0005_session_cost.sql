-- What placement is told of memory: per session what its owner counts for it, in coarse steps, so that a session at rest causes
-- no write; per shard the sum, beside the process's own memory.

create table wa.session_cost (
    session_id bigint primary key references wa.session (id) on delete cascade,
    epoch      bigint not null,
    bytes      bigint not null check (bytes >= 0),
    active_at  timestamptz not null,
    changed    xid8   not null default pg_current_xact_id() -- the change feed, as in session_state
);
create index session_cost_changed on wa.session_cost (changed);

alter table wa.shard_report add column cost_bytes bigint not null default 0;

grant select, insert, update on wa.session_cost to wa_pod;
