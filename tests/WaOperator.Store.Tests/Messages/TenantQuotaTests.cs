using WaOperator.Store.Operator;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Messages;

public sealed class TenantQuotaTests
{
    private static readonly RecordName Anna = new(1);
    private static readonly RecordName Ben = new(2);

    [Fact]
    public async Task All_pods_together_send_no_more_than_the_limit_in_a_minute()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var other = await world.Desired.PutTenantAsync(new TenantRow("ns", "other", false, "{}"));
        var limits = new MessageLimits(MessagesPerMinute: 20);
        var pods = Enumerable.Range(0, 4).Select(_ => new TenantQuotas(world.Pod)).ToArray();

        var answers = await Task.WhenAll(
            Enumerable
                .Range(0, 16)
                .Select(i => pods[i % 4].TakeAsync(tenant, [Anna, Ben, Anna], limits))
        );

        answers.SelectMany(a => a).Count(a => a.Refused is null).ShouldBe(20);
        answers
            .SelectMany(a => a)
            .Where(a => a.Refused is not null)
            .ShouldAllBe(a =>
                a.Refused == QuotaLimit.Minute
                && a.RetryAfter > TimeSpan.Zero
                && a.RetryAfter <= TimeSpan.FromSeconds(60)
            );
        // Others have their own limit.
        (await pods[0].TakeAsync(other, [Anna], limits))[0]
            .Refused.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_refused_is_not_counted_and_the_window_slides()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var quotas = new TenantQuotas(world.Pod);
        var limits = new MessageLimits(MessagesPerMinute: 2);
        async Task<QuotaLimit?> Take() =>
            (await quotas.TakeAsync(tenant, [Anna], limits))[0].Refused;

        (await Take()).ShouldBeNull();
        await PassAsync(world, TimeSpan.FromSeconds(40));
        (await Take()).ShouldBeNull();
        for (var i = 0; i < 5; i++)
            (await Take()).ShouldBe(QuotaLimit.Minute);
        // The first is a minute old, the second is not.
        await PassAsync(world, TimeSpan.FromSeconds(21));
        (await Take()).ShouldBeNull();
        (await Take()).ShouldBe(QuotaLimit.Minute);
    }

    [Fact]
    public async Task A_recipient_has_a_limit_of_its_own()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var limits = new MessageLimits(MessagesPerRecipientPerMinute: 2);

        var answers = await new TenantQuotas(world.Pod).TakeAsync(
            tenant,
            [Anna, Ben, Anna, Anna, Ben],
            limits
        );

        answers.Select(a => a.Refused).ShouldBe([null, null, null, QuotaLimit.Recipient, null]);
    }

    [Fact]
    public async Task A_day_passes_in_parts_and_survives_a_restart_of_pods()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(new TenantRow("ns", "acme", false, "{}"));
        var limits = new MessageLimits(MessagesPerDay: 3);
        await new TenantQuotas(world.Pod).TakeAsync(tenant, [Anna, Ben, Anna], limits);

        var late = (await new TenantQuotas(world.Pod).TakeAsync(tenant, [Ben], limits))[0];

        late.Refused.ShouldBe(QuotaLimit.Day);
        late.RetryAfter.ShouldBeInRange(TimeSpan.FromHours(23.9), TimeSpan.FromHours(24.2));
        await PassAsync(world, TimeSpan.FromHours(24.2));
        (await new TenantQuotas(world.Pod).TakeAsync(tenant, [Ben], limits))[0]
            .Refused.ShouldBeNull();
    }

    [Fact]
    public async Task Pods_read_settings_but_no_usage_and_a_tenants_end_takes_it_along()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await world.Desired.PutTenantAsync(
            new TenantRow(
                "ns",
                "acme",
                false,
                """{"future":1,"limits":{"sessions":5,"messagesPerMinute":7},"phoneRules":{"blockedNumbers":["491701234567"]}}"""
            )
        );
        var quotas = new TenantQuotas(world.Pod);

        var settings = (await quotas.ReadSettingsAsync(tenant))!;
        settings.Limits.ShouldBe(new MessageLimits(MessagesPerMinute: 7));
        settings.PhoneRules!.BlockedNumbers.ShouldBe(["491701234567"]);
        (await quotas.ReadSettingsAsync(999)).ShouldBeNull();
        await quotas.TakeAsync(tenant, [Anna], new(1, 1, 1));
        await using var pod = world.RoleOf(null);
        await using var peek = pod.CreateCommand("delete from wa.tenant_minute");
        (
            await Should.ThrowAsync<Npgsql.PostgresException>(peek.ExecuteNonQueryAsync())
        ).SqlState.ShouldBe("42501");

        await world.Desired.RemoveTenantAsync("ns", "acme");
        await using var left = world.Admin.CreateCommand(
            "select (select count(*) from wa.tenant_minute) + (select count(*) from wa.tenant_day)"
        );
        (await left.ExecuteScalarAsync()).ShouldBe(0L);
    }

    /// <summary>Makes what was counted older.</summary>
    private static async Task PassAsync(StoreWorld world, TimeSpan time)
    {
        await using var command = world.Admin.CreateCommand(
            $"""
            update wa.tenant_minute set bucket = bucket - {(long)(time.TotalSeconds * 10)};
            update wa.tenant_day set bucket = bucket - {(long)
                Math.Ceiling(time.TotalSeconds / 600)};
            """
        );
        await command.ExecuteNonQueryAsync();
    }
}
