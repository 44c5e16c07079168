using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>Groups as the server keeps them: who may do what, and who hears of it.</summary>
public sealed class GroupTests : IAsyncLifetime
{
    private const string Bert = "491522222222";
    private const string Cleo = "491533333333";

    private readonly RawDevice _anna = new();
    private readonly RawDevice _bert = new();
    private Simulation _simulation = null!;
    private RawClient _annas = null!;
    private RawClient _berts = null!;

    public async Task InitializeAsync()
    {
        _simulation = await Simulation.StartAsync();
        await Task.WhenAll(_anna.PairAsync(_simulation), _bert.PairAsync(_simulation, Bert));
        using var cleo = await _simulation.PutAsync($"/phones/{Cleo}", new { name = "Cleo" });
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

    [Theory]
    [InlineData("lid", "phone_number", "participant_pn")]
    [InlineData("pn", "lid", "participant_lid")]
    public async Task A_new_group_is_told_to_its_members_in_its_way_of_addressing(
        string mode,
        string other,
        string sender
    )
    {
        using var set = await _simulation.PutAsync(
            $"/phones/{RawDevice.Number}",
            new { groupsBy = mode }
        );
        var group = await CreateAsync();
        group["addressing_mode"].ShouldBe(mode);
        group["subject"].ShouldBe("Garden");
        var address = Address(Bert, mode);
        var bert = group.ChildrenWith("participant").Single(p => p["jid"] == address);
        bert[other].ShouldBe(Address(Bert, mode == "lid" ? "pn" : "lid"));
        bert["type"].ShouldBeNull();
        group
            .ChildrenWith("participant")
            .Single(p => p["jid"] == Address(RawDevice.Number, mode))["type"]
            .ShouldBe("superadmin");

        var told = await _berts.WaitAsync("notification", n => n["type"] == "w:gp2");
        told["participant"].ShouldBe(Address(RawDevice.Number, mode));
        told[sender].ShouldNotBeNull();
        told.Child("create")!.Child("group")!["id"].ShouldBe(group["id"]);
    }

    [Fact]
    public async Task Only_admins_change_the_members_and_each_account_is_answered_by_itself()
    {
        var id = $"{(await CreateAsync())["id"]}@g.us";
        var refused = await AskAsync(_berts, "set", id, Members("add", Cleo));
        refused.Child("error")!["code"].ShouldBe("403");

        var answer = await AskAsync(_annas, "set", id, Members("add", Cleo, Bert, "49999999999"));
        answer
            .Child("add")!
            .Children.Select(p => (p["jid"], p["error"]))
            .ShouldBe([
                (Address(Cleo, "lid"), null),
                (Address(Bert, "lid"), "409"),
                (Address("49999999999", "pn"), "404"),
            ]);
        var added = await _berts.WaitAsync("notification", n => n.Child("add") is not null);
        added.Child("add")!.FirstChild!["jid"].ShouldBe(Address(Cleo, "lid"));
        added.Child("add")!["v_id"].ShouldNotBe(added.Child("add")!["prev_v_id"]);
        await AskAsync(_annas, "set", id, Members("promote", Bert));
        (await AskAsync(_berts, "set", id, Members("remove", Cleo)))["type"].ShouldBe("result");
        (await AskAsync(_berts, "set", id, Members("remove", RawDevice.Number)))
            .Child("remove")!
            .FirstChild!["error"]
            .ShouldBe("403", "who made the group stays");
    }

    [Fact]
    public async Task An_invite_code_opens_a_group_until_it_is_revoked()
    {
        var id = $"{(await CreateAsync(Cleo))["id"]}@g.us";
        var code = (await AskAsync(_annas, "get", id, new("invite"))).Child("invite")!["code"];
        (await AskAsync(_berts, "get", "@g.us", new("invite") { ["code"] = code }))
            .Child("group")!["subject"]
            .ShouldBe("Garden");
        (await AskAsync(_berts, "set", "@g.us", new("invite") { ["code"] = code }))
            .Child("group")!["jid"]
            .ShouldBe(id);
        await _annas.WaitAsync("notification", n => n.Child("add")?["reason"] == "invite");
        await AskAsync(
            _berts,
            "set",
            "@g.us",
            new("leave") { Children = [new("group") { ["id"] = id }] }
        );
        (await AskAsync(_berts, "get", id, Query())).Child("error")!["code"].ShouldBe("403");

        await AskAsync(_annas, "set", id, new("invite"));
        (await AskAsync(_berts, "set", "@g.us", new("invite") { ["code"] = code }))
            .Child("error")!["code"]
            .ShouldBe("410");
    }

    [Fact]
    public async Task A_sender_that_means_other_devices_than_the_group_has_is_told_the_right_hash()
    {
        var id = $"{(await CreateAsync())["id"]}@g.us";
        await _annas.SendAsync(Message("g-1", id, "2:AAAAAAAA"));
        var hash = (await _annas.WaitAsync("ack", a => a["id"] == "g-1"))["phash"];
        hash.ShouldNotBeNull().ShouldStartWith("2:");
        await _annas.SendAsync(Message("g-2", id, hash));
        (await _annas.WaitAsync("ack", a => a["id"] == "g-2"))["phash"].ShouldBeNull();

        var message = await _berts.WaitAsync("message", m => m["id"] == "g-1");
        (message["from"], message["participant"], message["participant_pn"]).ShouldBe(
            (
                id,
                $"{Phone.LidOf(RawDevice.Number)}:{_anna.Jid.Device}@lid",
                $"{RawDevice.Number}@s.whatsapp.net"
            )
        );
    }

    private async Task<BinaryNode> CreateAsync(params string[] members) =>
        (
            await AskAsync(
                _annas,
                "set",
                "@g.us",
                new("create")
                {
                    ["subject"] = "Garden",
                    ["key"] = "1",
                    Children = Members("x", members is [] ? [Bert] : members).Children,
                }
            )
        ).Child("group")!;

    private static BinaryNode Members(string tag, params string[] numbers) =>
        new(tag)
        {
            Children =
            [
                .. numbers.Select(n => new BinaryNode("participant")
                {
                    ["jid"] = Address(n, "pn"),
                }),
            ],
        };

    private static BinaryNode Query() => new("query") { ["request"] = "interactive" };

    private static BinaryNode Message(string id, string to, string phash) =>
        new("message")
        {
            ["id"] = id,
            ["to"] = to,
            ["type"] = "text",
            ["phash"] = phash,
            Children =
            [
                new("enc")
                {
                    ["v"] = "2",
                    ["type"] = "skmsg",
                    Bytes = [1, 2, 3],
                },
            ],
        };

    private static string Address(string number, string mode) =>
        mode == "lid" ? $"{Phone.LidOf(number)}@lid" : $"{number}@s.whatsapp.net";

    private static Task<BinaryNode> AskAsync(
        RawClient client,
        string type,
        string to,
        BinaryNode child
    ) => client.AskAsync(type, "w:g2", to, child);
}
