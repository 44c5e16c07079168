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
        var first = world.StartOperator(way);
        await ConnectAsync(world);
        await using var otherWay = TcpProxy.To(port);
        world.StartOperator(otherWay);

        if (silently)
            way.FallSilent();
        else
            way.Cut();
        await world.SessionAsync("next", "491700000003");
        await world.UntilConnectedAsync("next");
        // Cut off silently, its work may hang on; the program exits then. It is started again, as kubelet does.
        await first.Task.ContinueWith(_ => { }, TaskScheduler.Default);
        world.StartOperator(way);
        (await world.SqlAsync<long>("select leader_term from wa.installation")).ShouldBe(2);
        (await world.LeadAsync()).LeaseTransitions.ShouldBe(1);

        way.Heal();
        await Steadily.Holds(
            "the lead stays where it is",
            TimeSpan.FromSeconds(8),
            async () => Moved(await world.LeadAsync(), transitions: 1, "operator-1")
        );
        (await world.UntilConnectedAsync("s0")).Status!.Epoch.ShouldBe(1, "no session moved");
    }

    [Fact]
    public async Task While_both_are_cut_off_the_lead_stays_and_goes_to_the_first_that_is_back()
    {
        await using var world = await World.CreateAsync(output);
        var port = new NpgsqlConnectionStringBuilder(world.Connection).Port;
        await using var way = TcpProxy.To(port);
        var first = world.StartOperator(way);
        await ConnectAsync(world);
        await using var otherWay = TcpProxy.To(port);
        var second = world.StartOperator(otherWay);
        await Eventually.True(
            "the standby is ready",
            async () => (await second.Host.ReadyAsync(default)).Healthy && otherWay.Accepted > 0
        );

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
            "nobody takes what he could not use",
            TimeSpan.FromSeconds(8),
            async () => Moved(await world.LeadAsync(), transitions: 0, "operator-0")
        );
        otherWay.Heal();
        await world.SessionAsync("next", "491700000003");
        await world.UntilConnectedAsync("next");

        way.Heal();
        await first.Task.ContinueWith(_ => { }, TaskScheduler.Default);
        (await world.LeadAsync()).LeaseTransitions.ShouldBe(1);
        second.Task.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task A_restart_of_PostgreSQL_changes_no_leader()
    {
        await using var postgres = await PostgresServer.StartAsync(durable: true);
        await using var world = await World.CreateAsync(output, postgres: postgres);
        world.StartOperator();
        await ConnectAsync(world);
        var second = world.StartOperator();
        await Eventually.True(
            "the standby is ready",
            async () => (await second.Host.ReadyAsync(default)).Healthy
        );

        await postgres.StopAsync();
        await Steadily.Holds(
            "the lead stays",
            TimeSpan.FromSeconds(6),
            async () => Moved(await world.LeadAsync(), transitions: 0, "operator-0")
        );
        await postgres.StartAgainAsync();
        await world.SessionAsync("next", "491700000003");
        await world.UntilConnectedAsync("next");

        (await world.SqlAsync<long>("select leader_term from wa.installation")).ShouldBe(1);
    }

    private static string? Moved(LeaseSpec lead, int transitions, string holder) =>
        lead.LeaseTransitions == transitions
        && lead.HolderIdentity!.StartsWith(holder + "_", StringComparison.Ordinal)
            ? null
            : $"{lead.HolderIdentity} leads after {lead.LeaseTransitions} transitions";

    private static async Task ConnectAsync(World world)
    {
        await world.ServingPoolAsync();
        await world.TenantAsync();
        await world.SessionAsync("s0", "491700000001");
        await world.UntilConnectedAsync("s0");
    }
}
