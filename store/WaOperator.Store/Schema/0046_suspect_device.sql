-- What the owner found wrong with the device's stored address when it logged in: the code of a reason (empty: nothing), and its details.
alter table wa.session_state
    add column suspect text not null default '' check (length(suspect) <= 64),
    add column suspect_detail text not null default '' check (length(suspect_detail) <= 512);
