using WaOperator.SessionPod.Tests.Fakes;
using WaOperator.SessionPod.Tests.World;
using WaOperator.Simulator.Control;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.Testing;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests;

public sealed class PairingTests
{
    [Fact]
    public async Task A_declared_session_shows_a_code_is_scanned_and_connects()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);

        await session.ScanAsync();

        var state = await session.PhaseAsync(SessionPhase.Connected);
        state.Paired.ShouldBeTrue();
        state.Phone.ShouldBe(session.Phone);
        state.Jid.ShouldNotBeNull().ShouldStartWith(session.Phone);
        state.LastConnectedAt.ShouldNotBeNull();
        await Eventually.True("the code is gone", async () => await session.CodeAsync() is null);
        (await session.SeenAsync())!.Connected.ShouldBeTrue();
    }

    [Fact]
    public async Task A_session_that_wants_a_typed_code_shows_one_and_connects_when_it_is_typed()
    {
        await using var world = await PodWorld.StartAsync();
        var session = await world.SessionAsync(0);
        await session.WantAsync(row => row with { PairingMethod = "Code" });
        await world.PodAsync(0, "pod-a");
        var code = await Eventually.Get("a code", session.CodeAsync);
        code.Length.ShouldBe(8);
        (await session.StateAsync())!.Message.ShouldBe("a code waits to be typed into the phone");

        using (
            var answer = await world.PostAsync(
                $"/phones/{session.Phone}/enter-code",
                new EnterCodeRequest(code)
            )
        )
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());

        (await session.PhaseAsync(SessionPhase.Connected)).Paired.ShouldBeTrue();
        await Eventually.True("the code is gone", async () => await session.CodeAsync() is null);
    }

    [Fact]
    public async Task The_keys_are_stored_encrypted_before_the_first_code_is_shown()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var code = await Eventually.Get("a code", session.CodeAsync);

        var credentials = await world.CredentialsAsync(session);

        credentials.IsPaired.ShouldBeFalse();
        code.ShouldContain(Convert.ToBase64String(credentials.NoiseKey.Public));
        var stored = await new SessionKeys(world.Admin).ReadAsync(session.Id, null);
        foreach (var row in stored)
        {
            row.Ciphertext.AsSpan().IndexOf(credentials.NoiseKey.Private).ShouldBe(-1);
            row.Ciphertext.AsSpan()
                .IndexOf(
                    System.Text.Encoding.ASCII.GetBytes(
                        Convert.ToBase64String(credentials.NoiseKey.Private)
                    )
                )
                .ShouldBe(-1);
        }
    }

    [Fact]
    public async Task Prekeys_are_stored_in_a_few_rows()
    {
        await using var world = await PodWorld.StartAsync(PodWorld.Quick with { PreKeys = 200 });
        await world.PodAsync(0, "pod-a");
        var session = await world.PairedAsync(0);
        (await session.SeenAsync())!.PreKeys.ShouldBe(200);
        (await session.KeysAsync()).ShouldBe(1 + 4);
    }

    [Fact]
    public async Task Another_phone_than_declared_is_refused_and_waits_for_a_new_request()
    {
        await using var world = await PodWorld.StartAsync();
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var code = await Eventually.Get("a code", session.CodeAsync);
        using (
            await world.PostAsync(
                "/phones/4915112345678/scan",
                new Simulator.Control.ScanRequest(code)
            )
        )
        {
            // The phone is told that it failed; what counts is below.
        }

        var state = await session.PhaseAsync(SessionPhase.PhoneMismatch);

        state.Paired.ShouldBeFalse();
        state.Message.ShouldNotContain("4915112345678");
        (await session.CodeAsync()).ShouldBeNull();
        await session.WantAsync(row => row with { PairRequest = "2" });
        await session.ScanAsync();
        (await session.PhaseAsync(SessionPhase.Connected)).Phone.ShouldBe(session.Phone);
    }

    [Fact]
    public async Task A_round_of_codes_ends_and_begins_again_on_request_only()
    {
        var network = new FakeNetwork();
        await using var world = await PodWorld.StartAsync(network: network);
        await world.PodAsync(0, "pod-a");
        var session = await world.SessionAsync(0);
        var round = await network.ConnectionAsync(session, 1);
        await round.TellAsync(new QrCode("code", "", TimeSpan.FromMinutes(1), 1, 1));
        (await session.CodeAsync()).ShouldBe("code");

        round.End(DisconnectKind.PairingExpired);

        await session.PhaseAsync(SessionPhase.PairingExpired);
        (await session.CodeAsync()).ShouldBeNull();
        network.ConnectionsOf(session).ShouldBe(1);
        await session.WantAsync(row => row with { PairRequest = "again" });
        await (await network.ConnectionAsync(session, 2)).LinkAsync();
        await (await network.ConnectionAsync(session, 3)).EstablishAsync();
        await session.PhaseAsync(SessionPhase.Connected);
    }
}
