-- A session can be asked to take its device off the phone and stay. By times, not by marks: what was asked for before the present device was
-- linked, as by a resource out of a backup, takes it off no more.
alter table wa.session add column logout_at timestamptz;       -- devices that were linked before are to go; null: none
alter table wa.session_state add column logout_served timestamptz
    check (logout_served between '1900-01-01 00:00+00' and '9000-01-01 00:00+00'); -- what was asked for until then is done with

-- Pods of the version before do not say so when they link a device.
create function wa.logout_is_served() returns trigger language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    new.logout_served := greatest(old.logout_served, wa.clock());
    return new;
end $$;
create trigger logout_is_served before update on wa.session_state for each row
    when (new.paired and not old.paired and new.logout_served is not distinct from old.logout_served)
    execute function wa.logout_is_served();
