-- What a session's journal last told its tenant of its state: a move between pods, after which it is as it was, is no news to him.
alter table wa.session_state add column told text not null default ''; -- PHASE/REASON; empty: nothing yet
