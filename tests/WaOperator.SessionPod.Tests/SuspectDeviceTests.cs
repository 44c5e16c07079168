using WaOperator.Domain;
using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Store;
using WaOperator.Store.Operator;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests;

/// <summary>A device whose stored address looks wrong is reported, and treated as any other.</summary>
public sealed class SuspectDeviceTests
{
    private readonly FakeNetwork _network = new();

    [Fact]
    public async Task A_high_number_is_reported_once_and_the_session_works_as_ever()
    {
        _network.Address = phone => new(phone, Jid.PhoneServer, 14);
        await using var world = await PodWorld.StartAsync(network: _network);
        var pod = await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        var state = await session.PhaseAsync(SessionPhase.Connected);
        var keys = await session.KeysAsync();

        (state.Suspect, state.SuspectDetail).ShouldBe(("DeviceIdHigh", "device 14, above 10"));
        (state.Paired, state.Reason).ShouldBe((true, "Connected"));

        connection.End(DisconnectKind.ConnectionLost);
        await (await _network.ConnectionAsync(session, 3)).EstablishAsync();
        state = await session.PhaseAsync(SessionPhase.Connected, s => s.Reconnects == 1);
        state.Suspect.ShouldBe("DeviceIdHigh");
        (await session.KeysAsync()).ShouldBe(keys);
        (await CountsAsync(pod)).ShouldBe([
            "wa_device_suspect_total{tenant=\"ns/acme\",reason=\"DeviceIdHigh\"} 1",
        ]);
    }

    [Fact]
    public async Task Another_threshold_holds_from_the_next_login_on()
    {
        _network.Address = phone => new(phone, Jid.PhoneServer, 14);
        await using var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected, s => s.Suspect == "DeviceIdHigh");

        await world.Desired.PutPoolAsync(
            new PoolRow(
                PodWorld.Pool,
                "ns",
                "default",
                PodWorld.Quick with
                {
                    SuspectDeviceIdAbove = 14,
                    LogLevel = "Warning",
                }
            )
        );
        for (var next = 3; (await session.StateAsync())!.Suspect.Length > 0; next++)
        {
            next.ShouldBeLessThan(40, "the pod was told of the threshold long ago");
            connection.End(DisconnectKind.ConnectionLost);
            connection = await _network.ConnectionAsync(session, next);
            await connection.EstablishAsync();
        }
    }

    [Fact]
    public async Task A_refused_device_is_still_told_and_a_new_link_forgets_it()
    {
        _network.Address = phone => new(phone, Jid.PhoneServer, 0);
        await using var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var connection = await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected, s => s.Suspect == "DeviceIdMissing");

        connection.End(DisconnectKind.LoggedOut);
        (await session.PhaseAsync(SessionPhase.LoggedOut)).Suspect.ShouldBe("DeviceIdMissing");

        _network.Address = phone => new(phone, Jid.PhoneServer, 2);
        await session.WantAsync(row => row with { PairRequest = "again" });
        await (await _network.ConnectionAsync(session, 3)).LinkAsync();
        await (await _network.ConnectionAsync(session, 4)).EstablishAsync();
        (await session.PhaseAsync(SessionPhase.Connected)).Suspect.ShouldBe("");
    }

    [Fact]
    public async Task A_confirmed_reset_archives_the_keys_and_forgets_the_finding()
    {
        _network.Address = phone => new(phone, Jid.PhoneServer, 14);
        await using var world = await PodWorld.StartAsync(network: _network);
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        await _network.LinkAsync(session);
        await session.PhaseAsync(SessionPhase.Connected, s => s.Suspect == "DeviceIdHigh");
        var keys = await session.KeysAsync();
        // A request to pair does nothing to a session with a device.
        await session.WantAsync(row => row with { PairRequest = "again" });

        await session.WantAsync(row =>
            row with
            {
                LogoutAt = TimeProvider.System.GetUtcNow().AddMinutes(1),
            }
        );

        var state = await session.PhaseAsync(SessionPhase.LoggedOut);
        (state.Reason, state.Suspect).ShouldBe((Reasons.LogoutRequested.Code, ""));
        (await session.KeysAsync()).ShouldBe(0);
        (
            await world.SqlAsync(
                $"select count(*) from wa.session_key_archive where session_id = {session.Id} and name = ''"
            )
        ).ShouldBe((long)keys);
    }

    private static async Task<string[]> CountsAsync(TestPod pod)
    {
        using var http = new HttpClient { BaseAddress = pod.Health };
        return
        [
            .. (await http.GetStringAsync("/metrics"))
                .Split('\n')
                .Where(l => l.StartsWith("wa_device_suspect_total{", StringComparison.Ordinal)),
        ];
    }
}
