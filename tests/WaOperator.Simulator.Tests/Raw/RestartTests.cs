using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>A simulator with a state directory continues where it stopped.</summary>
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
        second.Jid.Device.ShouldBe((ushort)2, "numbers of devices continue");
    }

    [Fact]
    public async Task A_group_outlives_a_restart_with_its_members_and_settings()
    {
        const string Bert = "491522222222";
        var options = Simulation.Options with { State = _folder.FullName };
        var anna = new RawDevice();
        string id;
        await using (var before = await Simulation.StartAsync(options))
        {
            await anna.PairAsync(before);
            using var bert = await before.PutAsync($"/phones/{Bert}", new { name = "Bert" });
            await using var client = await anna.LoginAsync(before);
            var made = await client.AskAsync(
                "set",
                "w:g2",
                "@g.us",
                new BinaryNode("create")
                {
                    ["subject"] = "Garden",
                    Children =
                    [
                        new("participant") { ["jid"] = $"{Bert}@s.whatsapp.net" },
                        new("announcement"),
                    ],
                }
            );
            id = made.Child("group")!["id"]!;
        }

        await using var after = await Simulation.StartAsync(options);
        await using var again = await anna.LoginAsync(after);
        var answer = await again.AskAsync(
            "get",
            "w:g2",
            $"{id}@g.us",
            new BinaryNode("query") { ["request"] = "interactive" }
        );
        var group = answer.Child("group")!;
        group["subject"].ShouldBe("Garden");
        group.Child("announcement").ShouldNotBeNull();
        group
            .ChildrenWith("participant")
            .Select(p => (p["phone_number"], p["type"]))
            .ShouldBe([
                ($"{RawDevice.Number}@s.whatsapp.net", "superadmin"),
                ($"{Bert}@s.whatsapp.net", null),
            ]);
    }

    [Fact]
    public async Task A_simulator_that_is_killed_loses_nothing_that_it_has_told()
    {
        var (before, after) = (
            _folder.CreateSubdirectory("before"),
            _folder.CreateSubdirectory("after")
        );
        var (anna, bert) = (new RawDevice(), new RawDevice());
        const string berts = "491522222222";
        await using var simulation = await Simulation.StartAsync(
            Simulation.Options with
            {
                State = before.FullName,
            }
        );
        await anna.PairAsync(simulation);
        await bert.PairAsync(simulation, berts);
        await using var client = await anna.LoginAsync(simulation);
        await client.AskAsync("set", "encrypt", anna.PreKeys(9));
        foreach (var id in new[] { "m-1", "m-2", "m-3" })
        {
            await client.SendAsync(StanzaTests.Message(id, bert.Jid));
            await client.WaitAsync("ack", a => a["id"] == id);
        }
        await using (var reader = await bert.LoginAsync(simulation))
        {
            await reader.ActivateAsync();
            await reader.SendAsync(
                new("ack")
                {
                    ["class"] = "message",
                    ["id"] = "m-2",
                    ["to"] = anna.Jid.ToString(),
                }
            );
            await reader.AskAsync("get", "w:p", new BinaryNode("ping"));
        }

        // What is in the files at this moment is what a kill would leave; the last record may be cut off.
        // What is being written to take a file's place is not read at start, and gone in a moment.
        foreach (var file in before.EnumerateFiles().Where(f => f.Extension != ".tmp"))
            file.CopyTo(Path.Combine(after.FullName, file.Name));
        await File.AppendAllTextAsync(Path.Combine(after.FullName, "mailboxes.log"), "\u0007\0\0");
        await using var restarted = await Simulation.StartAsync(
            Simulation.Options with
            {
                State = after.FullName,
            }
        );
        await using var again = await bert.LoginAsync(restarted);
        (await again.ActivateAsync())
            .Where(n => n.Tag == "message")
            .Select(n => n["id"])
            .ShouldBe(["m-1", "m-3"]);
        await using var annaAgain = await anna.LoginAsync(restarted);
        (await annaAgain.AskAsync("get", "encrypt", new BinaryNode("count")))
            .Child("count")!["value"]
            .ShouldBe("9");
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
