-- Which installation the schema belongs to. Another one that is given the same database, or a copy of it, is refused.
alter table wa.installation add column identity text;

-- Takes the schema for an installation when it belongs to none yet, or to the one that it replaces by the administrator's word.
-- Returns whose it is.
create function wa.installation_take(p_identity text, p_replaces text) returns text language sql as $$
    update wa.installation set identity = p_identity
     where identity is null or identity = p_replaces and identity is distinct from p_identity;
    select identity from wa.installation;
$$;
revoke execute on function wa.installation_take(text, text) from public;
