using WaOperator.Testing;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Tests.Raw;

/// <summary>Prekeys, routing, receipts and the queue, as the server sees them.</summary>
public sealed class StanzaTests : IAsyncLifetime
{
    private const string Bert = "491522222222";

    private readonly RawDevice _anna = new();
    private readonly RawDevice _bert = new();
    private Simulation _simulation = null!;

    public async Task InitializeAsync()
    {
        _simulation = await Simulation.StartAsync();
        await Task.WhenAll(_anna.PairAsync(_simulation), _bert.PairAsync(_simulation, Bert));
    }

    public async Task DisposeAsync() => await _simulation.DisposeAsync();

    [Fact]
    public async Task Prekeys_are_counted_handed_out_once_and_asked_for_when_few_are_left()
    {
        await using var bert = await _bert.LoginAsync(_simulation);
        (await bert.AskAsync("get", "encrypt", new BinaryNode("count")))
            .Child("count")!["value"]
            .ShouldBe("0");
        (await bert.AskAsync("set", "encrypt", _bert.PreKeys(6)))["type"].ShouldBe("result");
        (await bert.AskAsync("get", "encrypt", new BinaryNode("count")))
            .Child("count")!["value"]
            .ShouldBe("6");
        (await bert.AskAsync("get", "encrypt", new BinaryNode("digest")))
            .Child("digest")
            .ShouldNotBeNull();
        await bert.ActivateAsync();

        await using var anna = await _anna.LoginAsync(_simulation);
        var ids = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            var user = (await FetchAsync(anna, _bert.Jid)).Child("list")!.FirstChild!;
            user.Child("identity")!.Bytes.ShouldBe(_bert.Identity.Public);
            user.Child("skey")!.Child("value")!.Bytes.ShouldBe(_bert.SignedPreKey.Public);
            ids.Add(
                user.Child("key") is { } key ? Convert.ToHexString(key.Child("id")!.Bytes) : "none"
            );
        }
        ids.ShouldBe(["000001", "000002", "000003", "000004", "000005", "000006", "none"]);

        var low = await bert.WaitAsync("notification", n => n["type"] == "encrypt");
        low["from"].ShouldBe("@s.whatsapp.net");
        low.Child("count")!["value"].ShouldBe("4");
    }

    [Fact]
    public async Task An_upload_that_the_identity_did_not_sign_is_refused()
    {
        await using var bert = await _bert.LoginAsync(_simulation);
        var answer = await bert.AskAsync("set", "encrypt", _bert.PreKeys(5, new byte[64]));
        answer["type"].ShouldBe("error");
        answer.Child("error")!["code"].ShouldBe("406");
        (await bert.AskAsync("get", "encrypt", new BinaryNode("count")))
            .Child("count")!["value"]
            .ShouldBe("0");
    }

    [Fact]
    public async Task Keys_of_a_device_that_is_not_linked_are_an_error_for_that_device_alone()
    {
        await using var anna = await _anna.LoginAsync(_simulation);
        var list = (await FetchAsync(anna, _bert.Jid with { Device = 77 }, _bert.Jid)).Child(
            "list"
        )!;
        list.Children[0].Child("error")!["code"].ShouldBe("404");
        list.Children[1].Child("identity").ShouldNotBeNull();
    }

    [Fact]
    public async Task Usync_tells_devices_with_key_index_and_always_the_LID()
    {
        await using var anna = await _anna.LoginAsync(_simulation);
        var answer = await anna.AskAsync(
            "get",
            "usync",
            Usync(new BinaryNode("user") { ["jid"] = $"{Bert}@s.whatsapp.net" })
        );
        var user = answer.Child("usync")!.Child("list")!.FirstChild!;
        user.Child("lid")!["val"].ShouldBe(Accounts.Phone.LidOf(Bert) + "@lid");
        var devices = user.Child("devices")!.Child("device-list")!.Children;
        devices.Select(d => (d["id"], d["key-index"])).ShouldBe([("0", null), ("1", "1")]);
    }

    [Fact]
    public async Task Usync_knows_which_numbers_are_there()
    {
        await using var anna = await _anna.LoginAsync(_simulation);
        var answer = await anna.AskAsync(
            "get",
            "usync",
            Usync(
                new BinaryNode("user") { Children = [new("contact") { Text = "+" + Bert }] },
                new BinaryNode("user") { Children = [new("contact") { Text = "+4930000000" }] }
            )
        );
        answer
            .Child("usync")!
            .Child("list")!
            .Children.Select(u => u.Child("contact")!["type"])
            .ShouldBe(["in", "out"]);
    }

    [Fact]
    public async Task A_message_goes_to_the_device_it_was_encrypted_for_and_waits_until_that_has_confirmed_it()
    {
        await using var anna = await _anna.LoginAsync(_simulation);
        await anna.ActivateAsync();
        await anna.SendAsync(Message("m-1", _bert.Jid));
        var ack = await anna.WaitAsync("ack", a => a["class"] == "message");
        (ack["id"], ack["from"], ack["error"]).ShouldBe(("m-1", $"{Bert}@s.whatsapp.net", null));

        // Delivered, but never confirmed: it comes again.
        await using (var bert = await _bert.LoginAsync(_simulation))
            (await bert.ActivateAsync()).Count(n => n["id"] == "m-1").ShouldBe(1);
        await using var again = await _bert.LoginAsync(_simulation);
        var message = (await again.ActivateAsync()).Single(n => n["id"] == "m-1");
        message["from"].ShouldBe(_anna.Jid.ToString());
        message["sender_lid"].ShouldBe(Accounts.Phone.LidOf(RawDevice.Number) + "@lid");
        message["offline"].ShouldNotBeNull();
        message.Child("enc")!.Bytes.ShouldBe([1, 2, 3]);
        message.Child("participants").ShouldBeNull();

        await again.SendAsync(new("receipt") { ["id"] = "m-1", ["to"] = message["from"] });
        (await again.WaitAsync("ack", a => a["class"] == "receipt"))["id"].ShouldBe("m-1");
        var receipt = await anna.WaitAsync("receipt");
        (receipt["id"], receipt["from"]).ShouldBe(("m-1", _bert.Jid.ToString()));

        await using var last = await _bert.LoginAsync(_simulation);
        (await last.ActivateAsync()).ShouldNotContain(n => n["id"] == "m-1");
    }

    [Fact]
    public async Task A_retry_receipt_reaches_only_the_device_that_it_names_and_confirms_nothing()
    {
        var second = new RawDevice();
        await second.PairAsync(_simulation);
        await using var anna = await _anna.LoginAsync(_simulation);
        await anna.ActivateAsync();
        await using var other = await second.LoginAsync(_simulation);
        await other.ActivateAsync();
        await anna.SendAsync(Message("m-2", _bert.Jid));

        await using var bert = await _bert.LoginAsync(_simulation);
        await bert.ActivateAsync();
        await bert.SendAsync(
            new("receipt")
            {
                ["id"] = "m-2",
                ["to"] = _anna.Jid.ToString(),
                ["type"] = "retry",
                Children = [new("retry") { ["count"] = "1", ["id"] = "m-2" }],
            }
        );
        (await anna.WaitAsync("receipt", r => r["type"] == "retry"))
            .Child("retry")!["count"]
            .ShouldBe("1");
        ((int)(await _simulation.SessionAsync(Bert))["waiting"]!).ShouldBe(
            1,
            "the message was not taken over"
        );
        await bert.SendAsync(
            new("ack")
            {
                ["class"] = "message",
                ["id"] = "m-2",
                ["to"] = _anna.Jid.ToString(),
                ["error"] = "500",
            }
        );
        await Eventually.True(
            "the message is taken over",
            async () => (int)(await _simulation.SessionAsync(Bert))["waiting"]! == 0
        );

        // The other device's queue holds no receipt: what it gets next is the answer to its question.
        (await other.AskAsync("get", "w:p", new BinaryNode("ping")))["type"]
            .ShouldBe("result");
        (await _simulation.GetAsync($"/sessions?number={RawDevice.Number}"))
            .AsArray()
            .Single(s => (int)s!["device"]! == second.Jid.Device)!["delivered"]!
            .GetValue<int>()
            .ShouldBe(0);
    }

    [Fact]
    public async Task A_first_message_must_say_who_vouches_for_its_sender()
    {
        await using var anna = await _anna.LoginAsync(_simulation);
        await anna.SendAsync(Message("m-3", _bert.Jid, "pkmsg"));
        (await anna.WaitAsync("ack"))["error"].ShouldBe("479");
        ((int)(await _simulation.SessionAsync(Bert))["waiting"]!).ShouldBe(0);
    }

    [Fact]
    public async Task Opaque_messages_of_the_control_API_wait_in_order()
    {
        var sent = await _simulation.PostedAsync(
            $"/phones/{Bert}/messages",
            new
            {
                from = RawDevice.Number,
                count = 25,
                bytes = 40,
            }
        );
        await using var bert = await _bert.LoginAsync(_simulation);
        var waited = await bert.ActivateAsync();
        waited
            .Where(n => n.Tag == "message")
            .Select(n => n["id"])
            .ShouldBe(sent["ids"]!.AsArray().Select(id => (string?)id));
        waited
            .First(n => n.Tag == "ib" && n.Child("offline_preview") is not null)
            .Child("offline_preview")!["message"]
            .ShouldBe("25");
    }

    [Fact]
    public async Task Acks_wait_as_long_as_ordered()
    {
        await _simulation.PostedAsync(
            "/faults/delay-acks",
            new { number = RawDevice.Number, milliseconds = 600_000 }
        );
        await using var anna = await _anna.LoginAsync(_simulation);
        await anna.SendAsync(Message("m-4", _bert.Jid));
        await Eventually.True(
            "the message has arrived",
            async () => (int)(await _simulation.SessionAsync(Bert))["waiting"]! == 1
        );
        var session = await _simulation.SessionAsync(RawDevice.Number);
        ((int)session["messagesIn"]!).ShouldBe(1);
        ((int)session["messagesAcked"]!).ShouldBe(0);
    }

    [Fact]
    public async Task Contacts_and_own_devices_hear_of_new_devices()
    {
        await using var anna = await _anna.LoginAsync(_simulation);
        await anna.ActivateAsync();
        await anna.SendAsync(Message("m-5", _bert.Jid));
        await anna.WaitAsync("ack");
        var third = new RawDevice();
        await third.PairAsync(_simulation, Bert);

        var heard = await anna.WaitAsync("notification", n => n["type"] == "devices");
        heard["from"].ShouldBe($"{Bert}@s.whatsapp.net");
        heard.Child("add")!.Child("device")!["jid"].ShouldBe(third.Jid.ToString());
    }

    [Fact]
    public async Task A_companion_device_can_remove_only_itself()
    {
        await using var anna = await _anna.LoginAsync(_simulation);
        var refused = await anna.AskAsync("set", "md", Remove(_bert.Jid));
        refused.Child("error")!["code"].ShouldBe("403");
        (await anna.AskAsync("set", "md", Remove(_anna.Jid)))["type"].ShouldBe("result");
        (await anna.WaitAsync("stream:error"))
            .Child("conflict")!["type"]
            .ShouldBe("device_removed");
        (await _simulation.DevicesAsync(RawDevice.Number)).ShouldBe(0);
        (await _simulation.DevicesAsync(Bert)).ShouldBe(1);
    }

    private static BinaryNode Remove(Jid jid) =>
        new("remove-companion-device") { ["jid"] = jid.ToString(), ["reason"] = "user_initiated" };

    private static Task<BinaryNode> FetchAsync(RawClient client, params Jid[] jids) =>
        client.AskAsync(
            "get",
            "encrypt",
            new BinaryNode("key")
            {
                Children = [.. jids.Select(j => new BinaryNode("user") { ["jid"] = j.ToString() })],
            }
        );

    private static BinaryNode Usync(params BinaryNode[] users) =>
        new("usync")
        {
            ["sid"] = "1",
            ["index"] = "0",
            ["last"] = "true",
            ["mode"] = "query",
            ["context"] = "message",
            Children =
            [
                new("query")
                {
                    Children = [new("contact"), new("devices") { ["version"] = "2" }, new("lid")],
                },
                new("list") { Children = users },
            ],
        };

    internal static BinaryNode Message(string id, Jid to, string type = "msg") =>
        new("message")
        {
            ["id"] = id,
            ["to"] = to.Account.ToString(),
            ["type"] = "text",
            Children =
            [
                new("participants")
                {
                    Children =
                    [
                        new("to")
                        {
                            ["jid"] = to.ToString(),
                            Children =
                            [
                                new("enc")
                                {
                                    ["v"] = "2",
                                    ["type"] = type,
                                    Bytes = [1, 2, 3],
                                },
                            ],
                        },
                    ],
                },
            ],
        };
}
