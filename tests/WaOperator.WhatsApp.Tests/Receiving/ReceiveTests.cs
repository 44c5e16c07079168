using System.Security.Cryptography;
using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Receiving;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Receiving;

public sealed class ReceiveTests
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task A_message_is_acknowledged_when_it_is_durable_with_the_prekey_that_it_used()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        var preKeys = chat.Store.PreKeyIds.Count;
        var hold = new TaskCompletionSource();
        DeviceChange? change = null;
        chat.Store.BeforeCommit = next =>
        {
            if (next.Events.Count > 0)
                change = next;
            return hold.Task;
        };
        await chat.DeliverAsync(chat.First, "A1", [chat.First.Write(FakePeer.Text("hello"))]);
        await chat.Client.GetBlockedAsync(default);
        chat.Received("ack").ShouldBeEmpty();

        hold.SetResult();
        var ack = await chat.AckAsync("A1");
        (ack["class"], ack["to"], ack["type"]).ShouldBe(
            ("message", chat.First.Lid.ToString(), null)
        );
        var receipt = await chat.ReceivedAsync("the receipt", node => node.Tag == "receipt");
        (receipt["id"], receipt["type"]).ShouldBe(("A1", "inactive"));
        chat.Store.PreKeyIds.Count.ShouldBe(preKeys - 1);
        change.ShouldNotBeNull().UsedPreKeys.Count.ShouldBe(1);
        change.Events.Single().Completes.ShouldNotBeNull().Id.ShouldBe("A1");
        change.Records.ShouldContain(write => write.Key.Kind == RecordKinds.Session);
        var entry = chat.Entries("message").Single();
        ((string)entry["text"]!).ShouldBe("hello");
        ((string)entry["pushName"]!).ShouldBe("Bob");
        ((string)entry["addressing"]!).ShouldBe("lid");
        ((string)entry["chatPn"]!).ShouldBe($"{Chat.Bob}@s.whatsapp.net");
        ((string)entry["chatLid"]!).ShouldBe($"{Chat.BobLid}@lid");
        ((string)entry["sender"]!).ShouldBe(chat.First.Lid.ToString());
        ((long)entry["timestamp"]!).ShouldBe(1800000001);
    }

    [Fact]
    public async Task A_message_that_comes_again_is_acknowledged_again_and_told_once()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        var enc = chat.First.Write(FakePeer.Text("hello"));
        await chat.DeliverAsync(chat.First, "A1", [enc]);
        await chat.DeliverAsync(chat.First, "A1", [enc]);
        await chat.AckAsync("A1", 2);
        await chat.CutAsync();
        await chat.ConnectAsync();
        await chat.DeliverAsync(chat.First, "A1", [enc]);
        await chat.AckAsync("A1", 3);
        chat.Store.Events.Count.ShouldBe(1);
        chat.Texts.ShouldBe(["hello"]);
    }

    [Fact]
    public async Task The_keys_of_skipped_messages_count_as_held_until_the_session_has_been_quiet()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        await chat.DeliverAsync(chat.First, "A1", [chat.First.Write(FakePeer.Text("one"))]);
        await chat.AckAsync("A1");
        await chat.Client.GetBlockedAsync(default);
        var before = chat.Client.HeldBytes;

        for (var i = 0; i < SessionRecord.MaxSkipped; i++)
            chat.First.Write(FakePeer.Text("lost"));
        await chat.DeliverAsync(chat.First, "A2", [chat.First.Write(FakePeer.Text("two"))]);
        await chat.AckAsync("A2");
        await chat.Client.GetBlockedAsync(default);

        // A seed of 32 bytes each, and what .NET adds to an array.
        (chat.Client.HeldBytes - before).ShouldBeInRange(
            56 * SessionRecord.MaxSkipped,
            96 * SessionRecord.MaxSkipped
        );
        await Eventually.True(
            "the records are forgotten",
            () =>
            {
                chat.Time.Advance(TimeSpan.FromMinutes(1));
                return chat.Client.HeldBytes == 0;
            }
        );
        chat.HasEnded.ShouldBeFalse();
    }

    [Fact]
    public async Task What_cannot_be_read_is_kept_as_such_and_asked_for_and_comes_under_its_id()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        var bad = new BinaryNode("enc")
        {
            ["v"] = "2",
            ["type"] = "msg",
            Bytes = RandomNumberGenerator.GetBytes(80),
        };
        for (var i = 1; i <= 7; i++)
        {
            await chat.DeliverAsync(chat.First, "A1", [bad]);
            await chat.AckAsync("A1", i);
        }
        // The first two go at once, the others when their time has come.
        await Eventually.True(
            "five requests",
            () =>
            {
                if (chat.Time.NextDueIn <= LongestPause)
                    chat.Time.Advance(LongestPause);
                return Retries(chat).Count >= 5;
            }
        );
        await chat.Client.GetBlockedAsync(default);
        var retries = Retries(chat);
        retries.Count.ShouldBe(5);
        retries.Select(r => r.Child("retry")!["count"]).Order().ShouldBe(["1", "2", "3", "4", "5"]);
        retries.Single(r => r.Child("retry")!["count"] == "1").Child("keys").ShouldBeNull();
        chat.Entries("undecryptable").Count.ShouldBe(7);
        chat.Texts.ShouldBeEmpty();

        // With the keys of a request the peer begins again.
        var keys = retries.First(r => r.Child("keys") is not null).Child("keys");
        chat.First.Begin(chat.Store, keys);
        await chat.DeliverAsync(chat.First, "A1", [chat.First.Write(FakePeer.Text("hello"))]);
        await chat.AckAsync("A1", 8);
        chat.Texts.ShouldBe(["hello"]);
        ((string)chat.Entries("message")[0]["id"]!).ShouldBe("A1");
    }

    [Fact]
    public async Task A_message_whose_key_the_sender_used_for_another_one_is_asked_for()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        var enc = chat.First.Write(FakePeer.Text("one"));
        await chat.DeliverAsync(chat.First, "A1", [enc]);
        await chat.AckAsync("A1");
        await chat.DeliverAsync(chat.First, "A2", [enc]);
        await chat.AckAsync("A2");
        await Eventually.True("a request", () => Retries(chat).Count > 0);
        var retry = Retries(chat).ShouldHaveSingleItem();
        (retry["id"], retry.Child("retry")!["count"]).ShouldBe(("A2", "1"));
        ((string)chat.Entries("undecryptable").Single()["reason"]!).ShouldBe("DuplicateMessage");

        await chat.DeliverAsync(chat.First, "A2", [chat.First.Write(FakePeer.Text("two"))]);
        await chat.AckAsync("A2", 2);
        chat.Texts.ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task A_storm_of_bad_messages_costs_few_requests_and_good_ones_are_read_after_it()
    {
        const int Count = 600;
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        await chat.DeliverAsync(chat.First, "GOOD1", [chat.First.Write(FakePeer.Text("one"))]);
        await chat.AckAsync("GOOD1");
        for (var i = 0; i < Count; i++)
        {
            var enc = chat.First.Write(FakePeer.Text("x"));
            enc.Bytes[^20] ^= 1;
            await chat.DeliverAsync(chat.First, $"BAD{i}", [enc]);
        }
        await chat.AckAsync($"BAD{Count - 1}");
        await chat.DeliverAsync(chat.First, "GOOD2", [chat.First.Write(FakePeer.Text("two"))]);
        await chat.AckAsync("GOOD2");
        chat.Texts.ShouldBe(["one", "two"]);
        chat.Entries("undecryptable").Count.ShouldBe(Count);
        Retries(chat).Count.ShouldBeLessThanOrEqualTo(64);
    }

    [Fact]
    public async Task What_our_phone_sends_is_told_with_its_chat()
    {
        await using var chat = await Chat.ConnectedAsync();
        var phone = FakePeer.Of(Chat.Me, Chat.MyLid);
        phone.Begin(chat.Store);
        var content = MessageParts.ForOwnDevices(
            $"{Chat.BobLid}@lid",
            FakePeer.Text("from the phone")
        );
        await chat.DeliverAsync(
            phone,
            "P1",
            [phone.Write(content)],
            node =>
            {
                node["recipient"] = $"{Chat.BobLid}@lid";
                node["peer_recipient_pn"] = $"{Chat.Bob}@s.whatsapp.net";
            }
        );
        await chat.AckAsync("P1");
        var entry = chat.Entries("message").Single();
        ((string)entry["text"]!).ShouldBe("from the phone");
        ((bool)entry["fromMe"]!).ShouldBeTrue();
        ((string)entry["chatPn"]!).ShouldBe($"{Chat.Bob}@s.whatsapp.net");
        chat.Store.Events.OfType<MessageReceived>()
            .Single()
            .Message.ToArray()
            .ShouldBe(FakePeer.Text("from the phone"));
        var receipt = await chat.ReceivedAsync("the receipt", node => node.Tag == "receipt");
        (receipt["type"], receipt["recipient"]).ShouldBe(("sender", $"{Chat.BobLid}@lid"));
    }

    [Fact]
    public async Task A_stranger_cannot_put_words_into_our_mouth()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        var content = MessageParts.ForOwnDevices("1@s.whatsapp.net", FakePeer.Text("I did it"));
        await chat.DeliverAsync(chat.First, "A1", [chat.First.Write(content)]);
        await chat.AckAsync("A1");
        var entry = chat.Entries("message").Single();
        ((bool)entry["fromMe"]!).ShouldBeFalse();
        ((string)entry["chat"]!).ShouldBe($"{Chat.BobLid}@lid");
        entry["content"]!["sentTo"].ShouldBeNull();
    }

    [Fact]
    public async Task A_session_by_number_continues_when_the_LID_becomes_known()
    {
        await using var chat = await Chat.ConnectedAsync();
        var byNumber = chat.First;
        byNumber.Begin(chat.Store);
        await chat.DeliverAsync(
            byNumber,
            "A1",
            [byNumber.Write(FakePeer.Text("one"))],
            node => (node["from"], node["sender_pn"]) = (byNumber.Phone.ToString(), "")
        );
        await chat.AckAsync("A1");
        chat.Store.RecordKeys.ShouldContain(RecordNames.Session(byNumber.Phone));
        await chat.DeliverAsync(byNumber, "A2", [byNumber.Write(FakePeer.Text("two"))]);
        await chat.AckAsync("A2");
        chat.Texts.ShouldBe(["one", "two"]);
        chat.Store.RecordKeys.ShouldContain(RecordNames.Session(byNumber.Lid!.Value));
        chat.Store.RecordKeys.ShouldNotContain(RecordNames.Session(byNumber.Phone));
    }

    [Fact]
    public async Task Receipts_are_kept_before_they_are_acknowledged()
    {
        await using var chat = await Chat.ConnectedAsync();
        await chat.Link.SendAsync(
            new BinaryNode("receipt")
            {
                ["from"] = chat.First.Lid.ToString(),
                ["id"] = "M1",
                ["type"] = "read",
                ["t"] = "1800000003",
                Children =
                [
                    new BinaryNode("list")
                    {
                        Children = [new BinaryNode("item") { ["id"] = "M2" }],
                    },
                ],
            }
        );
        var ack = await chat.AckAsync("M1");
        (ack["class"], ack["type"]).ShouldBe(("receipt", "read"));
        var entry = chat.Entries("receipt").Single();
        ((string)entry["receipt"]!).ShouldBe("read");
        entry["ids"]!.AsArray().Select(id => (string)id!).ShouldBe(["M1", "M2"]);
    }

    [Fact]
    public async Task A_backlog_is_read_in_order_with_few_commits()
    {
        const int Count = 400;
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        var hold = new TaskCompletionSource();
        chat.Store.BeforeCommit = _ => hold.Task;
        for (var i = 0; i < Count; i++)
            await chat.DeliverAsync(
                chat.First,
                $"M{i}",
                [chat.First.Write(FakePeer.Text($"text {i}"))],
                node => node["offline"] = "0"
            );
        hold.SetResult();
        await chat.AckAsync($"M{Count - 1}");
        chat.Texts.ShouldBe(Enumerable.Range(0, Count).Select(i => $"text {i}"));
        // How many fewer is up to the machine; those that came while the first commit was held share one.
        chat.Store.Commits.ShouldBeLessThan(Count);
        chat.Received("ack")
            .Where(ack => ack["class"] == "message")
            .Select(ack => ack["id"])
            .ShouldBe(Enumerable.Range(0, Count).Select(i => $"M{i}"));
    }

    [Fact]
    public async Task Hostile_stanzas_do_not_end_the_connection()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var chat = await Chat.ConnectedAsync();
        chat.First.Begin(chat.Store);
        string?[] values =
        [
            null,
            "",
            "@",
            "@lid",
            "x",
            "-1",
            "99999999999999999999",
            $"{Chat.BobLid}@lid",
            $"{Chat.Me}@s.whatsapp.net",
            $"{Chat.Me}:3@s.whatsapp.net",
            "120363@g.us",
            "status@broadcast",
            "1@newsletter",
            "pkmsg",
            "skmsg",
            "retry",
            "devices",
            "w:gp2",
            "encrypt",
            "account_sync",
        ];
        string[] names =
        [
            "from",
            "id",
            "t",
            "type",
            "participant",
            "recipient",
            "sender_pn",
            "sender_lid",
            "participant_pn",
            "category",
            "offline",
            "lid",
            "class",
            "error",
        ];
        string[] tags =
        [
            "message",
            "receipt",
            "notification",
            "ack",
            "call",
            "presence",
            "chatstate",
        ];
        string[] children =
        [
            "enc",
            "list",
            "retry",
            "keys",
            "identity",
            "add",
            "remove",
            "composing",
        ];
        for (var i = 0; i < 3000; i++)
        {
            var node = new BinaryNode(tags[random.Next(tags.Length)])
            {
                Children = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Child(2))],
            };
            Fill(node);
            await chat.Link.SendAsync(node);
        }
        await chat.DeliverAsync(chat.First, "GOOD", [chat.First.Write(FakePeer.Text("good"))]);
        await Eventually.True(
            $"the good message (seed {seed}){(chat.HasEnded ? $": {await chat.EndAsync()}" : "")}",
            () => chat.Texts.Contains("good")
        );

        void Fill(BinaryNode node)
        {
            foreach (var name in names)
            {
                if (random.Next(3) > 0)
                    node[name] = values[random.Next(values.Length)];
            }
        }

        BinaryNode Child(int depth)
        {
            var tag = children[random.Next(children.Length)];
            var bytes = new byte[random.Next(120)];
            random.NextBytes(bytes);
            if (bytes.Length > 0 && random.Next(2) == 0)
                bytes[0] = 0x33;
            var node =
                depth == 0 || random.Next(2) == 0
                    ? new BinaryNode(tag) { Bytes = bytes }
                    : new BinaryNode(tag)
                    {
                        Children =
                        [
                            .. Enumerable.Range(0, random.Next(3)).Select(_ => Child(depth - 1)),
                        ],
                    };
            Fill(node);
            return node;
        }
    }

    private static List<BinaryNode> Retries(Chat chat) =>
        [.. chat.Received("receipt").Where(receipt => receipt["type"] == "retry")];
}
