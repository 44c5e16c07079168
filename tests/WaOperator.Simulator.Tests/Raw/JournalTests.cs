using System.Text.Json.Nodes;
using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>What became of messages, and what can be done to them by order.</summary>
public sealed class JournalTests : IAsyncLifetime
{
    private const string Bert = "491522222222";

    private readonly RawDevice _anna = new();
    private readonly RawDevice _bert = new();
    private Simulation _simulation = null!;
    private RawClient _annas = null!;

    public async Task InitializeAsync()
    {
        _simulation = await Simulation.StartAsync(Simulation.Options with { Journal = 2 });
        await Task.WhenAll(_anna.PairAsync(_simulation), _bert.PairAsync(_simulation, Bert));
        _annas = await _anna.LoginAsync(_simulation);
    }

    public async Task DisposeAsync()
    {
        await _annas.DisposeAsync();
        await _simulation.DisposeAsync();
    }

    [Fact]
    public async Task The_journal_tells_who_was_told_what_and_keeps_no_more_than_it_should()
    {
        foreach (var id in new[] { "m-1", "m-2", "m-3" })
        {
            await _annas.SendAsync(StanzaTests.Message(id, _bert.Jid));
            await _annas.WaitAsync("ack", a => a["id"] == id);
        }
        (await _simulation.GetAsync("/messages"))
            .AsArray()
            .Select(m => (string?)m!["id"])
            .ShouldBe(["m-2", "m-3"]);
        var waiting = (await DeliveryAsync("m-2"))!;
        waiting["deliveredAt"].ShouldBeNull();

        await using (var bert = await _bert.LoginAsync(_simulation))
        {
            await bert.ActivateAsync();
            await bert.SendAsync(new("receipt") { ["id"] = "m-2", ["to"] = _anna.Jid.ToString() });
            await bert.WaitAsync("ack", a => a["id"] == "m-2");
        }
        var confirmed = (await DeliveryAsync("m-2"))!;
        ((string?)confirmed["device"]).ShouldBe(_bert.Jid.ToString());
        ((int)confirmed["deliveries"]!).ShouldBe(1);
        ((string?)confirmed["confirmedBy"]).ShouldBe("receipt");
        (await DeliveryAsync("m-3"))!["confirmedAt"].ShouldBeNull();

        using var put = await _simulation.PutAsync("/journal", new { keep = 0 });
        (await _simulation.GetAsync("/messages")).AsArray().ShouldBeEmpty();
    }

    [Fact]
    public async Task Messages_are_refused_as_often_as_ordered_and_reach_nobody()
    {
        await _simulation.PostedAsync(
            "/faults/refuse-messages",
            new
            {
                number = RawDevice.Number,
                error = 463,
                count = 1,
            }
        );
        await _annas.SendAsync(StanzaTests.Message("m-1", _bert.Jid));
        (await _annas.WaitAsync("ack", a => a["id"] == "m-1"))["error"].ShouldBe("463");
        await _annas.SendAsync(StanzaTests.Message("m-2", _bert.Jid));
        (await _annas.WaitAsync("ack", a => a["id"] == "m-2"))["error"].ShouldBeNull();
        ((int)(await _simulation.SessionAsync(Bert))["waiting"]!).ShouldBe(1);
    }

    [Fact]
    public async Task A_retry_storm_comes_from_the_named_device()
    {
        await _annas.ActivateAsync();
        await _simulation.PostedAsync(
            "/faults/retry-storm",
            new
            {
                number = RawDevice.Number,
                from = Bert,
                fromDevice = 7,
                id = "m-1",
                count = 3,
            }
        );
        for (var i = 0; i < 3; i++)
            (await _annas.WaitAsync("receipt", r => r["type"] == "retry"))["from"]
                .ShouldBe($"{Bert}:7@s.whatsapp.net");
    }

    [Fact]
    public async Task A_device_that_a_sender_forgot_is_told_to_it_by_a_hash()
    {
        var second = new RawDevice();
        await second.PairAsync(_simulation, Bert);
        await _annas.SendAsync(StanzaTests.Message("m-1", _bert.Jid));
        (await _annas.WaitAsync("ack", a => a["id"] == "m-1"))["phash"]
            .ShouldNotBeNull()
            .ShouldStartWith("2:");
    }

    [Fact]
    public async Task Who_is_blocked_hears_nothing_of_it_and_is_not_heard()
    {
        await using var bert = await _bert.LoginAsync(_simulation);
        await bert.ActivateAsync();
        var item = new BinaryNode("item")
        {
            ["action"] = "block",
            ["jid"] = $"{Accounts.Phone.LidOf(RawDevice.Number)}@lid",
        };
        var list = (await bert.AskAsync("set", "blocklist", item)).Child("list")!;
        list.Children.Single()["jid"].ShouldBe(item["jid"]);
        await _annas.SendAsync(StanzaTests.Message("m-1", _bert.Jid));
        (await _annas.WaitAsync("ack", a => a["id"] == "m-1"))["error"].ShouldBeNull();
        ((int)(await _simulation.SessionAsync(Bert))["waiting"]!).ShouldBe(0);

        item["action"] = "unblock";
        (await bert.AskAsync("set", "blocklist", item)).Child("list")!.Children.ShouldBeEmpty();
        await _annas.SendAsync(StanzaTests.Message("m-2", _bert.Jid));
        await bert.WaitAsync("message", m => m["id"] == "m-2");
    }

    [Fact]
    public async Task Presence_is_told_to_those_who_asked_until_the_connection_ends()
    {
        await _annas.ActivateAsync();
        var bert = await _bert.LoginAsync(_simulation);
        await bert.ActivateAsync();
        await _annas.SendAsync(
            new("presence") { ["type"] = "subscribe", ["to"] = $"{Bert}@s.whatsapp.net" }
        );
        (await _annas.WaitAsync("presence"))["type"].ShouldBe("unavailable");
        await bert.SendAsync(new("presence") { ["type"] = "available", ["name"] = "Bert" });
        (await _annas.WaitAsync("presence"))["type"].ShouldBeNull();
        await bert.DisposeAsync();
        (await _annas.WaitAsync("presence"))["type"].ShouldBe("unavailable");
    }

    [Fact]
    public async Task Large_stanzas_come_compressed_and_mean_the_same()
    {
        await using var compressing = await Simulation.StartAsync(
            Simulation.Options with
            {
                CompressAbove = 100,
            }
        );
        var device = new RawDevice();
        await device.PairAsync(compressing);
        await using var client = await device.LoginAsync(compressing);
        await client.AskAsync("set", "encrypt", device.PreKeys(50));
        (await client.AskAsync("get", "encrypt", new BinaryNode("digest")))
            .Child("digest")!
            .Child("list")!
            .Children.Count.ShouldBe(50);
    }

    private async Task<JsonNode?> DeliveryAsync(string id) =>
        (await _simulation.GetAsync($"/messages?number={RawDevice.Number}"))
            .AsArray()
            .Single(m => (string?)m!["id"] == id)!["devices"]!
            .AsArray()
            .Single();
}
