using Microsoft.Extensions.DependencyInjection;
using WaOperator.Gateway.Streams;
using WaOperator.Gateway.Tests.World;
using WaOperator.Store.Gateway;
using WaOperator.Testing;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>The sessions of tenants that are followed are read now and then.</summary>
public sealed class TenantRosterTests
{
    [Fact]
    public async Task Readers_that_come_again_at_once_go_by_what_was_read_a_moment_ago()
    {
        await using var world = await GatewayWorld.StartAsync();
        var tenant = await world.TenantAsync();
        var gateway = await world.GatewayAsync();
        var time = new FakeTime();
        var rosters = new TenantRosters(gateway.Services.GetRequiredService<GatewayStore>(), time);

        var first = await ReadAsync();
        time.Advance(TenantRosters.Every - TimeSpan.FromMilliseconds(1));
        (await ReadAsync()).ShouldBeSameAs(first);
        time.Advance(TimeSpan.FromMilliseconds(1));
        var second = await ReadAsync();
        second.ShouldNotBeSameAs(first);
        // Also where none followed for a while.
        time.Advance(2 * TenantRosters.Every);
        (await ReadAsync()).ShouldNotBeSameAs(second);

        async Task<TenantRoster> ReadAsync()
        {
            using var lease = rosters.Follow([tenant]);
            return await lease.ReadRecentAsync(default);
        }
    }
}
