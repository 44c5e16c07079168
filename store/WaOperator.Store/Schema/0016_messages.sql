-- Messages that can be written about by their id alone, that wait for their time, expire or are cancelled, and that carry what their
-- sender wants to have back. Pods of the former version read and write on: they leave the new columns empty, see only states that
-- they know among what waits (0 and 1), and refuse to show a message that is in another.

-- Keyed hash of the id of a message that was received, or sent by another device of the account; null for other events. What was
-- received before has none, and can be written about with its chat and sender.
alter table wa.session_event add column ref bytea;
create index session_event_ref on wa.session_event (session_id, ref) where ref is not null;

-- What else belongs to a message (metadata, when it expires, what was asked for), encrypted; and when a Scheduled one is to be queued.
alter table wa.session_outbox
    add column extra bytea,
    add column due_at timestamptz,
    drop constraint session_outbox_state_check,
    -- Scheduled, Queued, Encrypted, Acked, Failed, Expired, Cancelled. Not checked for what is there: it was within 0 and 3.
    add constraint session_outbox_state_check check (state between -1 and 5) not valid;
alter table wa.session_outbox alter column extra set storage external;
create index session_outbox_due on wa.session_outbox (session_id, due_at) where state = -1;
