using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>
/// What clients rely on that believe a stanza only in one form: contents that must be bytes however they read, attributes that must
/// be there, notifications in the address under which a client keeps what they change.
/// </summary>
public sealed class StrictClientTests : IAsyncLifetime
{
    private const string Bert = "491522222222";

    private readonly RawDevice _anna = new();
    private readonly RawDevice _bert = new();
    private Simulation _simulation = null!;
    private RawClient _annas = null!;
    private RawClient _berts = null!;

    public async Task InitializeAsync()
    {
        _simulation = await Simulation.StartAsync();
        await Task.WhenAll(_anna.PairAsync(_simulation), _bert.PairAsync(_simulation, Bert));
        (_annas, _berts) = (
            await _anna.LoginAsync(_simulation),
            await _bert.LoginAsync(_simulation)
        );
        await _annas.ActivateAsync();
        await _berts.ActivateAsync();
    }

    public async Task DisposeAsync()
    {
        await _annas.DisposeAsync();
        await _berts.DisposeAsync();
        await _simulation.DisposeAsync();
    }

    [Fact]
    public async Task Who_asks_for_numbers_by_LID_gets_the_LID_with_the_number_beside_it_and_the_question_as_bytes()
    {
        var users = await UsyncAsync(
            new("contact") { ["addressing_mode"] = "lid" },
            Contact($"+{Bert}@c.us"),
            Contact("4930000000")
        );
        (users[0]["jid"], users[0]["pn_jid"]).ShouldBe(
            ($"{Phone.LidOf(Bert)}@lid", $"{Bert}@s.whatsapp.net")
        );
        (users[1]["jid"], users[1]["pn_jid"]).ShouldBe(("4930000000@s.whatsapp.net", null));
        users
            .Select(u => u.Child("contact")!)
            .Select(c => (c["type"], c.Content, c.Text))
            .ShouldBe([
                ("in", NodeContent.Bytes, $"+{Bert}@c.us"),
                ("out", NodeContent.Bytes, "4930000000"),
            ]);
    }

    [Fact]
    public async Task What_an_account_says_of_itself_is_bytes_also_where_it_reads_like_a_number()
    {
        await _berts.AskAsync("set", "status", new BinaryNode("status") { Text = "2026" });
        var users = await UsyncAsync(
            new("status"),
            new BinaryNode("user") { ["jid"] = $"{Bert}@s.whatsapp.net" }
        );
        var status = users[0].Child("status")!;
        (status.Content, status.Text).ShouldBe((NodeContent.Bytes, "2026"));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Who_looked_devices_up_hears_of_changes_by_the_address_that_it_asked_by(
        bool byLid,
        bool byNumber
    )
    {
        var lid = $"{Phone.LidOf(Bert)}@lid";
        var number = $"{Bert}@s.whatsapp.net";
        BinaryNode devices = new("devices") { ["version"] = "2" };
        if (byLid)
            await UsyncAsync(devices, User(lid));
        if (byNumber)
            await UsyncAsync(devices, User(number));
        // Only a look at the account: nothing is kept of it.
        await UsyncAsync(devices, "background", User(number), User(lid));
        var second = new RawDevice();
        await second.PairAsync(_simulation, Bert);

        var told = await _annas.WaitAsync("notification", n => n["type"] == "devices");
        var secondLid = $"{Phone.LidOf(Bert)}:{second.Jid.Device}@lid";
        var added = told.Child("add")!;
        var device = added.Child("device")!;
        added["device_hash"].ShouldNotBeNull();
        (told["from"], told["lid"]).ShouldBe(byNumber ? (number, lid) : (lid, null));
        device["jid"].ShouldBe(byNumber ? second.Jid.ToString() : secondLid);
        device["lid"].ShouldBe(byNumber && byLid ? secondLid : null);
        (added["device_lid_hash"] is not null).ShouldBe(byNumber && byLid);
    }

    [Fact]
    public async Task The_other_devices_of_an_account_are_told_the_whole_list()
    {
        var second = new RawDevice();
        await second.PairAsync(_simulation, Bert);
        var told = await _berts.WaitAsync(
            "notification",
            n => n["type"] == "account_sync" && n.Child("devices") is not null
        );
        told["from"].ShouldBe($"{Bert}@s.whatsapp.net");
        var devices = told.Child("devices")!;
        devices["dhash"].ShouldNotBeNull().ShouldStartWith("2:");
        devices
            .Children.Select(d => d["jid"])
            .ShouldBe([$"{Bert}@s.whatsapp.net", _bert.Jid.ToString(), second.Jid.ToString()]);
    }

    [Fact]
    public async Task Changes_of_a_group_carry_the_versions_and_bytes_that_clients_read()
    {
        var group = await CreateAsync();
        var id = $"{group["id"]}@g.us";
        await SetAsync(id, new("announcement"));
        (await ChangeAsync("announcement"))["v_id"].ShouldBe("2");
        await SetAsync(id, new("not_announcement"));
        (await ChangeAsync("not_announcement"))["v_id"].ShouldBe("3");

        await SetAsync(
            id,
            new("description") { ["id"] = "D1", Children = [new("body") { Text = "2026" }] }
        );
        var body = (await ChangeAsync("description")).Child("body")!;
        (body.Content, body.Text).ShouldBe((NodeContent.Bytes, "2026"));
        await SetAsync(id, new("description") { ["id"] = "D2", ["delete"] = "true" });
        var deleted = await ChangeAsync("description");
        deleted.Child("delete").ShouldNotBeNull();
        deleted.Child("body").ShouldBeNull();
    }

    [Fact]
    public async Task A_group_is_made_with_the_settings_that_were_asked_for()
    {
        var group = await CreateAsync(
            new("announcement"),
            new("locked"),
            new BinaryNode("ephemeral") { ["expiration"] = "86400" }
        );
        group.Child("announcement").ShouldNotBeNull();
        group.Child("locked").ShouldNotBeNull();
        group.Child("ephemeral")!["expiration"].ShouldBe("86400");
        (await CreateAsync(new BinaryNode("ephemeral") { ["expiration"] = "0" }))
            .Child("ephemeral")
            .ShouldBeNull();
    }

    private async Task<BinaryNode> ChangeAsync(string tag) =>
        (await _berts.WaitAsync("notification", n => n.Child(tag) is not null)).Child(tag)!;

    private async Task SetAsync(string group, BinaryNode change) =>
        (await _annas.AskAsync("set", "w:g2", group, change))["type"].ShouldBe("result");

    private async Task<BinaryNode> CreateAsync(params BinaryNode[] settings) =>
        (
            await _annas.AskAsync(
                "set",
                "w:g2",
                "@g.us",
                new BinaryNode("create")
                {
                    ["subject"] = "Garden",
                    Children =
                    [
                        new("participant") { ["jid"] = $"{Bert}@s.whatsapp.net" },
                        .. settings,
                    ],
                }
            )
        ).Child("group")!;

    private Task<IReadOnlyList<BinaryNode>> UsyncAsync(
        BinaryNode protocol,
        params BinaryNode[] users
    ) => UsyncAsync(protocol, "message", users);

    private async Task<IReadOnlyList<BinaryNode>> UsyncAsync(
        BinaryNode protocol,
        string context,
        params BinaryNode[] users
    ) => (
            await _annas.AskAsync(
                "get",
                "usync",
                new BinaryNode("usync")
                {
                    ["sid"] = "1",
                    ["mode"] = "query",
                    ["context"] = context,
                    Children =
                    [
                        new("query") { Children = [protocol] },
                        new("list") { Children = users },
                    ],
                }
            )
        ).Child("usync")!.Child("list")!.Children;

    private static BinaryNode User(string jid) => new("user") { ["jid"] = jid };

    private static BinaryNode Contact(string text) =>
        new("user") { Children = [new("contact") { Text = text }] };
}
