using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Sending;

public sealed class StatusTests
{
    private const string Eve = "4917022222222";

    [Fact]
    public async Task The_key_goes_with_each_status_to_all_devices_of_the_audience()
    {
        await using var chat = await StartAsync();
        (await PostAsync(chat, "one", Chat.Bob, Eve)).Succeeded.ShouldBeTrue();
        (await PostAsync(chat, "two", Chat.Bob, Eve)).Succeeded.ShouldBeTrue();
        foreach (var (status, text) in chat.Sent.Zip(["one", "two"]))
        {
            (status["to"], status["addressing_mode"]).ShouldBe(("status@broadcast", null));
            status["phash"].ShouldNotBeNull().ShouldStartWith("2:");
            status.Child("participants")!.Children.Count.ShouldBe(2);
            foreach (var peer in chat.Peers)
            {
                peer.Read(Chat.For(status, peer.Phone));
                peer.Read(status.Child("enc")!).ShouldBe(FakePeer.Text(text));
            }
        }
    }

    [Fact]
    public async Task Who_is_left_out_cannot_read_what_follows()
    {
        await using var chat = await StartAsync();
        await PostAsync(chat, "one", Chat.Bob, Eve);
        chat.Peers[1].Read(Chat.For(chat.Sent[0], chat.Peers[1].Phone));
        await PostAsync(chat, "two", Chat.Bob);
        var two = chat.Sent[1];
        two.Child("participants")!.Children.Single()["jid"].ShouldBe(chat.First.Phone.ToString());
        Should.Throw<SignalException>(() => chat.Peers[1].Read(two.Child("enc")!));
    }

    [Fact]
    public async Task An_account_that_is_named_twice_gets_it_once()
    {
        await using var chat = await StartAsync();
        await chat.Client.Send(Status("one", chat.First.Phone, chat.First.Lid!.Value)).Done;
        await chat.Client.Send(Status("two", chat.First.Phone, chat.First.Lid!.Value)).Done;
        chat.Sent[1].Child("participants")!.Children.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Only_those_who_were_shown_a_status_get_it_again()
    {
        await using var chat = await StartAsync();
        var ticket = chat.Client.Send(Status("one", chat.First.Phone));
        await ticket.Done;
        // Of the next one's key Eve is a holder.
        await PostAsync(chat, "two", Chat.Bob, Eve);
        var eve = chat.Peers[1];
        await ResendTests.AskAsync(chat, eve.Phone, ticket.Id, 1, eve.Bundle("x"), Jid.Status);
        await chat.AckAsync(ticket.Id);
        chat.Sent.Count.ShouldBe(2);
        chat.First.Forget();
        await ResendTests.AskAsync(
            chat,
            chat.First.Phone,
            ticket.Id,
            1,
            chat.First.Bundle("x"),
            Jid.Status
        );
        var again = (await chat.SentAsync(3))[2];
        (again["to"], again["participant"]).ShouldBe(
            ("status@broadcast", chat.First.Phone.ToString())
        );
        chat.First.Read(again.Child("enc")!).ShouldBe(FakePeer.Text("one"));
    }

    [Fact]
    public async Task Who_gets_a_former_status_again_is_not_given_the_key_of_the_present_ones()
    {
        await using var chat = await StartAsync();
        var eve = chat.Peers[1];
        var former = chat.Client.Send(Status("one", chat.First.Phone, eve.Phone));
        await former.Done;
        await PostAsync(chat, "two", Chat.Bob);
        eve.Forget();
        await ResendTests.AskAsync(chat, eve.Phone, former.Id, 1, eve.Bundle("x"), Jid.Status);
        var again = (await chat.SentAsync(3))[2];
        eve.Read(again.Child("enc")!).ShouldBe(FakePeer.Text("one"), "and no key beside it");
    }

    [Fact]
    public async Task An_audience_without_WhatsApp_is_refused()
    {
        await using var chat = await StartAsync();
        var result = await chat
            .Client.Send(Status("one", new Jid("4917099999999", Jid.PhoneServer)))
            .Done;
        result.Succeeded.ShouldBeFalse();
        result.Error.ShouldNotBeNull().ShouldContain("has WhatsApp");
        chat.Sent.ShouldBeEmpty();
    }

    [Fact]
    public void A_status_has_an_audience_of_accounts_and_no_other_message_has()
    {
        var content = MessageContent.Text("x");
        var many = Enumerable.Range(0, OutgoingMessage.MaxAudience + 1);
        OutgoingMessage[] wrong =
        [
            OutgoingMessage.Status([], content),
            OutgoingMessage.Of(Jid.Status, content),
            OutgoingMessage.Status([new("1203630", Jid.GroupServer)], content),
            OutgoingMessage.Status([Jid.Status], content),
            OutgoingMessage.Status([new(Eve, Jid.PhoneServer, 3)], content),
            OutgoingMessage.Status(
                many.Select(i => new Jid($"{491700000000 + i}", Jid.PhoneServer)),
                content
            ),
            OutgoingMessage.Of(new(Eve, Jid.PhoneServer), content) with
            {
                Audience = [Eve],
            },
        ];
        foreach (var message in wrong)
            Should.Throw<ArgumentException>(message.Validate);
    }

    private static async Task<Chat> StartAsync()
    {
        var chat = await Chat.ConnectedAsync();
        chat.Peers.Add(FakePeer.Of(Eve, "66666"));
        return chat;
    }

    private static Task<SendResult> PostAsync(Chat chat, string text, params string[] audience) =>
        chat
            .Client.Send(
                Status(text, [.. audience.Select(number => new Jid(number, Jid.PhoneServer))])
            )
            .Done;

    private static OutgoingMessage Status(string text, params Jid[] audience) =>
        OutgoingMessage.Status(
            audience.Select(jid => jid.Account),
            MessageContent.FromBytes(FakePeer.Text(text))
        );
}
