using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>A simulator with a state directory goes on where it stopped.</summary>
public sealed class RestartTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("simulator-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Phones_devices_prekeys_queue_and_root_key_outlive_a_restart()
    {
        var options = Simulation.Options with
        {
            State = _folder.FullName,
            RootKeyOut = Path.Combine(_folder.FullName, "out", "root.pub"),
        };
        var device = new RawDevice();
        string root;
        string waiting;
        await using (var before = await Simulation.StartAsync(options))
        {
            await device.PairAsync(before);
            await using var client = await device.LoginAsync(before);
            (await client.AskAsync("set", "encrypt", device.PreKeys(9)))["type"].ShouldBe("result");
            root = Convert.ToHexStringLower(before.Host.Server.RootPublic);
            waiting = (string)
                (await before.PostedAsync($"/phones/{RawDevice.Number}/messages", new { }))["ids"]![
                    0
                ]!;
        }

        await using var after = await Simulation.StartAsync(options);
        Convert.ToHexStringLower(after.Host.Server.RootPublic).ShouldBe(root);
        (await File.ReadAllTextAsync(options.RootKeyOut)).Trim().ShouldBe(root);
        await using var again = await device.LoginAsync(after);
        (await again.AskAsync("get", "encrypt", new BinaryNode("count")))
            .Child("count")!["value"]
            .ShouldBe("9");
        (await again.ActivateAsync()).ShouldContain(n =>
            n["id"] == waiting && n["offline"] != null
        );

        var second = new RawDevice();
        await second.PairAsync(after);
        second.Jid.Device.ShouldBe((ushort)2, "numbers of devices go on");
    }

    [Fact]
    public async Task Reset_forgets_everything()
    {
        var options = Simulation.Options with { State = _folder.FullName };
        await using (var before = await Simulation.StartAsync(options))
        {
            await new RawDevice().PairAsync(before);
            await before.PostedAsync("/reset", new { what = "all" });
            (await before.GetAsync("/phones")).AsArray().ShouldBeEmpty();
            ((int)(await before.GetAsync("/stats"))["logins"]!).ShouldBe(0);
        }
        await using var after = await Simulation.StartAsync(options);
        (await after.GetAsync("/phones")).AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_state_that_cannot_be_read_is_named()
    {
        var file = Path.Combine(_folder.FullName, "phone-491511111111.json");
        await File.WriteAllTextAsync(file, "{ \"number\": ");
        var failure = await Should.ThrowAsync<InvalidDataException>(() =>
            Simulation.StartAsync(Simulation.Options with { State = _folder.FullName })
        );
        failure.Message.ShouldContain(file);
    }
}
