-- The contract between the operator and the session pods. Rules for later migrations: first expand, later contract;
-- a pod waits for at least the version that it needs and must run with the next one.
--
-- Who writes what:
--   operator (owner of the schema)   pool, tenant, session, placement, and its word about leases
--   pods     (role wa_pod)           shard_lease, session_owner, session_key, session_state, session_pairing, shard_report, tenant_key

-- Every lease decision asks this one clock, so that a test can make it jump.
create function wa.clock() returns timestamptz
    language sql volatile as $$ select clock_timestamp() $$;

create table wa.installation (
    only_row               boolean primary key default true check (only_row),
    -- Fingerprint of the master key, written by the first pod; a pod with another key refuses to start.
    master_key_fingerprint bytea,
    -- Fencing token of the operator's leader: every write of the operator names its term, a stale term fails.
    leader_term            bigint not null default 0,
    leader_holder          text
);
insert into wa.installation default values;

-- ---------------------------------------------------------------- desired state: the operator's projection of the resources

create table wa.pool (
    uid       text primary key,
    namespace text  not null,
    name      text  not null,
    settings  jsonb not null
);

create table wa.tenant (
    id        bigint generated always as identity primary key,
    namespace text    not null,
    name      text    not null,
    suspended boolean not null default false,
    settings  jsonb   not null default '{}',
    unique (namespace, name)
);

create table wa.session (
    id             bigint generated always as identity primary key,
    tenant_id      bigint  not null references wa.tenant (id),
    phone          text    not null,
    namespace      text    not null,
    name           text    not null,
    -- UID of the resource; the row outlives it only when it is Retained, and is adopted by tenant and phone.
    uid            text    not null,
    pool_uid       text,
    desired        text    not null check (desired in ('Active', 'Stopped', 'Deleting', 'Retained')),
    skip_unlink    boolean not null default false,
    pairing_method text    not null default 'QR' check (pairing_method in ('QR', 'Code')),
    device_name    text    not null default 'WaOperator',
    -- Value of the pair annotation; a new value asks for a new round of pairing codes.
    pair_request   text    not null default '',
    unique (tenant_id, phone)
);
-- One phone has one session in an installation, whoever its tenant is; a retained row does not count.
create unique index session_one_active_phone on wa.session (phone) where desired <> 'Retained';
create index session_by_resource on wa.session (namespace, name);

create table wa.placement (
    session_id bigint primary key references wa.session (id) on delete cascade,
    pool_uid   text not null,
    ordinal    int  not null check (ordinal >= 0),
    reason     text not null
);
create index placement_by_shard on wa.placement (pool_uid, ordinal);

-- ---------------------------------------------------------------- ownership

create table wa.shard_lease (
    pool_uid       text   not null,
    ordinal        int    not null check (ordinal >= 0),
    epoch          bigint not null default 0,
    state          text   not null default 'Released' check (state in ('Held', 'Released', 'Ended', 'Revoked')),
    pod_uid        text   not null default '',
    pod_name       text   not null default '',
    process        uuid   not null default '00000000-0000-0000-0000-000000000000',
    counter        bigint not null default 0,
    expires_at     timestamptz not null default '-infinity',
    -- The operator's word that this (epoch, counter) stood still for a full TTL on its own clock. A lease is taken over
    -- only when the database's clock says so too: neither clock alone moves anything.
    lost_epoch     bigint,
    lost_counter   bigint,
    -- UID of a newer pod of the same ordinal that waits; the holder obeys by releasing.
    step_down_for  text,
    primary key (pool_uid, ordinal)
);
alter table wa.shard_lease set (fillfactor = 50); -- renewed every two seconds: keep the updates HOT

create table wa.session_owner (
    session_id  bigint primary key references wa.session (id) on delete cascade,
    epoch       bigint not null default 0,
    pool_uid    text,          -- null: nobody owns the session
    ordinal     int,
    lease_epoch bigint
);
create index session_owner_by_shard on wa.session_owner (pool_uid, ordinal);

-- ---------------------------------------------------------------- a session's state, written by its owner alone and fenced by its epoch

create table wa.tenant_key (
    tenant_id bigint not null references wa.tenant (id) on delete cascade,
    version   int    not null,
    wrapped   bytea  not null,   -- the tenant's key, wrapped by the master key
    primary key (tenant_id, version)
);

create table wa.session_key (
    session_id  bigint not null references wa.session (id) on delete cascade,
    kind        text   not null,
    id          text   not null,
    key_version int    not null,
    ciphertext  bytea  not null,
    primary key (session_id, kind, id)
);

create table wa.session_state (
    session_id        bigint primary key references wa.session (id) on delete cascade,
    epoch             bigint not null,
    pool_uid          text   not null,
    ordinal           int    not null,
    pod_name          text   not null,
    phase             text   not null,
    reason            text   not null default '',
    message           text   not null default '',
    paired            boolean not null default false,
    phone             text,
    jid               text,
    lid               text,
    platform          text,
    last_connected_at timestamptz,
    reconnects        int    not null default 0,
    pair_request      text   not null default '',
    -- Change feed: a reader asks for rows with changed >= the oldest transaction that ran at its previous look, so a
    -- transaction that commits late is never missed (a sequence would miss it).
    changed           xid8   not null default pg_current_xact_id()
);
create index session_state_changed on wa.session_state (changed);

-- The current code only, for at most a minute, removed after pairing: not worth a write-ahead log, nor a place in a backup.
create unlogged table wa.session_pairing (
    session_id bigint primary key,
    epoch      bigint not null,
    kind       text   not null check (kind in ('QR', 'Code')),
    code       text   not null,
    number     int    not null,
    total      int    not null,
    expires_at timestamptz not null,
    changed    xid8   not null default pg_current_xact_id()
);
create index session_pairing_changed on wa.session_pairing (changed);

create table wa.shard_report (
    pool_uid     text   not null,
    ordinal      int    not null,
    lease_epoch  bigint not null,
    sessions     int    not null,
    connected    int    not null,
    memory_bytes bigint not null,
    reported_at  timestamptz not null,
    primary key (pool_uid, ordinal)
);
alter table wa.shard_report set (fillfactor = 50);
