using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.Store.Tests.Sessions;

public sealed class SessionCostsTests
{
    private static readonly TimeSpan Idle = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Only_the_owner_s_count_is_stored_and_the_operator_sees_each_change()
    {
        await using var world = await StoreWorld.CreateAsync();
        var ids = await world.SessionsAsync(2, ordinal: 0);
        var owned = await OwnAsync(world, ids, ordinal: 0);
        var costs = new SessionCosts(world.Pod);
        var observed = new ObservedStore(world.Admin);

        var stored = await costs.WriteAsync([
            new(ids[0], owned[ids[0]], 1000, Idle),
            new(ids[1], owned[ids[1]] + 1, 2000, Idle),
        ]);

        stored.ShouldBe([(ids[0], 1000L)]);
        var seen = await observed.ReadCostsAsync(ObservedStore.Beginning);
        seen.Costs.Select(c => (c.SessionId, c.Bytes)).ShouldBe([(ids[0], 1000L)]);
        // A transaction of anybody on this server that is still open holds the horizon back: told again, but never missed.
        await Eventually.True(
            "what has been read to be told no more",
            async () =>
            {
                seen = await observed.ReadCostsAsync(seen.Cursor);
                seen.Costs.ShouldAllBe(c => c.SessionId == ids[0] && c.Bytes == 1000);
                return seen.Costs.Count == 0;
            }
        );
        await costs.WriteAsync([new(ids[0], owned[ids[0]], 500, Idle)]);
        (await observed.ReadCostsAsync(seen.Cursor)).Costs.Single().Bytes.ShouldBe(500);
    }

    [Fact]
    public async Task A_new_owner_s_first_count_does_not_undercut_the_last_owner_s()
    {
        await using var world = await StoreWorld.CreateAsync();
        var id = (await world.SessionsAsync(1, ordinal: 0))[0];
        var first = await OwnAsync(world, [id], ordinal: 0);
        var costs = new SessionCosts(world.Pod);
        await costs.WriteAsync([new(id, first[id], 9000, Idle)]);
        await world.Claims.ReleaseAsync([new(id, first[id])]);
        await world.Desired.PlaceAsync([new(id, StoreWorld.Shard(1), "Drained")]);
        var second = await OwnAsync(world, [id], ordinal: 1);

        (await costs.WriteAsync([new(id, second[id], 1000, Idle)])).ShouldBe([(id, 9000L)]);
        (await costs.WriteAsync([new(id, second[id], 2000, Idle)])).ShouldBe([(id, 2000L)]);
        (await costs.WriteAsync([new(id, first[id], 7000, Idle)])).ShouldBeEmpty();
    }

    [Fact]
    public async Task Reports_tell_when_they_were_made()
    {
        await using var world = await StoreWorld.CreateAsync();
        var reports = new ShardReports(world.Pod);
        var report = new ShardReport(StoreWorld.Shard(0), 1, 2, 3, 4, 5);
        await reports.WriteAsync(report);
        var first = await ReadAsync();
        first.ShouldBe(report with { ReportedAt = first.ReportedAt });
        first.ReportedAt.ShouldNotBeNull();
        await reports.WriteAsync(report);
        (await ReadAsync()).ReportedAt.ShouldNotBe(first.ReportedAt);

        async Task<ShardReport> ReadAsync() =>
            (
                await new ObservedStore(world.Admin).ReadCostsAsync(ObservedStore.Beginning)
            ).Reports.Single();
    }

    /// <summary>A shard claims sessions; their epochs.</summary>
    private static async Task<Dictionary<long, long>> OwnAsync(
        StoreWorld world,
        IReadOnlyList<long> sessions,
        int ordinal
    )
    {
        var (epoch, _) = await world.AcquireAsync(ordinal, $"pod-{ordinal}");
        var claims = await world.Claims.ClaimAsync(sessions, StoreWorld.Shard(ordinal), epoch);
        return claims.ToDictionary(c => c.SessionId, c => c.Epoch!.Value);
    }
}
