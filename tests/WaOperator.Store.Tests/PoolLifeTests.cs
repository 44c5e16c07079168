using Npgsql;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests;

/// <summary>A pool's rows outlive any process that may still act for it.</summary>
public sealed class PoolLifeTests
{
    private const string Next = "pool-2";

    [Fact]
    public async Task A_pool_is_not_removed_while_a_shard_of_it_holds_its_lease_and_its_sessions_stay_its_own()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (session, old) = await OwnedAsync(world);
        var b = await NextPoolAsync(world, session);

        (await world.Desired.RemovePoolAsync(StoreWorld.Pool)).ShouldBeFalse();

        (await ClaimAsync(world, session, b)).Refusal.ShouldBe(ClaimRefusal.Held);
        (
            await world.Leases.RenewAsync(
                StoreWorld.Shard(0),
                old.Epoch,
                old.Process,
                StoreWorld.Ttl
            )
        ).Outcome.ShouldBe(RenewOutcome.Renewed);
    }

    [Fact]
    public async Task A_pool_is_not_removed_while_a_lost_shard_of_it_still_owns_a_session()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (session, old) = await OwnedAsync(world);
        var b = await NextPoolAsync(world, session);
        await world.StepClockAsync(StoreWorld.Ttl * 2);
        await world.Desired.DeclareLostAsync(StoreWorld.Shard(0), old.Epoch, 0);
        var again = await AcquireAsync(world, "pod-b");
        (await world.Desired.RemovePoolAsync(StoreWorld.Pool)).ShouldBeFalse();

        (await ClaimAsync(world, session, again)).Epoch.ShouldBe(2);
        (await world.Desired.RemovePoolAsync(StoreWorld.Pool)).ShouldBeTrue();
        (
            await world.Leases.RenewAsync(
                StoreWorld.Shard(0),
                old.Epoch,
                old.Process,
                StoreWorld.Ttl
            )
        ).Outcome.ShouldBe(RenewOutcome.Refused);
        b.ShouldBe(1);
    }

    [Fact]
    public async Task A_missing_lease_is_held()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (session, _) = await OwnedAsync(world);
        var b = await NextPoolAsync(world, session);
        await SqlAsync(world, "truncate wa.shard_lease");
        var again = await AcquireAsync(world, "pod-b");

        (await ClaimAsync(world, session, again)).Refusal.ShouldBe(ClaimRefusal.Held);
        b.ShouldBe(1);
    }

    [Theory]
    [InlineData(true, "is not over")]
    [InlineData(false, "owns sessions")]
    public async Task A_lease_that_is_held_or_owns_cannot_be_deleted_by_anybody(
        bool held,
        string why
    )
    {
        await using var world = await StoreWorld.CreateAsync();
        var (_, old) = await OwnedAsync(world);
        if (!held)
            await world.Leases.ReleaseAsync(StoreWorld.Shard(0), old.Epoch, old.Process);

        var refusal = await Should.ThrowAsync<PostgresException>(() =>
            SqlAsync(world, "delete from wa.shard_lease")
        );

        refusal.MessageText.ShouldContain(why);
    }

    [Fact]
    public async Task Epochs_continue_when_a_pool_comes_back()
    {
        await using var world = await StoreWorld.CreateAsync();
        await world.AcquireAsync(0, "pod-a");
        var second = await world.AcquireAsync(0, "pod-a");
        await world.Leases.ReleaseAsync(StoreWorld.Shard(0), second.Epoch, second.Process);
        (await world.Desired.RemovePoolAsync(StoreWorld.Pool)).ShouldBeTrue();

        (
            await world.Leases.AcquireAsync(
                StoreWorld.Shard(0),
                "pod-a",
                "pod-a",
                Guid.NewGuid(),
                StoreWorld.Ttl
            )
        ).Epoch.ShouldBeNull();
        await world.Desired.PutPoolAsync(new(StoreWorld.Pool, "ns", "default", new()));

        await world.RegisterAsync(StoreWorld.Pool);

        (await world.AcquireAsync(0, "pod-b")).Epoch.ShouldBe(3);
    }

    [Fact]
    public async Task What_a_holder_was_promised_stands_in_its_lease()
    {
        await using var world = await StoreWorld.CreateAsync();
        await world.AcquireAsync(0, "pod-a");

        (await new ObservedStore(world.Admin).ReadLeasesAsync())
            .Single()
            .Ttl.ShouldBe(StoreWorld.Ttl);
    }

    private static async Task<(long Session, (long Epoch, Guid Process) Lease)> OwnedAsync(
        StoreWorld world
    )
    {
        var session = (await world.SessionsAsync(1, ordinal: 0))[0];
        var lease = await world.AcquireAsync(0, "pod-a");
        (await world.ClaimAsync(session, 0, lease.Epoch)).Epoch.ShouldBe(1);
        return (session, lease);
    }

    /// <summary>The pool is made again under its name, and the session is placed there.</summary>
    private static async Task<long> NextPoolAsync(StoreWorld world, long session)
    {
        await world.Desired.PutPoolAsync(new(Next, "ns", "default", new()));
        await world.RegisterAsync(Next);
        await world.Desired.PlaceAsync([new PlacementChange(session, new(Next, 0), "Hashed")]);
        return await AcquireAsync(world, "pod-b");
    }

    private static async Task<long> AcquireAsync(StoreWorld world, string pod) =>
        (await world.Leases.AcquireAsync(new(Next, 0), pod, pod, Guid.NewGuid(), StoreWorld.Ttl))
            .Epoch!
            .Value;

    private static async Task<Claim> ClaimAsync(StoreWorld world, long session, long lease) =>
        (await world.Claims.ClaimAsync([session], new(Next, 0), lease)).Single();

    private static async Task SqlAsync(StoreWorld world, string sql)
    {
        await using var command = world.Admin.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
