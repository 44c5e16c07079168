using WaOperator.Store.Operator;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests.Messages;

public sealed class TenantQuotaTests
{
    [Fact]
    public async Task All_pods_together_take_no_more_than_the_limit_in_a_minute()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await TenantAsync(world, "acme");
        var other = await TenantAsync(world, "other");
        var pods = Enumerable.Range(0, 4).Select(_ => new TenantQuotas(world.Pod)).ToArray();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 16).Select(i => pods[i % 4].TakeMinuteAsync(tenant, 20, 3))
        );

        answers.Sum(a => a.Taken).ShouldBe(20);
        answers
            .Where(a => a.Taken < 3)
            .ShouldAllBe(a => a.Wait > TimeSpan.Zero && a.Wait <= TimeSpan.FromSeconds(60.1));
        // Others have their own limit.
        (await pods[0].TakeMinuteAsync(other, 20, 1)).Taken.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_refused_is_not_counted_and_the_minute_slides()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await TenantAsync(world, "acme");
        var quotas = new TenantQuotas(world.Pod);
        async Task<int> Take() => (await quotas.TakeMinuteAsync(tenant, 2, 1)).Taken;

        (await Take()).ShouldBe(1);
        await PassAsync(world, TimeSpan.FromSeconds(40));
        (await Take()).ShouldBe(1);
        for (var i = 0; i < 5; i++)
            (await Take()).ShouldBe(0);
        // The first is a minute old, the second is not.
        await PassAsync(world, TimeSpan.FromSeconds(21));
        (await Take()).ShouldBe(1);
        (await Take()).ShouldBe(0);
    }

    [Fact]
    public async Task A_day_is_given_once_whatever_pods_end_and_passes_in_parts()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await TenantAsync(world, "acme");
        Task<DayAnswer> Take(int needed, int asked, UnusedBlock unused = default) =>
            new TenantQuotas(world.Pod).TakeDayAsync(tenant, 100, needed, asked, unused);

        // No pod gets all of it, each what it needs.
        (await Take(1, 100)).Taken.ShouldBe(12);
        (await Take(60, 60)).Taken.ShouldBe(60);
        var last = await Take(50, 100);
        (last.Taken, last.Remaining).ShouldBe((28, 0));
        var late = await Take(1, 1);
        late.Taken.ShouldBe(0);
        late.Wait.ShouldBeInRange(TimeSpan.FromHours(23.9), TimeSpan.FromHours(24.2));
        // What one gives back is another's.
        (await Take(1, 1, new UnusedBlock(5, last.Part))).Taken.ShouldBe(1);
        (await Take(9, 9)).Taken.ShouldBe(4);

        await PassAsync(world, TimeSpan.FromHours(24.2));
        (await Take(100, 100)).Taken.ShouldBe(100);
    }

    [Fact]
    public async Task It_is_told_who_serves_a_tenant()
    {
        await using var world = await StoreWorld.CreateAsync();
        var tenant = await TenantAsync(world, "acme");

        (await new TenantQuotas(world.Pod).ServingAsync(tenant)).ShouldBe(new Serving(0, 0));
        var sessions = await world.SessionsAsync(3, 0);
        await using var own = world.Admin.CreateCommand(
            $"""
            insert into wa.session_owner (session_id, epoch, pool_uid, ordinal)
            select s.id, 1, '{StoreWorld.Pool}', (s.id % 2)::int from wa.session s
            on conflict (session_id) do update set pool_uid = excluded.pool_uid, ordinal = excluded.ordinal
            """
        );
        await own.ExecuteNonQueryAsync();

        sessions.Count.ShouldBe(3);
        (await new TenantQuotas(world.Pod).ServingAsync(tenant)).Shards.ShouldBe(2);
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
        await quotas.TakeMinuteAsync(tenant, 1, 1);
        await quotas.TakeDayAsync(tenant, 1, 1, 1, default);
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

    private static Task<long> TenantAsync(StoreWorld world, string name) =>
        world.Desired.PutTenantAsync(new TenantRow("ns", name, false, "{}"));

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
