using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Storage;
using WaOperator.WhatsApp.Tests.Content;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Sending;

public sealed class OutgoingMessageTests
{
    [Fact]
    public async Task An_image_given_as_bytes_leaves_as_media()
    {
        await using var chat = await Chat.ConnectedAsync();
        var image = MessageContent.Image(Samples.File(MediaKind.Image)).ToBytes();
        var ticket = chat.Client.Send(OutgoingMessage.Of(chat.First.Phone.Account, image));
        (await ticket.Done).Succeeded.ShouldBeTrue();

        var stanza = chat.Sent.Single();
        stanza["type"].ShouldBe("media");
        var enc = Chat.For(stanza, chat.First.Phone);
        enc["mediatype"].ShouldBe("image");
        chat.First.Read(enc).ShouldBe(image);
    }

    [Fact]
    public async Task A_poll_says_so_in_the_stanza()
    {
        await using var chat = await Chat.ConnectedAsync();
        var poll = MessageContent.Poll("Lunch?", ["yes", "no"]).ToBytes();
        await chat.Client.Send(OutgoingMessage.Of(chat.First.Phone.Account, poll)).Done;
        var stanza = chat.Sent.Single();
        stanza["type"].ShouldBe("poll");
        stanza.Child("meta")!["polltype"].ShouldBe("creation");
    }

    [Fact]
    public void What_is_no_message_is_refused() =>
        Should.Throw<FormatException>(() => OutgoingMessage.Of(Samples.Anna, [1]));

    [Fact]
    public void What_the_stanza_says_cannot_be_set_beside_the_content()
    {
        typeof(OutgoingMessage).GetConstructors().ShouldBeEmpty();
        typeof(OutgoingMessage)
            .GetProperties()
            .Where(property => property.SetMethod is { IsPublic: true })
            .Select(property => property.Name)
            .ShouldBe([nameof(OutgoingMessage.Id)]);
    }

    [Fact]
    public void A_message_that_is_read_back_is_the_one_that_was_stored()
    {
        var message = OutgoingMessage.Of(
            "3EB0000001",
            Samples.Anna.Account,
            MessageContent.Poll("Lunch?", ["yes", "no"])
        );

        OutgoingMessage.Of(message.As(OutboundState.Queued)).ShouldBe(message);
    }

    [Fact]
    public void A_clients_bytes_are_sent_as_they_are_or_are_no_message()
    {
        var bytes = MessageContent.Text("x").ToBytes();

        OutgoingMessage.TryOf("3EB0000001", Samples.Anna, bytes, out var message).ShouldBeTrue();
        message!.Content.ShouldBeSameAs(bytes);
        message.Traits.ShouldBe(MessageContent.Text("x").Traits);
        OutgoingMessage.TryOf("3EB0000001", Samples.Anna, [1], out _).ShouldBeFalse();
        OutgoingMessage.TryOf("3EB0000001", Samples.Anna, [], out _).ShouldBeFalse();
    }
}
