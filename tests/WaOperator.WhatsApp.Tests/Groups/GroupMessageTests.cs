using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Fakes;
using WaOperator.WhatsApp.Tests.Sending;

namespace WaOperator.WhatsApp.Tests.Groups;

public sealed class GroupMessageTests
{
    private static readonly Jid Trip = new("120363000000000001", Jid.GroupServer);

    [Fact]
    public async Task The_key_goes_to_who_lacks_it_and_the_message_to_all_at_once()
    {
        await using var chat = await StartAsync();
        (await chat.Text("one", Trip).Done).Succeeded.ShouldBeTrue();
        (await chat.Text("two", Trip).Done).Succeeded.ShouldBeTrue();
        var (one, two) = (chat.Sent[0], chat.Sent[1]);
        (one["to"], one["addressing_mode"]).ShouldBe((Trip.ToString(), "lid"));
        one["phash"].ShouldNotBeNull().ShouldStartWith("2:");
        one.Child("participants")!.Children.Count.ShouldBe(2);
        two.Child("participants").ShouldBeNull();
        two["phash"].ShouldBe(one["phash"]);
        foreach (var peer in chat.Peers)
        {
            peer.Read(Chat.For(one, peer.Lid!.Value));
            peer.Read(one.Child("enc")!).ShouldBe(FakePeer.Text("one"));
            peer.Read(two.Child("enc")!).ShouldBe(FakePeer.Text("two"));
        }
    }

    [Fact]
    public async Task When_someone_left_there_is_a_new_key_that_the_others_get()
    {
        await using var chat = await StartAsync();
        await chat.Text("one", Trip).Done;
        foreach (var peer in chat.Peers)
            peer.Read(Chat.For(chat.Sent[0], peer.Lid!.Value));
        chat.Groups[Trip].Remove(chat.Peers[1].Phone.User);
        await chat.Link.SendAsync(
            new BinaryNode("notification")
            {
                ["from"] = Trip.ToString(),
                ["type"] = "w:gp2",
                ["id"] = "n1",
                ["participant"] = chat.Peers[1].Lid.ToString(),
                Children =
                [
                    new BinaryNode("remove")
                    {
                        Children =
                        [
                            new BinaryNode("participant")
                            {
                                ["jid"] = chat.Peers[1].Lid!.Value.ToString(),
                            },
                        ],
                    },
                ],
            }
        );
        await chat.AckAsync("n1");
        var change = chat.Entries("group").Single()["changes"]!.AsArray().Single()!;
        ((string)change["action"]!).ShouldBe("remove");

        await chat.Text("two", Trip).Done;
        var two = chat.Sent[1];
        two.Child("participants")!.Children.Single()["jid"].ShouldBe(chat.First.Lid.ToString());
        chat.First.Read(Chat.For(two, chat.First.Lid!.Value));
        chat.First.Read(two.Child("enc")!).ShouldBe(FakePeer.Text("two"));
        Should.Throw<SignalException>(() => chat.Peers[1].Read(two.Child("enc")!));
    }

    [Fact]
    public async Task A_message_to_a_community_itself_fails_and_says_where_to_write()
    {
        await using var chat = await StartAsync();
        chat.Communities.Add(Trip);
        var outcome = await chat.Text("one", Trip).Done;
        (outcome.Succeeded, outcome.Code).ShouldBe((false, null));
        outcome.Error.ShouldNotBeNull().ShouldContain("announcement group");
        chat.Sent.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_member_who_lost_the_key_gets_it_with_the_message()
    {
        await using var chat = await StartAsync();
        var ticket = chat.Text("one", Trip);
        await ticket.Done;
        await ResendTests.AskAsync(
            chat,
            chat.First.Lid!.Value,
            ticket.Id,
            1,
            chat.First.Bundle("x"),
            Trip
        );
        var again = (await chat.SentAsync(2))[1];
        (again["to"], again["participant"]).ShouldBe((Trip.ToString(), chat.First.Lid.ToString()));
        ContentParser.Read(chat.First.Read(again.Child("enc")!)).Text.ShouldBe("one");
        await chat.Text("two", Trip).Done;
        chat.First.Read(chat.Sent[2].Child("enc")!).ShouldBe(FakePeer.Text("two"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_of_members_are_read_whichever_part_comes_first(bool keyFirst)
    {
        await using var chat = await StartAsync();
        var bob = chat.First;
        bob.Begin(chat.Store);
        bob.OurKey = SenderKeyRecord.Create();
        var key = bob.Write(
            MessageParts.WithSenderKey(Trip.ToString(), GroupCipher.Distribute(bob.OurKey))
        );
        var message = bob.WriteGroup(FakePeer.Text("hello"));
        await DeliverAsync(chat, "G1", keyFirst ? [key, message] : [message, key]);
        // Gaps are filled later.
        var late = bob.WriteGroup(FakePeer.Text("late"));
        bob.WriteGroup(FakePeer.Text("lost"));
        await DeliverAsync(chat, "G3", [bob.WriteGroup(FakePeer.Text("after a gap"))]);
        await DeliverAsync(chat, "G2", [late]);
        await chat.AckAsync("G2");
        chat.Texts.ShouldBe(["hello", "after a gap", "late"]);
        var entry = chat.Entries("message")[0];
        ((string)entry["chat"]!).ShouldBe(Trip.ToString());
        ((string)entry["participant"]!).ShouldBe(bob.Lid!.Value.ToString());
        ((string)entry["senderPn"]!).ShouldBe($"{Chat.Bob}@s.whatsapp.net");
    }

    [Fact]
    public async Task A_key_by_number_continues_when_the_LID_becomes_known()
    {
        await using var chat = await StartAsync();
        var bob = chat.First;
        bob.Begin(chat.Store);
        bob.OurKey = SenderKeyRecord.Create();
        var key = bob.Write(
            MessageParts.WithSenderKey(Trip.ToString(), GroupCipher.Distribute(bob.OurKey))
        );
        await chat.DeliverAsync(
            bob,
            "G1",
            [key, bob.WriteGroup(FakePeer.Text("by number"))],
            node =>
            {
                node["from"] = Trip.ToString();
                node["sender_pn"] = "";
                node["participant"] = bob.Phone.ToString();
            }
        );
        await chat.AckAsync("G1");
        chat.Store.RecordKeys.ShouldContain(RecordNames.SenderKey(Trip, bob.Phone));
        await DeliverAsync(chat, "G2", [bob.WriteGroup(FakePeer.Text("by LID"))]);
        await chat.AckAsync("G2");
        chat.Texts.ShouldBe(["by number", "by LID"]);
        chat.Store.RecordKeys.ShouldContain(RecordNames.SenderKey(Trip, bob.Lid!.Value));
        chat.Store.RecordKeys.ShouldNotContain(RecordNames.SenderKey(Trip, bob.Phone));
    }

    [Fact]
    public async Task Without_the_key_the_member_is_asked()
    {
        await using var chat = await StartAsync();
        chat.First.OurKey = SenderKeyRecord.Create();
        await DeliverAsync(chat, "G1", [chat.First.WriteGroup(FakePeer.Text("hello"))]);
        var retry = await chat.ReceivedAsync("the request", node => node["type"] == "retry");
        (retry["to"], retry["participant"]).ShouldBe((Trip.ToString(), chat.First.Lid.ToString()));
        chat.Entries("undecryptable").Count.ShouldBe(1);
    }

    private static Task DeliverAsync(Chat chat, string id, BinaryNode[] encs) =>
        chat.DeliverAsync(
            chat.First,
            id,
            encs,
            node =>
            {
                node["from"] = Trip.ToString();
                node["sender_pn"] = "";
                node["participant"] = chat.First.Lid.ToString();
                node["participant_pn"] = chat.First.Phone.Account.ToString();
            }
        );

    private static async Task<Chat> StartAsync()
    {
        var chat = new Chat();
        chat.Peers.Add(FakePeer.Of("4917022222222", "66666"));
        chat.Groups[Trip] = [Chat.Bob, "4917022222222"];
        await chat.ConnectAsync();
        return chat;
    }
}
