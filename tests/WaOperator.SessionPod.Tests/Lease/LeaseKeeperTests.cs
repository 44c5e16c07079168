using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Metrics;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.Store.Pod;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Lease;

public sealed class LeaseKeeperTests
{
    [Fact]
    public async Task Without_progress_of_the_sessions_the_gate_closes_and_opens_again_with_it()
    {
        await using var rig = await Rig.StartAsync();
        var tenure = await rig.TenureAsync(1);
        await Eventually.True("the gate is open", () => tenure.Gate.MayAct);

        rig.Heart.Beating = false;
        await Eventually.True("the gate is closed", () => !tenure.Gate.MayAct);
        await Eventually.True(
            "the lease has expired",
            async () => (await OwnershipTests.LeaseAsync(rig.World, 0)).ExpiredByDatabase
        );

        rig.Heart.Beating = true;
        await Eventually.True("the gate is open again", () => tenure.Gate.MayAct);
        (await OwnershipTests.LeaseAsync(rig.World, 0)).Epoch.ShouldBe(1);
    }

    [Fact]
    public async Task A_refusal_shuts_the_gate_and_the_next_tenure_waits_for_the_end_of_the_first()
    {
        await using var rig = await Rig.StartAsync();
        var first = await rig.TenureAsync(1);
        rig.HoldEnd();

        await rig.World.SqlAsync("update wa.shard_lease set state = 'Ended'");

        await Eventually.True("the tenure is told", () => first.Refused.IsCancellationRequested);
        first.Gate.MayAct.ShouldBeFalse();
        first.End.ShouldBe(LeaseEnd.Refused);
        rig.Tenures.Count.ShouldBe(1);
        rig.LetEnd();
        var second = await rig.TenureAsync(2);
        await Eventually.True("the new gate is open", () => second.Gate.MayAct);
        first.Gate.MayAct.ShouldBeFalse();
    }

    [Fact]
    public async Task The_lease_is_renewed_while_the_tenure_closes_and_released_only_after_it()
    {
        await using var rig = await Rig.StartAsync();
        var tenure = await rig.TenureAsync(1);
        rig.HoldEnd();
        rig.Keeper.Stop();
        await Eventually.True("the tenure is told", () => tenure.Ending.IsCancellationRequested);
        var counter = (await OwnershipTests.LeaseAsync(rig.World, 0)).Counter;
        await Eventually.True(
            "the lease is renewed meanwhile",
            async () => (await OwnershipTests.LeaseAsync(rig.World, 0)).Counter > counter + 2
        );
        (await OwnershipTests.LeaseAsync(rig.World, 0)).State.ShouldBe(LeaseState.Held);
        tenure.Gate.MayAct.ShouldBeTrue();

        rig.LetEnd();

        await rig.Keeper.Completion;
        (await OwnershipTests.LeaseAsync(rig.World, 0)).State.ShouldBe(LeaseState.Released);
        tenure.Gate.MayAct.ShouldBeFalse();
    }

    [Fact]
    public async Task A_tenure_that_breaks_ends_the_keeper_and_leaves_the_lease_to_expire()
    {
        await using var rig = await Rig.StartAsync();
        await rig.TenureAsync(1);
        rig.Break(new InvalidOperationException("a defect"));
        (
            await Should.ThrowAsync<InvalidOperationException>(rig.Keeper.Completion)
        ).Message.ShouldBe("a defect");
        (await OwnershipTests.LeaseAsync(rig.World, 0)).State.ShouldBe(LeaseState.Held);
    }

    private sealed class Heart : IHeartbeat
    {
        private volatile bool _beating = true;

        public bool Beating
        {
            set => _beating = value;
        }

        public bool IsBeating => _beating;
    }

    private sealed class Rig : IAsyncDisposable
    {
        private readonly PodMetrics _metrics = new();
        private readonly NpgsqlDataSource _database;
        private TaskCompletionSource _mayEnd = new();
        private TaskCompletionSource _broken = new();

        private Rig(PodWorld world)
        {
            World = world;
            var options = world.Options(0, "pod-a");
            var timings = LeaseTimings.From(
                new PoolSettings
                {
                    LeaseTtlMs = 900,
                    LeaseRenewMs = 100,
                    ActDeadlineMs = 600,
                }
            );
            _database = Database.ForLease(options.Database, "lease-test", timings.Ttl);
            _mayEnd.SetResult();
            Keeper = new LeaseKeeper(
                new PodLeases(_database),
                options.Identity,
                BootClock.Instance,
                () => timings,
                Heart,
                RunAsync,
                _metrics,
                NullLogger<LeaseKeeper>.Instance
            );
            Keeper.Start();
        }

        public PodWorld World { get; }
        public LeaseKeeper Keeper { get; }
        public Heart Heart { get; } = new();
        public List<LeaseTenure> Tenures { get; } = [];

        public static async Task<Rig> StartAsync() => new(await PodWorld.StartAsync());

        public Task<LeaseTenure> TenureAsync(long epoch) =>
            Eventually.Get(
                $"a tenure with epoch {epoch}",
                () =>
                {
                    lock (Tenures)
                        return Task.FromResult(Tenures.Find(t => t.Epoch == epoch));
                }
            );

        public void HoldEnd() => _mayEnd = new();

        public void LetEnd() => _mayEnd.SetResult();

        public void Break(Exception e) => _broken.SetException(e);

        public async ValueTask DisposeAsync()
        {
            _mayEnd.TrySetResult();
            Keeper.Stop();
            await Keeper.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Keeper.Dispose();
            await _database.DisposeAsync();
            await World.DisposeAsync();
        }

        private async Task RunAsync(LeaseTenure tenure)
        {
            lock (Tenures)
                Tenures.Add(tenure);
            var ending = new TaskCompletionSource(
                TaskCreationOptions.RunContinuationsAsynchronously
            );
            await using var registration = tenure.Ending.Register(ending.SetResult);
            await await Task.WhenAny(ending.Task, _broken.Task);
            await _mayEnd.Task;
        }
    }
}
