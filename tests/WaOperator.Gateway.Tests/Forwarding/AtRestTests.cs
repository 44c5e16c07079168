using WaOperator.Gateway.Tests.World;

namespace WaOperator.Gateway.Tests.Forwarding;

/// <summary>Sessions that no pod runs and none is about to run: requests do not wait for an owner.</summary>
public sealed class AtRestTests
{
    [Fact]
    public async Task A_stopped_session_is_told_to_be_stopped_at_once_and_how_it_is()
    {
        await using var world = await GatewayWorld.StartAsync();
        var session = await world.SessionAsync();
        await DesireAsync(world, session, "Stopped");
        var gateway = await world.GatewayAsync(o => o with { Hold = TimeSpan.FromSeconds(15) });
        using var tenant = new Tenant(gateway);

        var sent = await tenant.PostAsync(
            $"{session.Path}/messages",
            """{"to":"491700000002","text":"x"}"""
        );
        sent.Status.ShouldBe(409);
        sent.Slug.ShouldBe("stopped");
        (await tenant.GetAsync($"{session.Path}/events")).Slug.ShouldBe("stopped");

        var state = await tenant.GetAsync(session.Path);
        state.Status.ShouldBe(200);
        ((string?)state.Body!["name"]).ShouldBe(session.Name);
        ((string?)state.Body["state"]).ShouldBe("Stopped");
    }

    [Fact]
    public async Task One_that_is_being_deleted_says_so()
    {
        await using var world = await GatewayWorld.StartAsync();
        var session = await world.SessionAsync();
        await DesireAsync(world, session, "Deleting");
        using var tenant = new Tenant(await world.GatewayAsync());

        (await tenant.GetAsync($"{session.Path}/events")).Slug.ShouldBe("deleting");
        ((string?)(await tenant.GetAsync(session.Path)).Body!["phase"]).ShouldBe("Deleting");
    }

    [Fact]
    public async Task A_pod_that_still_runs_it_answers_for_itself()
    {
        await using var world = await GatewayWorld.StartAsync();
        var pod = await world.PodAsync(0);
        var session = await world.SessionAsync(pod);
        await DesireAsync(world, session, "Stopped");
        using var tenant = new Tenant(await world.GatewayAsync());

        (await tenant.GetAsync(session.Path)).Status.ShouldBe(202);
        pod.Requests.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_foreign_one_is_unknown_whatever_is_wanted_of_it()
    {
        await using var world = await GatewayWorld.StartAsync();
        var session = await world.SessionAsync();
        await DesireAsync(world, session, "Stopped");
        await world.TenantAsync("other", "other-key");
        using var other = new Tenant(await world.GatewayAsync(), "other-key");

        (await other.GetAsync(session.Path)).Slug.ShouldBe("unknown-session");
    }

    private static Task DesireAsync(GatewayWorld world, FakeSession session, string desired) =>
        world.SqlAsync($"update wa.session set desired = '{desired}' where id = {session.Id}");
}
