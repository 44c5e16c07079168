using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.Testing;

namespace WaOperator.SessionPod.Tests.Transports;

/// <summary>That WhatsApp's ends arrive as what they are: one test for each way, over the simulator.</summary>
public sealed class WhatsAppEndTests
{
    [Fact]
    public async Task Unlinked_on_the_phone_and_a_refused_login_are_logged_out()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        await world.PostAsync($"/phones/{session.Phone}/unlink", new UnlinkRequest(null));
        await session.PhaseAsync(SessionPhase.LoggedOut);
        (await session.KeysAsync()).ShouldBe(0);
        await session.WantAsync(row => row with { PairRequest = "again" });
        await session.ScanAsync();
        await session.PhaseAsync(SessionPhase.Connected);
        await world.PostAsync(
            "/faults/refuse",
            new RefuseRequest(session.Phone, null, 1, null, 401)
        );

        await world.PostAsync("/faults/drop", new DropRequest(session.Phone, null));

        await session.PhaseAsync(SessionPhase.LoggedOut);
        (await session.KeysAsync()).ShouldBe(0);
    }

    [Fact]
    public async Task Keys_that_a_mistaken_refusal_wiped_log_in_again_once_restored()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        var (linked, keys) = ((await session.StateAsync())!, await session.KeysAsync());
        await world.PostAsync(
            "/faults/refuse",
            new RefuseRequest(session.Phone, null, 1, null, 401)
        );
        await world.PostAsync("/faults/drop", new DropRequest(session.Phone, null));
        await session.PhaseAsync(SessionPhase.LoggedOut);
        (await session.KeysAsync()).ShouldBe(0);

        await session.WantAsync(row => row with { RestoreRequest = "please" });

        var state = await session.PhaseAsync(SessionPhase.Connected);
        (state.Jid, state.Lid, state.Phone).ShouldBe((linked.Jid, linked.Lid, linked.Phone));
        (await session.KeysAsync()).ShouldBe(keys);
        // Of one that the phone took off, the login is refused again, and the keys are archived again.
        await world.PostAsync($"/phones/{session.Phone}/unlink", new UnlinkRequest(null));
        await session.PhaseAsync(SessionPhase.LoggedOut);
        await session.WantAsync(row => row with { RestoreRequest = "once more" });
        await session.PhaseAsync(
            SessionPhase.LoggedOut,
            s => s.RestoreRequest == "once more" && s.Reason == "LoggedOut"
        );
        (await session.KeysAsync()).ShouldBe(0);
        (
            await world.SqlAsync(
                $"select count(*) from wa.session_archive where session_id = {session.Id}"
            )
        ).ShouldBe(1L);
    }

    [Fact]
    public async Task Another_login_with_the_same_keys_is_a_replacement_and_is_not_fought()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        await using var other = await ReferenceClient.LoginAsync(world, session);

        await session.PhaseAsync(SessionPhase.Replaced);
        await session.WantAsync(row => row with { PairRequest = "now" });
        (await other.End).Kind.ShouldBe(WhatsApp.DisconnectKind.Replaced);
        await session.PhaseAsync(SessionPhase.Connected);
        (await session.SeenAsync())!.Logins.ShouldBe(3);
    }

    [Fact]
    public async Task A_deleted_session_is_no_longer_listed_by_its_phone()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);

        await session.WantAsync(row => row with { Desired = DesiredState.Deleting });

        await session.PhaseAsync(SessionPhase.Unlinked);
        (await world.GetAsync<PhoneAnswer>($"/phones/{session.Phone}")).Devices.ShouldBeEmpty();
        (await session.KeysAsync()).ShouldBe(0);
        await world.Desired.RemoveSessionsAsync([session.Id]);
        await Eventually.True(
            "no socket is left",
            async () => (await world.StatsAsync()).Sockets == 0
        );
    }

    [Fact]
    public async Task A_deletion_that_skips_the_unlink_stays_listed_and_a_ban_is_a_ban()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var (session, banned) = (await world.PairedAsync(0), await world.PairedAsync(0));
        await session.WantAsync(row =>
            row with
            {
                Desired = DesiredState.Deleting,
                SkipUnlink = true,
            }
        );
        await session.PhaseAsync(SessionPhase.Unlinked);
        (await world.GetAsync<PhoneAnswer>($"/phones/{session.Phone}")).Devices.Count.ShouldBe(1);
        await world.PostAsync(
            "/faults/refuse",
            new RefuseRequest(banned.Phone, null, null, null, 403)
        );

        await world.PostAsync("/faults/drop", new DropRequest(banned.Phone, null));

        (await banned.PhaseAsync(SessionPhase.Banned)).Paired.ShouldBeTrue();
    }

    [Fact]
    public async Task A_dropped_connection_is_dialled_again_however_it_was_dropped()
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
}
