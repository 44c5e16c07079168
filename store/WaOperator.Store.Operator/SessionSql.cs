using Npgsql;

namespace WaOperator.Store.Operator;

internal static class SessionSql
{
    // One writer (the leader's term is pinned), so the look for a holder of the account cannot be overtaken.
    public const string Put = """
        insert into wa.session as s (uid, tenant_id, phone, namespace, name, pool_uid, desired, skip_unlink, pairing_method,
                                     device_name, pair_request, logout_at, labels, passkey_code, proxy_version, proxy_box_key, proxy_box,
                                     restore_request, history)
        select distinct on (wa.phone_account(w.phone)) w.uid, w.tenant_id, w.phone, w.namespace, w.name, w.pool_uid, w.desired, w.skip_unlink,
               w.pairing_method, w.device_name, w.pair_request, w.logout_at, w.labels, w.passkey_code,
               w.proxy_version, w.proxy_box_key, w.proxy_box, w.restore_request, w.history
          from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::timestamptz[], $13, $14, $15::text[], $16::bigint[], $17::bytea[], $18, $19) with ordinality
               w (uid, tenant_id, phone, namespace, name, pool_uid, desired, skip_unlink, pairing_method, device_name, pair_request,
                  logout_at, labels, passkey_code, proxy_version, proxy_box_key, proxy_box, restore_request, history, n)
         where not exists (select 1 from wa.session x where x.account = wa.phone_account(w.phone) and x.desired <> 'Retained' and x.uid <> w.uid)
         order by wa.phone_account(w.phone), w.n
        on conflict (tenant_id, account) do update set
               uid = excluded.uid, phone = excluded.phone, namespace = excluded.namespace, name = excluded.name, pool_uid = excluded.pool_uid,
               desired = excluded.desired, skip_unlink = excluded.skip_unlink, pairing_method = excluded.pairing_method,
               device_name = excluded.device_name, pair_request = excluded.pair_request,
               logout_at = excluded.logout_at, labels = excluded.labels, passkey_code = excluded.passkey_code,
               proxy_version = excluded.proxy_version, proxy_box_key = excluded.proxy_box_key, proxy_box = excluded.proxy_box,
               restore_request = excluded.restore_request, history = excluded.history,
               retained_at = null
         where (s.uid, s.phone, s.namespace, s.name, s.pool_uid, s.desired, s.skip_unlink, s.pairing_method, s.device_name, s.pair_request,
                s.logout_at, s.labels, s.passkey_code, s.proxy_version, s.proxy_box_key, s.restore_request, s.history) is distinct from (excluded.uid, excluded.phone, excluded.namespace, excluded.name, excluded.pool_uid, excluded.desired,
                   excluded.skip_unlink, excluded.pairing_method, excluded.device_name, excluded.pair_request, excluded.logout_at, excluded.labels,
                   excluded.passkey_code, excluded.proxy_version, excluded.proxy_box_key, excluded.restore_request, excluded.history)
        """;

    public static void Bind(NpgsqlCommand command, IReadOnlyList<SessionRow> sessions) =>
        command.With(
            sessions.Select(s => s.Uid).ToArray(),
            sessions.Select(s => s.TenantId).ToArray(),
            sessions.Select(s => s.Phone).ToArray(),
            sessions.Select(s => s.Namespace).ToArray(),
            sessions.Select(s => s.Name).ToArray(),
            sessions.Select(s => s.PoolUid).ToArray(),
            sessions.Select(s => s.Desired.ToString()).ToArray(),
            sessions.Select(s => s.SkipUnlink).ToArray(),
            sessions.Select(s => s.PairingMethod).ToArray(),
            sessions.Select(s => s.DeviceName).ToArray(),
            sessions.Select(s => s.PairRequest).ToArray(),
            sessions.Select(s => s.LogoutAt?.UtcDateTime).ToArray(),
            sessions.Select(s => s.Labels).ToArray(),
            sessions.Select(s => s.PasskeyCode).ToArray(),
            sessions.Select(s => s.Proxy?.Version).ToArray(),
            sessions.Select(s => s.Proxy?.BoxKey).ToArray(),
            sessions.Select(s => s.Proxy?.Box).ToArray(),
            sessions.Select(s => s.RestoreRequest).ToArray(),
            sessions.Select(s => s.History).ToArray()
        );
}
