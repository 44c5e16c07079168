-- The proxy that a session goes through: its address, sealed to a key of the pods, and which one it is. Never a default: a session that
-- declares a proxy has a row only with one.
alter table wa.session
    add column proxy_version text,
    add column proxy_box_key bigint references wa.box_key (id),
    add column proxy_box     bytea,
    add check ((proxy_version is null) = (proxy_box is null) and (proxy_box is null) = (proxy_box_key is null));
alter table wa.session alter column proxy_box set storage external; -- encrypted: compressing it is time lost

-- Pods from before there were proxies would connect such a session directly. They say nothing of what they know, and do not see it: they
-- give it back, and it runs once its pod has been replaced.
create policy knows_proxies on wa.session as restrictive for select to wa_pod
    using (proxy_version is null or current_setting('wa.knows', true) = 'proxies');
