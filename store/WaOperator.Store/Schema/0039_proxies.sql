-- The proxy that a session goes through: its address, sealed to a key of the pods, and which one it is. Never a default: a session that
-- declares a proxy has a row only with one.
alter table wa.session
    add column proxy_version text,
    add column proxy_box_key bigint references wa.box_key (id),
    add column proxy_box     bytea,
    add check ((proxy_version is null) = (proxy_box is null) and (proxy_box is null) = (proxy_box_key is null));
alter table wa.session alter column proxy_box set storage external; -- encrypted: compressing it is time lost
