using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Webhooks;

/// <summary>Rows as the operator and pods write them.</summary>
internal static class WebhookRows
{
    /// <summary>A webhook; its key in the database.</summary>
    public static async Task<long> AddAsync(
        GatewayWorld world,
        long tenant,
        string name,
        string settings = """{"url":"https://crm.example.org/wa"}"""
    ) =>
        (long)
            (
                await world.SqlAsync(
                    $"""
                    with key as (insert into wa.box_key (public_key, private_box) values (decode(repeat('00', 32), 'hex'), '\x00') returning id)
                    insert into wa.webhook (tenant_id, namespace, name, uid, generation, settings, box_key, secrets, secrets_tag)
                    select {tenant}, 'ns', '{name}', 'uid-{name}', 1, '{settings}', k.id, '\x00', '\x00' from key k returning id
                    """
                )
            )!;

    /// <summary>A pod that posts for it.</summary>
    public static Task ReportAsync(GatewayWorld world, long webhook, int ordinal) =>
        world.SqlAsync(
            $"""
            insert into wa.webhook_report (webhook_id, pool_uid, ordinal, lease_epoch, backlog, parked, dead)
            select {webhook}, l.pool_uid, l.ordinal, l.epoch, 0, 0, 0 from wa.shard_lease l where l.ordinal = {ordinal}
            """
        );

    /// <summary>What it has posted of a session.</summary>
    public static Task CursorAsync(GatewayWorld world, long webhook, string session, long seq) =>
        world.SqlAsync(
            $"insert into wa.webhook_cursor (webhook_id, session_id, seq) select {webhook}, id, {seq} from wa.session where name = '{session}'"
        );
}
