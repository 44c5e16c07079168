using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store.Desired;
using WaOperator.Store.Sessions;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests;

public sealed class EndTests
{
    [Fact]
    public async Task Unlinked_on_the_phone_wipes_the_keys_and_pairs_again_on_request()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        await world.PostAsync($"/phones/{session.Phone}/unlink", new UnlinkRequest(null));

        var state = await session.PhaseAsync(SessionPhase.LoggedOut);
        state.Paired.ShouldBeFalse();
        state.Jid.ShouldBeNull();
        (await session.KeysAsync()).ShouldBe(0);
        (await session.CodeAsync()).ShouldBeNull();
        await session.WantAsync(row => row with { PairRequest = "again" });
        await session.ScanAsync();
        await session.PhaseAsync(SessionPhase.Connected);
    }

    [Fact]
    public async Task A_refused_login_with_401_wipes_the_keys()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await world.PostAsync(
            "/faults/refuse",
            new RefuseRequest(session.Phone, null, 1, null, 401)
        );

        await world.PostAsync("/faults/drop", new DropRequest(session.Phone, null));

        await session.PhaseAsync(SessionPhase.LoggedOut);
        (await session.KeysAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Replaced_while_the_lease_holds_says_so_and_does_not_fight_back()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        await using var other = await ReferenceClient.LoginAsync(world, session);

        var state = await session.PhaseAsync(SessionPhase.Replaced);
        state.Paired.ShouldBeTrue();
        (await session.KeysAsync()).ShouldBeGreaterThan(0);
        // A person asks: then it tries once more.
        await session.WantAsync(row => row with { PairRequest = "now" });
        (await other.End).Kind.ShouldBe(WhatsApp.DisconnectKind.Replaced);
        await session.PhaseAsync(SessionPhase.Connected);
        (await session.SeenAsync())!.Logins.ShouldBe(3);
    }

    [Fact]
    public async Task A_deleted_session_is_unlinked_on_the_phone()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        await session.WantAsync(row => row with { Desired = DesiredState.Deleting });

        var state = await session.PhaseAsync(SessionPhase.Unlinked);
        state.Paired.ShouldBeFalse();
        (await world.GetAsync<PhoneAnswer>($"/phones/{session.Phone}")).Devices.ShouldBeEmpty();
        (await session.KeysAsync()).ShouldBe(0);
        await world.Desired.RemoveSessionsAsync([session.Id]);
        await Eventually.True(
            "no socket is left",
            async () => (await world.StatsAsync()).Sockets == 0
        );
    }

    [Fact]
    public async Task A_stopped_session_is_connected_to_be_unlinked()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);
        (await session.SeenAsync())!.Connected.ShouldBeFalse();

        await session.WantAsync(row => row with { Desired = DesiredState.Deleting });

        await session.PhaseAsync(SessionPhase.Unlinked);
        (await world.GetAsync<PhoneAnswer>($"/phones/{session.Phone}")).Devices.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_deletion_that_skips_the_unlink_leaves_the_phone_alone()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        await session.WantAsync(row =>
            row with
            {
                Desired = DesiredState.Deleting,
                SkipUnlink = true,
            }
        );

        await session.PhaseAsync(SessionPhase.Unlinked);
        (await world.GetAsync<PhoneAnswer>($"/phones/{session.Phone}")).Devices.Count.ShouldBe(1);
        (await session.SeenAsync())!.Connected.ShouldBeFalse();
    }

    [Fact]
    public async Task Stopped_keeps_its_keys_and_connects_again_without_a_scan()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);

        await session.WantAsync(row => row with { Desired = DesiredState.Active });

        await session.PhaseAsync(SessionPhase.Connected);
        (await session.SeenAsync())!.Logins.ShouldBe(2);
    }

    [Fact]
    public async Task A_lost_connection_is_reported_and_dialled_again()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        foreach (var how in (DropForm[])[DropForm.Abrupt, DropForm.Clean, DropForm.StreamError])
        {
            var before = (await session.StateAsync())!.Reconnects;
            await world.PostAsync("/faults/drop", new DropRequest(session.Phone, null, how));
            await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == before + 1);
        }
        await OwnershipTests.NobodyWasReplacedAsync(world);
    }

    [Fact]
    public async Task A_banned_account_is_reported_and_left_alone()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await world.PostAsync(
            "/faults/refuse",
            new RefuseRequest(session.Phone, null, null, null, 403)
        );

        await world.PostAsync("/faults/drop", new DropRequest(session.Phone, null));

        (await session.PhaseAsync(SessionPhase.Banned)).Paired.ShouldBeTrue();
        (await session.KeysAsync()).ShouldBeGreaterThan(0);
    }
}
