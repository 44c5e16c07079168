using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Events;

namespace WaOperator.Simulator.Tests.OwnClient;

/// <summary>A phone on which WhatsApp is installed again.</summary>
public sealed class ReinstallTests : IDisposable
{
    private const string Anna = "491511111111";
    private const string Bert = "491522222222";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("simulator-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task It_loses_its_devices_and_those_who_wrote_to_it_learn_its_new_key()
    {
        await using var simulation = await Simulation.StartAsync();
        await using var anna = await Correspondent.ConnectedAsync(simulation, Anna);
        await using var bert = await Correspondent.ConnectedAsync(simulation, Bert);
        await using var other = await Correspondent.ConnectedAsync(simulation, "491533333333");
        (await anna.TextAsync(bert.Jid, "one")).Succeeded.ShouldBeTrue();
        await bert.GotAsync("one");

        await simulation.PostedAsync($"/phones/{Bert}/reinstall", new { });
        (await bert.EndedAsync()).Kind.ShouldBe(DisconnectKind.LoggedOut);
        await Eventually.True(
            "the notice to be acknowledged",
            async () => (int)(await simulation.SessionAsync(Anna))["waiting"]! == 0
        );
        (await anna.TextAsync(bert.Jid, "two")).Succeeded.ShouldBeTrue();

        var change = await anna.ToldAsync<IdentityChanged>();
        (change.Device.Device, change.OldFingerprint == change.NewFingerprint).ShouldBe(
            ((ushort)0, false)
        );
        (await simulation.DevicesAsync(Bert)).ShouldBe(0);
        (await other.TextAsync(bert.Jid, "hello")).Succeeded.ShouldBeTrue();
        other.Store.Events.OfType<IdentityChanged>().ShouldBeEmpty("it knew no other key");
    }

    [Fact]
    public async Task Its_keys_outlive_a_restart()
    {
        var options = Simulation.Options with { State = _folder.FullName };
        byte[] first;
        byte[] second;
        await using (var before = await Simulation.StartAsync(options))
        {
            (await before.PutAsync($"/phones/{Bert}", new { })).EnsureSuccessStatusCode();
            first = KeyIn(before);
            await before.PostedAsync($"/phones/{Bert}/reinstall", new { });
            second = KeyIn(before);
        }

        await using var after = await Simulation.StartAsync(options);
        second.ShouldNotBe(first);
        KeyIn(after).ShouldBe(second);
    }

    private static byte[] KeyIn(Simulation simulation) =>
        simulation.Host.Server.Directory.TryGet(Bert, out var phone)
            ? phone.Identity.Public
            : throw new InvalidOperationException($"there is no phone {Bert}");
}
