-- What an account's passkey is to sign, and the code that is compared after it, are shown as pairing codes are.
alter table wa.session_pairing drop constraint session_pairing_kind_check;
alter table wa.session_pairing add check (kind in ('QR', 'Code', 'Passkey', 'PasskeyCode'));
alter table wa.session_pairing drop constraint session_pairing_code_check;
alter table wa.session_pairing add check (octet_length(code) between 1 and 32768);

-- Whether a person compares a code when the account's passkey is used.
alter table wa.session add column passkey_code text not null default 'Auto' check (passkey_code in ('Auto', 'Compare'));
