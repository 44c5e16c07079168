using Npgsql;
using WaOperator.Store.Operator;

namespace WaOperator.Store.Tests;

/// <summary>What the operator stores of webhooks, what it reads of them, and what pods may do to their rows.</summary>
public sealed class WebhooksTests
{
    private static readonly byte[] PublicKey = [.. Enumerable.Repeat((byte)7, 32)];

    [Fact]
    public async Task A_webhook_is_stored_once_and_seen_as_stored()
    {
        await using var world = await StoreWorld.CreateAsync();
        var row = await RowAsync(world);
        (await See(world, row)).ShouldBe(new WebhookSight(null, null));
        (await world.Desired.PutWebhookAsync(row, null)).ShouldBeFalse("it has no secrets yet");
        var secrets = await SecretsAsync(world);
        var seen = await See(world, row);
        seen.Key!.Public.ShouldBe(PublicKey);

        (await world.Desired.PutWebhookAsync(row, secrets)).ShouldBeTrue();

        var before = (await See(world, row)).Before!;
        before.TenantName.ShouldBe("acme");
        before.Is(row, secrets).ShouldBeTrue();
        before.Is(row, null).ShouldBeTrue();
        before.Is(row with { Generation = 2 }, secrets).ShouldBeFalse();
        before.Is(row with { Uid = "other" }, secrets).ShouldBeFalse();
        before.Is(row, secrets with { Tag = [9] }).ShouldBeFalse();
        before.Is(row, secrets with { BoxKey = 9 }).ShouldBeFalse();
        before.Is(row, secrets with { Box = [9] }).ShouldBeTrue("a box differs each time");
        var changed = row with { Settings = row.Settings with { Paused = true } };
        (await See(world, changed)).Before!.Is(changed, secrets).ShouldBeFalse();
    }

    [Fact]
    public async Task Without_its_secrets_it_is_paused_at_most_and_another_generation_ends_what_a_pod_disabled()
    {
        await using var world = await StoreWorld.CreateAsync();
        var row = await RowAsync(world);
        var secrets = await SecretsAsync(world);
        await world.Desired.PutWebhookAsync(row, secrets);
        await SqlAsync(
            world,
            "update wa.webhook set disabled_at = now(), disabled_reason = 'gone'"
        );
        await SqlAsync(
            world,
            "insert into wa.webhook_cursor (webhook_id, session_id, seq) select id, 1, 5 from wa.webhook"
        );

        await world.Desired.PutWebhookAsync(row, secrets with { Box = [5], Tag = [5] });
        (await ReportAsync(world)).DisabledReason.ShouldBe("gone");

        // Secrets of one address are not posted to another.
        var next = row with
        {
            Generation = 2,
            Settings = row.Settings with { Paused = true, Url = "https://other.example/" },
        };
        (await world.Desired.PutWebhookAsync(next, null)).ShouldBeTrue();
        var before = (await See(world, next)).Before!;
        (before.IsPaused, before.Generation, before.HasSettings).ShouldBe((true, 1, false));
        before.Is(next, null).ShouldBeTrue();
        (await ReportAsync(world)).DisabledReason.ShouldBe("gone");

        await world.Desired.PutWebhookAsync(next, secrets);
        var report = await ReportAsync(world);
        (report.Generation, report.DisabledAt, report.DisabledReason).ShouldBe((2, null, null));
        (await See(world, next)).Before!.Is(next, secrets).ShouldBeTrue();
        (await CountAsync(world, "wa.webhook_cursor")).ShouldBe(1);
    }

    [Fact]
    public async Task Another_resource_or_tenant_of_the_name_starts_afresh()
    {
        await using var world = await StoreWorld.CreateAsync();
        var row = await RowAsync(world);
        var secrets = await SecretsAsync(world);
        foreach (
            var next in new[]
            {
                row with
                {
                    Uid = "uid-2",
                },
                row with
                {
                    Uid = "uid-2",
                    TenantId = await world.Desired.PutTenantAsync(new("ns", "globex", false, "{}")),
                },
            }
        )
        {
            await world.Desired.PutWebhookAsync(row, secrets);
            await SqlAsync(
                world,
                "insert into wa.webhook_cursor (webhook_id, session_id, seq) select id, 1, 5 from wa.webhook on conflict do nothing"
            );
            await world.Desired.PutWebhookAsync(next, secrets);
            (await CountAsync(world, "wa.webhook_cursor")).ShouldBe(0);
            row = next;
        }
        (await world.Desired.PutWebhookAsync(row with { Uid = "uid-3" }, null)).ShouldBeFalse();
        (await CountAsync(world, "wa.webhook")).ShouldBe(0);
    }

    [Fact]
    public async Task Only_the_row_of_the_resource_is_removed_and_pods_look_again_only_then()
    {
        await using var world = await StoreWorld.CreateAsync();
        var row = await RowAsync(world);
        await world.Desired.PutWebhookAsync(row, await SecretsAsync(world));
        var stored = (await new ObservedStore(world.Admin).ReadWebhooksAsync()).Single();
        stored.ShouldBe(new StoredWebhook("ns", "crm", "uid-1"));
        var version = await VersionAsync(world);

        (await world.Desired.RemoveWebhookAsync("ns", "crm", "uid-2")).ShouldBeFalse();
        (await VersionAsync(world)).ShouldBe(version);
        (await world.Desired.RemoveWebhookAsync("ns", "crm")).ShouldBeTrue();
        (await VersionAsync(world)).ShouldBeGreaterThan(version);
        (await CountAsync(world, "wa.webhook")).ShouldBe(0);
    }

    [Fact]
    public async Task Reports_are_added_up_and_those_of_former_leases_do_not_count()
    {
        await using var world = await StoreWorld.CreateAsync();
        await world.Desired.PutWebhookAsync(await RowAsync(world), await SecretsAsync(world));
        (await ReportAsync(world)).Backlog.ShouldBeNull();
        var (a, b) = (await world.AcquireAsync(0, "pod-a"), await world.AcquireAsync(1, "pod-b"));
        await ReportedAsync(world, 0, a.Epoch, backlog: 3, at: "2026-01-01 10:00Z", error: "503");
        await ReportedAsync(
            world,
            1,
            b.Epoch,
            backlog: 4,
            at: "2026-01-01 11:00Z",
            error: "timeout"
        );
        await ReportedAsync(world, 2, 1, backlog: 100, at: "2026-01-01 09:00Z", error: "old");

        var report = await ReportAsync(world);
        (report.Backlog, report.Parked, report.Dead).ShouldBe((7, 2, 4));
        report.OldestAt.ShouldBe(new DateTimeOffset(2026, 1, 1, 10, 0, 0, TimeSpan.Zero));
        report.FailingSince.ShouldBe(report.OldestAt);
        report.LastSuccessAt.ShouldBe(new DateTimeOffset(2026, 1, 1, 11, 0, 0, TimeSpan.Zero));
        (report.LastError, report.LastErrorAt).ShouldBe(("timeout", report.LastSuccessAt));

        await ReportedAsync(world, 1, b.Epoch - 1, backlog: 4, at: "2026-01-01 11:00Z", error: "x");
        (await ReportAsync(world)).Backlog.ShouldBe(3);
    }

    [Fact]
    public async Task Counts_of_a_shard_that_is_down_count_a_minute_longer_and_cannot_overflow()
    {
        await using var world = await StoreWorld.CreateAsync();
        await world.Desired.PutWebhookAsync(await RowAsync(world), await SecretsAsync(world));
        var (a, b) = (await world.AcquireAsync(0, "pod-a"), await world.AcquireAsync(1, "pod-b"));
        await ReportedAsync(world, 0, a.Epoch, long.MaxValue, "2026-01-01 10:00Z", "503");
        await ReportedAsync(world, 1, b.Epoch, long.MaxValue, "2026-01-01 10:00Z", "503");
        (await ReportAsync(world)).Backlog.ShouldBe(long.MaxValue);

        await SqlAsync(world, "update wa.shard_lease set state = 'Ended' where ordinal = 1");
        await SqlAsync(world, "update wa.webhook_report set backlog = 5");
        (await ReportAsync(world)).Backlog.ShouldBe(10);
        await SqlAsync(
            world,
            "update wa.webhook_report set reported_at = reported_at - interval '2 minutes'"
        );
        (await ReportAsync(world)).Backlog.ShouldBe(5);
    }

    [Fact]
    public async Task A_pod_reads_the_webhooks_of_its_tenants_and_writes_none()
    {
        await using var scene = await RoleScene.CreateAsync();
        var secrets = await SecretsAsync(scene.World);
        foreach (var tenant in new[] { "mine", "theirs" })
            await scene.World.Desired.PutWebhookAsync(
                new("ns", tenant, tenant, await scene.TenantAsync(tenant), 1, Settings),
                secrets
            );
        (await scene.CountAsync(scene.Mine, "webhook")).ShouldBe(1);
        (await scene.CountAsync(scene.Stranger, "webhook")).ShouldBe(0);
        foreach (
            var write in new[]
            {
                "update wa.webhook set settings = '{}'",
                "delete from wa.webhook",
                "insert into wa.webhook (tenant_id, namespace, name, uid, generation, settings, box_key, secrets, secrets_tag) select tenant_id, namespace, 'more', uid, 1, settings, box_key, secrets, secrets_tag from wa.webhook",
                "update wa.webhook_change set version = 0",
                "insert into wa.box_key (public_key, private_box) values (repeat('x', 32)::bytea, 'x')",
                "select private_box from wa.box_key",
                "insert into wa.webhook_report (webhook_id, pool_uid, ordinal, lease_epoch, backlog, parked, dead) select id, 'pool-1', 1, 1, 0, 0, 0 from wa.webhook",
            }
        )
            (await RefusedAsync(scene.Mine, write)).ShouldBe("42501", write);
    }

    private static WebhookSettings Settings =>
        new() { Url = "https://crm.example.org/wa", Events = ["message.*"] };

    private static async Task<WebhookRow> RowAsync(StoreWorld world) =>
        new(
            "ns",
            "crm",
            "uid-1",
            await world.Desired.PutTenantAsync(new("ns", "acme", false, "{}")),
            1,
            Settings
        );

    private static async Task<SealedSecrets> SecretsAsync(StoreWorld world)
    {
        await using var key = world.Admin.CreateCommand(
            "insert into wa.box_key (public_key, private_box) values ($1, 'x') returning id"
        );
        key.Parameters.Add(new() { Value = PublicKey });
        return new((long)(await key.ExecuteScalarAsync())!, [1, 2], [3, 4]);
    }

    private static Task<WebhookSight> See(StoreWorld world, WebhookRow row) =>
        new ObservedStore(world.Admin).SeeWebhookAsync(row);

    private static async Task<WebhookReport> ReportAsync(StoreWorld world) =>
        (await new ObservedStore(world.Admin).ReadWebhookReportsAsync()).Single();

    private static Task ReportedAsync(
        StoreWorld world,
        int ordinal,
        long epoch,
        long backlog,
        string at,
        string error
    ) =>
        SqlAsync(
            world,
            $"""
            insert into wa.webhook_report (webhook_id, pool_uid, ordinal, lease_epoch, backlog, oldest_at, parked, dead, failing_since,
                                           last_success_at, last_error, last_error_at)
            select id, '{StoreWorld.Pool}', {ordinal}, {epoch}, {backlog}, '{at}', 1, 2, '{at}', '{at}', '{error}', '{at}' from wa.webhook
            on conflict (webhook_id, pool_uid, ordinal) do update set lease_epoch = excluded.lease_epoch
            """
        );

    private static async Task SqlAsync(StoreWorld world, string sql)
    {
        await using var command = world.Admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> CountAsync(StoreWorld world, string table)
    {
        await using var command = world.Admin.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<long> VersionAsync(StoreWorld world)
    {
        await using var command = world.Admin.CreateCommand(
            "select version from wa.webhook_change"
        );
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string?> RefusedAsync(NpgsqlDataSource database, string sql)
    {
        await using var command = database.CreateCommand(sql);
        try
        {
            await command.ExecuteNonQueryAsync();
            return null;
        }
        catch (PostgresException e)
        {
            return e.SqlState;
        }
    }
}
