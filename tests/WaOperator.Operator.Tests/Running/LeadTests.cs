using Npgsql;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;
using WaOperator.Testing;
using Xunit.Abstractions;

namespace WaOperator.Operator.Tests.Running;

/// <summary>Two replicas with a way of their own to PostgreSQL each: the lead goes to where PostgreSQL is, and nowhere else.</summary>
public sealed class LeadTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_leader_that_is_cut_off_from_PostgreSQL_hands_over_once(bool silently)
    {
        await using var world = await World.CreateAsync(output);
        var port = new NpgsqlConnectionStringBuilder(world.Connection).Port;
        await using var way = TcpProxy.To(port);
        await using var otherWay = TcpProxy.To(port);
        var (leader, standby) = await PairAsync(world, way, otherWay);
        var before = await world.LeadAsync();
        var term = await TermAsync(world);

        if (silently)
            leader.Way.FallSilent();
        else
            leader.Way.Cut();
        await world.SessionAsync("next", "491700000003");
        await world.UntilConnectedAsync("next");
        // Cut off silently, its work may hang on; the program exits then. It is started again, as kubelet does.
        await leader.Running.Task.ContinueWith(_ => { }, TaskScheduler.Default);
        world.StartOperator(leader.Way);
        (await TermAsync(world)).ShouldBe(term + 1);
        (await world.LeadAsync()).LeaseTransitions.ShouldBe(before.LeaseTransitions + 1);

        leader.Way.Heal();
        await Steadily.Holds(
            "the lead stays where it is",
            TimeSpan.FromSeconds(8),
            async () => Moved(await world.LeadAsync(), before.LeaseTransitions + 1, standby)
        );
        (await world.UntilConnectedAsync("s0")).Status!.Epoch.ShouldBe(1, "no session moved");
    }

    [Fact]
    public async Task While_both_are_cut_off_the_lead_stays_and_goes_to_the_first_that_is_back()
    {
        await using var world = await World.CreateAsync(output);
        var port = new NpgsqlConnectionStringBuilder(world.Connection).Port;
        await using var way = TcpProxy.To(port);
        await using var otherWay = TcpProxy.To(port);
        var (leader, standby) = await PairAsync(world, way, otherWay);
        var before = await world.LeadAsync();

        way.FallSilent();
        otherWay.FallSilent();
        await Eventually.True(
            "the lead is offered",
            async () =>
                (await world.Client.GetAsync<Lease>("wa-operator", world.Ns))!.Metadata.Annotation(
                    "leader-election.wa-operator.io/offered"
                )
                    is not null
        );
        await Steadily.Holds(
            "no replica takes what it could not use",
            TimeSpan.FromSeconds(8),
            async () => Moved(await world.LeadAsync(), before.LeaseTransitions, leader)
        );
        standby.Way.Heal();
        await world.SessionAsync("next", "491700000003");
        await world.UntilConnectedAsync("next");

        leader.Way.Heal();
        await leader.Running.Task.ContinueWith(_ => { }, TaskScheduler.Default);
        (await world.LeadAsync()).LeaseTransitions.ShouldBe(before.LeaseTransitions + 1);
        standby.Running.Task.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_restart_of_PostgreSQL_changes_no_leader()
    {
        await using var postgres = await PostgresServer.StartAsync(durable: true);
        await using var world = await World.CreateAsync(output, postgres: postgres);
        await using var way = TcpProxy.To(new NpgsqlConnectionStringBuilder(world.Connection).Port);
        var (leader, _) = await PairAsync(world, way, way);
        var before = await world.LeadAsync();
        var term = await TermAsync(world);

        await postgres.StopAsync();
        await Steadily.Holds(
            "the lead stays",
            TimeSpan.FromSeconds(6),
            async () => Moved(await world.LeadAsync(), before.LeaseTransitions, leader)
        );
        await postgres.StartAgainAsync();
        await world.SessionAsync("next", "491700000003");
        await world.UntilConnectedAsync("next");

        (await TermAsync(world)).ShouldBe(term);
    }

    private static string? Moved(LeaseSpec lead, int? transitions, Replica holder) =>
        lead.LeaseTransitions == transitions && holder.Holds(lead)
            ? null
            : $"{lead.HolderIdentity} leads after {lead.LeaseTransitions} transitions";

    private static Task<long> TermAsync(World world) =>
        world.SqlAsync<long>("select leader_term from wa.installation");

    /// <summary>
    /// Two replicas that could both lead, one of which does. A machine that stands still for longer than the lease allows ends a
    /// leader before anything was done to it; it is started again, as kubelet does.
    /// </summary>
    private static async Task<Pair> PairAsync(World world, TcpProxy way, TcpProxy otherWay)
    {
        var one = new Replica(way, world.StartOperator(way));
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s0", "491700000001");
        await world.UntilConnectedAsync("s0");
        var other = new Replica(otherWay, world.StartOperator(otherWay));
        return await Eventually.Get(
            "both replicas are ready, and one leads",
            async () =>
            {
                one = one.Revived(world);
                other = other.Revived(world);
                var lead = await world.LeadAsync();
                return !await one.IsReadyAsync() || !await other.IsReadyAsync() ? null
                    : one.Holds(lead) ? new Pair(one, other)
                    : other.Holds(lead) ? new Pair(other, one)
                    : null;
            }
        );
    }

    private sealed record Pair(Replica Leader, Replica Standby);

    private sealed record Replica(TcpProxy Way, World.Running Running)
    {
        public bool Holds(LeaseSpec lead) =>
            lead.HolderIdentity?.StartsWith(Running.Pod + "_", StringComparison.Ordinal) == true;

        public async Task<bool> IsReadyAsync() =>
            Way.Accepted > 0 && (await Running.Host.ReadyAsync(default)).Healthy;

        public Replica Revived(World world) =>
            Running.Task.IsCompleted ? this with { Running = world.StartOperator(Way) } : this;
    }
}
