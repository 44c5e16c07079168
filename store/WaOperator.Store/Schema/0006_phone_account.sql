-- Two numbers can be one WhatsApp account: in Brazil, Mexico and Argentina mobile numbers are written with and without a prefix.
-- One account has one session in an installation, and a retained row is adopted by any form of its number.

-- The same as PhoneNumber.Account of WaOperator.Domain, which a test compares it with.
create function wa.phone_account(phone text) returns text
    language sql immutable strict parallel safe as $$
    select case
        when phone ~ '^55[0-9]{2}9[016-9][0-9]{7}$' then left(phone, 4) || substr(phone, 6)
        when phone ~ '^5(21|49)[0-9]{10}$' then left(phone, 2) || substr(phone, 4)
        else phone
    end
$$;

-- Rows that were one account all along under two numbers: the one that is in use stays. The others are retained under a text that is
-- not a number: their keys are kept, nothing adopts them, and their resources are told of the conflict.
with candidates as (
    select s.id, s.tenant_id, s.desired, wa.phone_account(s.phone) as account,
           row_number() over (order by s.desired in ('Active', 'Stopped') desc, s.desired = 'Deleting' desc,
                                       coalesce(t.paired, false) desc, t.last_connected_at desc nulls last, s.id) as place
      from wa.session s left join wa.session_state t on t.session_id = s.id),
losers as (
    select c.id from candidates c
     where exists (select 1 from candidates b
                    where b.account = c.account and b.place < c.place and (b.tenant_id = c.tenant_id or c.desired <> 'Retained'))),
unplaced as (delete from wa.placement p using losers l where p.session_id = l.id)
update wa.session s set desired = 'Retained', phone = s.phone || '#' || s.id
  from losers l where l.id = s.id;

alter table wa.session add column account text not null generated always as (wa.phone_account(phone)) stored;
drop index wa.session_one_active_phone;
create unique index session_one_active_account on wa.session (account) where desired <> 'Retained';
-- The narrower rule on (tenant_id, phone) stays for an operator of the former version.
create unique index session_one_account_of_tenant on wa.session (tenant_id, account);

grant execute on function wa.phone_account(text) to wa_pod;
