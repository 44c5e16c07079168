using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests;

/// <summary>What the end of a connection makes of its session, over a network that does as it is told.</summary>
public sealed class EndTests
{
    private readonly FakeNetwork _network = new();

    [Fact]
    public async Task Unlinked_on_the_phone_wipes_the_keys_and_pairs_again_on_request()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);

        connection.End(DisconnectKind.LoggedOut);

        var state = await session.PhaseAsync(SessionPhase.LoggedOut);
        state.Paired.ShouldBeFalse();
        state.Jid.ShouldBeNull();
        (await session.KeysAsync()).ShouldBe(0);
        (await session.CodeAsync()).ShouldBeNull();
        await session.WantAsync(row => row with { PairRequest = "again" });
        await (await _network.ConnectionAsync(session, 3)).LinkAsync();
        await (await _network.ConnectionAsync(session, 4)).EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);
    }

    [Fact]
    public async Task Replaced_while_the_lease_holds_says_so_and_does_not_fight_back()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);

        connection.End(DisconnectKind.Replaced);

        (await session.PhaseAsync(SessionPhase.Replaced)).Paired.ShouldBeTrue();
        (await session.KeysAsync()).ShouldBeGreaterThan(0);
        _network.ConnectionsOf(session).ShouldBe(2);
        // A person asks: then it tries once more.
        await session.WantAsync(row => row with { PairRequest = "now" });
        await (await _network.ConnectionAsync(session, 3)).EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);
    }

    [Fact]
    public async Task A_deleted_session_is_unlinked_over_the_connection_that_it_has()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);

        await session.WantAsync(row => row with { Desired = DesiredState.Deleting });

        (await session.PhaseAsync(SessionPhase.Unlinked)).Paired.ShouldBeFalse();
        connection.Unlinked.ShouldBeTrue();
        (await session.KeysAsync()).ShouldBe(0);
        _network.ConnectionsOf(session).ShouldBe(2);
    }

    [Fact]
    public async Task A_logout_takes_the_device_off_once_and_the_session_can_be_linked_again()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);
        // A clock that is a little ahead of the pod's.
        var asked = TimeProvider.System.GetUtcNow().AddSeconds(20);

        await session.WantAsync(row => row with { LogoutAt = asked });

        var state = await session.PhaseAsync(SessionPhase.LoggedOut);
        (state.Paired, state.Reason).ShouldBe((false, "LogoutRequested"));
        connection.Unlinked.ShouldBeTrue();
        (await session.KeysAsync()).ShouldBe(0);
        _network.ConnectionsOf(session).ShouldBe(2);
        await session.WantAsync(row => row with { PairRequest = "again" });
        await (await _network.ConnectionAsync(session, 3)).LinkAsync();
        var again = await _network.ConnectionAsync(session, 4);
        await again.EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);
        again.Unlinked.ShouldBeFalse();
        // Also to its next owner: the request stands in the row for ever.
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);
        await session.WantAsync(row => row with { Desired = DesiredState.Active });
        await (await _network.ConnectionAsync(session, 5)).EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);
    }

    [Fact]
    public async Task A_logout_from_before_the_link_does_not_touch_it()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        await session.WantAsync(row => row with { LogoutAt = TimeProvider.System.GetUtcNow() });
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);

        // As by a resource out of a backup.
        await session.WantAsync(row =>
            row with
            {
                LogoutAt = TimeProvider.System.GetUtcNow().AddDays(-1),
                DeviceName = "other",
            }
        );
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);

        connection.Unlinked.ShouldBeFalse();
        connection.Ended!.Kind.ShouldBe(DisconnectKind.LocalClose);
        _network.ConnectionsOf(session).ShouldBe(2);
    }

    [Fact]
    public async Task A_device_that_a_logout_cannot_take_off_stays_and_is_tried_again()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);
        _network.KeepsLinks = "the server refused";

        await session.WantAsync(row => row with { LogoutAt = TimeProvider.System.GetUtcNow() });

        var state = await session.PhaseAsync(
            SessionPhase.Reconnecting,
            s => s.Reason == "NotUnlinked"
        );
        (state.Paired, state.Message).ShouldBe((true, "the server refused"));
        _network.KeepsLinks = null;
        await session.PhaseAsync(SessionPhase.LoggedOut);
    }

    [Fact]
    public async Task A_refused_logout_does_not_keep_the_session_from_what_is_asked_next()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);
        _network.RefusesUnlinking = true;

        await session.WantAsync(row => row with { LogoutAt = TimeProvider.System.GetUtcNow() });

        await session.PhaseAsync(SessionPhase.Reconnecting, s => s.Reason == "NotUnlinked");
        connection.Ended!.Kind.ShouldBe(DisconnectKind.LocalClose);
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        (await session.PhaseAsync(SessionPhase.Stopped)).Paired.ShouldBeTrue();
    }

    [Fact]
    public async Task A_stopped_session_is_connected_to_be_unlinked()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);
        connection.Ended!.Kind.ShouldBe(DisconnectKind.LocalClose);

        await session.WantAsync(row => row with { Desired = DesiredState.Deleting });

        await session.PhaseAsync(SessionPhase.Unlinked);
        (await _network.ConnectionAsync(session, 3)).Unlinked.ShouldBeTrue();
    }

    [Fact]
    public async Task A_device_that_cannot_be_unlinked_says_why_and_stays_linked()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);
        _network.KeepsLinks = "the server refused";

        await session.WantAsync(row => row with { Desired = DesiredState.Deleting });

        var state = await session.PhaseAsync(
            SessionPhase.Reconnecting,
            s => s.Reason == "NotUnlinked"
        );
        state.Message.ShouldBe("the server refused");
        state.Paired.ShouldBeTrue();
        _network.KeepsLinks = null;
        await session.PhaseAsync(SessionPhase.Unlinked);
    }

    [Fact]
    public async Task A_deletion_that_skips_the_unlink_leaves_the_phone_alone()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);

        await session.WantAsync(row =>
            row with
            {
                Desired = DesiredState.Deleting,
                SkipUnlink = true,
            }
        );

        await session.PhaseAsync(SessionPhase.Unlinked);
        connection.Unlinked.ShouldBeFalse();
        connection.Ended!.Kind.ShouldBe(DisconnectKind.LocalClose);
    }

    [Fact]
    public async Task Stopped_keeps_its_keys_and_connects_again_without_a_scan()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);
        await session.WantAsync(row => row with { Desired = DesiredState.Stopped });
        await session.PhaseAsync(SessionPhase.Stopped);

        await session.WantAsync(row => row with { Desired = DesiredState.Active });

        await (await _network.ConnectionAsync(session, 3)).EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);
    }

    [Theory]
    [InlineData(DisconnectKind.ConnectionLost)]
    [InlineData(DisconnectKind.StreamEnd)]
    [InlineData(DisconnectKind.StoreFailed)]
    public async Task A_lost_connection_is_reported_and_dialled_again(DisconnectKind how)
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected);

        connection.End(how);

        (await session.PhaseAsync(SessionPhase.Reconnecting)).Reason.ShouldBe(how.ToString());
        await (await _network.ConnectionAsync(session, 3)).EstablishAsync();
        (await session.PhaseAsync(SessionPhase.Connected)).Reconnects.ShouldBe(1);
    }

    [Fact]
    public async Task A_banned_account_is_reported_and_left_alone()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);

        connection.End(DisconnectKind.Banned);

        (await session.PhaseAsync(SessionPhase.Banned)).Paired.ShouldBeTrue();
        (await session.KeysAsync()).ShouldBeGreaterThan(0);
        _network.ConnectionsOf(session).ShouldBe(2);
    }

    [Fact]
    public async Task A_write_that_got_no_answer_has_the_session_claimed_again()
    {
        await using var world = await StartAsync();
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        var before = (await session.PhaseAsync(SessionPhase.Connected)).Epoch;
        connection.InDoubt = true;

        connection.End(DisconnectKind.StoreFailed);

        await (await _network.ConnectionAsync(session, 3)).EstablishAsync();
        (await session.PhaseAsync(SessionPhase.Connected, s => s.Epoch > before)).Epoch.ShouldBe(
            before + 1
        );
    }

    private async Task<PodWorld> StartAsync()
    {
        var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        return world;
    }
}
