using WaOperator.Store.Pod;

namespace WaOperator.Store.Tests;

public sealed class LeaseTests
{
    [Fact]
    public async Task A_held_lease_is_refused_to_another_pod()
    {
        await using var world = await StoreWorld.CreateAsync();
        await world.AcquireAsync(0, "pod-a");

        var second = await world.Leases.AcquireAsync(
            StoreWorld.Shard(0),
            "pod-b",
            "pod-b",
            Guid.NewGuid(),
            StoreWorld.Ttl
        );

        second.Epoch.ShouldBeNull();
        second.HeldBy.ShouldBe("pod-a");
    }

    [Fact]
    public async Task A_new_process_of_the_same_pod_follows_at_once_and_the_old_one_cannot_renew()
    {
        await using var world = await StoreWorld.CreateAsync();
        var old = await world.AcquireAsync(0, "pod-a");
        var next = await world.AcquireAsync(0, "pod-a");

        next.Epoch.ShouldBeGreaterThan(old.Epoch);
        (
            await world.Leases.RenewAsync(
                StoreWorld.Shard(0),
                old.Epoch,
                old.Process,
                StoreWorld.Ttl
            )
        ).Outcome.ShouldBe(RenewOutcome.Refused);
        (
            await world.Leases.RenewAsync(
                StoreWorld.Shard(0),
                next.Epoch,
                next.Process,
                StoreWorld.Ttl
            )
        ).Outcome.ShouldBe(RenewOutcome.Renewed);
    }

    [Fact]
    public async Task A_step_of_the_databases_clock_alone_moves_nothing()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (epoch, process) = await world.AcquireAsync(0, "pod-a");

        await world.StepClockAsync(TimeSpan.FromHours(1));
        var other = await world.Leases.AcquireAsync(
            StoreWorld.Shard(0),
            "pod-b",
            "pod-b",
            Guid.NewGuid(),
            StoreWorld.Ttl
        );

        other.Epoch.ShouldBeNull();
        var renewal = await world.Leases.RenewAsync(
            StoreWorld.Shard(0),
            epoch,
            process,
            StoreWorld.Ttl
        );
        renewal.Outcome.ShouldBe(
            RenewOutcome.Retaken,
            "it lapsed by the database's clock, but nothing was taken"
        );
    }

    [Fact]
    public async Task The_operators_word_alone_moves_nothing()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (epoch, _) = await world.AcquireAsync(0, "pod-a");

        (
            await world.Desired.DeclareLostAsync(StoreWorld.Shard(0), epoch, counter: 0)
        ).ShouldBeTrue();

        (
            await world.Leases.AcquireAsync(
                StoreWorld.Shard(0),
                "pod-b",
                "pod-b",
                Guid.NewGuid(),
                StoreWorld.Ttl
            )
        ).Epoch.ShouldBeNull();
    }

    [Fact]
    public async Task Both_clocks_together_give_the_lease_to_the_next_pod()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (epoch, process) = await world.AcquireAsync(0, "pod-a");
        await world.Desired.DeclareLostAsync(StoreWorld.Shard(0), epoch, counter: 0);
        await world.StepClockAsync(StoreWorld.Ttl + TimeSpan.FromSeconds(1));

        var next = await world.AcquireAsync(0, "pod-b");

        next.Epoch.ShouldBeGreaterThan(epoch);
        (
            await world.Leases.RenewAsync(StoreWorld.Shard(0), epoch, process, StoreWorld.Ttl)
        ).Outcome.ShouldBe(RenewOutcome.Refused);
    }

    [Fact]
    public async Task A_renewal_takes_the_operators_word_back()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (epoch, process) = await world.AcquireAsync(0, "pod-a");
        await world.Desired.DeclareLostAsync(StoreWorld.Shard(0), epoch, counter: 0);
        await world.Leases.RenewAsync(StoreWorld.Shard(0), epoch, process, StoreWorld.Ttl);
        await world.StepClockAsync(TimeSpan.FromHours(1));

        (
            await world.Leases.AcquireAsync(
                StoreWorld.Shard(0),
                "pod-b",
                "pod-b",
                Guid.NewGuid(),
                StoreWorld.Ttl
            )
        ).Epoch.ShouldBeNull();
    }

    [Fact]
    public async Task Kubelets_word_ends_the_lease_of_that_pod_and_epoch_only()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (epoch, _) = await world.AcquireAsync(0, "pod-a");

        (await world.Desired.EndLeaseAsync(StoreWorld.Shard(0), "pod-x", epoch)).ShouldBeFalse();
        (
            await world.Desired.EndLeaseAsync(StoreWorld.Shard(0), "pod-a", epoch + 1)
        ).ShouldBeFalse();
        (await world.Desired.EndLeaseAsync(StoreWorld.Shard(0), "pod-a", epoch)).ShouldBeTrue();

        (await world.AcquireAsync(0, "pod-b")).Epoch.ShouldBe(epoch + 1);
    }

    [Fact]
    public async Task The_holder_is_told_to_step_down_and_its_release_lets_the_next_in()
    {
        await using var world = await StoreWorld.CreateAsync();
        var (epoch, process) = await world.AcquireAsync(0, "pod-a");
        await world.Desired.RequestStepDownAsync(StoreWorld.Shard(0), epoch, "pod-b");

        (
            await world.Leases.RenewAsync(StoreWorld.Shard(0), epoch, process, StoreWorld.Ttl)
        ).StepDown.ShouldBeTrue();
        (await world.Leases.ReleaseAsync(StoreWorld.Shard(0), epoch, process)).ShouldBeTrue();

        (await world.AcquireAsync(0, "pod-b")).Epoch.ShouldBe(epoch + 1);
    }
}
