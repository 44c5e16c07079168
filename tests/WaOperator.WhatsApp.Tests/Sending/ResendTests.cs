using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Sending;

public sealed class ResendTests
{
    [Fact]
    public async Task Who_cannot_read_a_message_gets_it_again_in_a_new_session()
    {
        await using var chat = await Chat.ConnectedAsync();
        var ticket = chat.Text("hello");
        await ticket.Done;
        chat.First.Forget();
        await AskAsync(chat, chat.First.Lid!.Value, ticket.Id, 1, chat.First.Bundle("x"));
        var again = (await chat.SentAsync(2))[1];
        (again["id"], again["to"], again["device_fanout"]).ShouldBe(
            (ticket.Id, chat.First.Lid.ToString(), "false")
        );
        again.Child("device-identity").ShouldNotBeNull();
        again.Child("enc")!["count"].ShouldBe("1");
        chat.First.Read(again.Child("enc")!).ShouldBe(FakePeer.Text("hello"));
        await chat.AckAsync(ticket.Id);
    }

    [Fact]
    public async Task It_works_after_a_restart_and_without_keys_in_the_request()
    {
        await using var chat = await Chat.ConnectedAsync();
        var ticket = chat.Text("hello");
        await ticket.Done;
        await Eventually.True("the answer to be kept", () => chat.Entries("sent").Count == 1);
        await chat.CutAsync();
        chat.First.Forget();
        await chat.ConnectAsync();
        await AskAsync(chat, chat.First.Lid!.Value, ticket.Id, 2, null);
        var again = (await chat.SentAsync(2))[1];
        chat.First.Read(again.Child("enc")!).ShouldBe(FakePeer.Text("hello"));
    }

    [Fact]
    public async Task Five_times_and_no_more()
    {
        await using var chat = await Chat.ConnectedAsync();
        var ticket = chat.Text("hello");
        await ticket.Done;
        for (var i = 1; i <= 8; i++)
        {
            await AskAsync(chat, chat.First.Lid!.Value, ticket.Id, 1, chat.First.Bundle("x"));
            await chat.AckAsync(ticket.Id, i);
        }
        chat.Sent.Count.ShouldBe(6);
    }

    [Fact]
    public async Task Asking_in_vain_for_others_does_not_make_it_forget_how_often()
    {
        await using var chat = await Chat.ConnectedAsync();
        var ticket = chat.Text("hello");
        await ticket.Done;
        for (var i = 1; i <= 5; i++)
        {
            await AskAsync(chat, chat.First.Lid!.Value, ticket.Id, 1, chat.First.Bundle("x"));
            await chat.AckAsync(ticket.Id, i);
        }
        for (var i = 0; i < 1_100; i++)
        {
            await AskAsync(chat, chat.First.Lid!.Value, $"never-sent-{i}", 1, null);
            if (i % 100 == 99)
                await chat.AckAsync($"never-sent-{i}");
        }
        await AskAsync(chat, chat.First.Lid!.Value, ticket.Id, 1, chat.First.Bundle("x"));
        await chat.AckAsync(ticket.Id, 6);
        chat.Sent.Count.ShouldBe(6, "the message, and five times again");
    }

    [Fact]
    public async Task A_stranger_is_not_given_what_was_said_to_someone_else()
    {
        await using var chat = await Chat.ConnectedAsync();
        var eve = FakePeer.Of("4917022222222", "66666");
        chat.Peers.Add(eve);
        var ticket = chat.Text("hello");
        await ticket.Done;
        await AskAsync(chat, eve.Lid!.Value, ticket.Id, 1, eve.Bundle("x"));
        await chat.AckAsync(ticket.Id);
        chat.Sent.Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_request_may_come_before_the_send_has_returned()
    {
        await using var chat = await Chat.ConnectedAsync();
        chat.Judge = _ => (false, null);
        var ticket = chat.Text("hello");
        await chat.SentAsync(1);
        await AskAsync(chat, chat.First.Lid!.Value, ticket.Id, 1, chat.First.Bundle("x"));
        var again = (await chat.SentAsync(2))[1];
        chat.First.Read(again.Child("enc")!).ShouldBe(FakePeer.Text("hello"));
        ticket.Done.IsCompleted.ShouldBeFalse();
    }

    internal static Task AskAsync(
        Chat chat,
        Jid device,
        string id,
        int count,
        BinaryNode? bundle,
        Jid? group = null
    ) =>
        chat.Link.SendAsync(
            new BinaryNode("receipt")
            {
                ["from"] = (group ?? device).ToString(),
                ["participant"] = group is null ? null : device.ToString(),
                ["id"] = id,
                ["type"] = "retry",
                Children =
                [
                    new BinaryNode("retry") { ["count"] = $"{count}", ["id"] = id },
                    new BinaryNode("registration") { Bytes = [0, 0, 18, 103] },
                    .. bundle is null
                        ? Array.Empty<BinaryNode>()
                        :
                        [
                            new BinaryNode("keys")
                            {
                                Children = [.. bundle.Children.Where(c => c.Tag != "registration")],
                            },
                        ],
                ],
            }
        );
}
