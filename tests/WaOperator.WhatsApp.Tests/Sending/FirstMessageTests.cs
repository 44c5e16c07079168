using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Signal;
using WaOperator.WhatsApp.Tests.Fakes;

namespace WaOperator.WhatsApp.Tests.Sending;

/// <summary>
/// A peer that has not answered is addressed by LID in groups and by number in its chat. Some clients keep a session for each: a
/// prekey that the one address has used up must not be named under the other.
/// </summary>
public sealed class FirstMessageTests
{
    private static readonly Jid Trip = new("120363000000000001", Jid.GroupServer);
    private static readonly Jid Walk = new("120363000000000002", Jid.GroupServer);

    [Fact]
    public async Task Each_address_has_a_first_message_of_its_own_until_the_peer_is_heard()
    {
        await using var chat = new Chat();
        chat.Groups[Trip] = [Chat.Bob];
        chat.Groups[Walk] = [Chat.Bob];
        await chat.ConnectAsync();
        var (lid, phone) = (chat.First.Lid!.Value, chat.First.Phone);

        await chat.Text("in a group", Trip).Done;
        await chat.Text("one", phone.Account).Done;
        await chat.Text("two", phone.Account).Done;
        await chat.Text("in another group", Walk).Done;

        var group = PreKeyOf(Chat.For(chat.Sent[0], lid));
        var one = PreKeyOf(Chat.For(chat.Sent[1], phone));
        one.ShouldNotBe(group, "the first text by number begins a session");
        PreKeyOf(Chat.For(chat.Sent[2], phone)).ShouldBe(one, "the next ones repeat it");
        PreKeyOf(Chat.For(chat.Sent[3], lid)).ShouldBe(group, "by LID the older one continues");
        foreach (var (stanza, address) in chat.Sent.Zip([lid, phone, phone, lid]))
            chat.First.Read(Chat.For(stanza, address));

        await chat.DeliverAsync(chat.First, "b-1", [chat.First.Write(FakePeer.Text("heard"))]);
        await chat.AckAsync("b-1");
        await chat.Text("three", phone.Account).Done;
        Chat.For(chat.Sent[^1], phone)["type"].ShouldBe("msg", "a peer that answered has both");
    }

    [Fact]
    public async Task What_was_begun_for_which_address_is_stored()
    {
        await using var chat = new Chat();
        chat.Groups[Trip] = [Chat.Bob];
        await chat.ConnectAsync();
        var (lid, phone) = (chat.First.Lid!.Value, chat.First.Phone);
        await chat.Text("in a group", Trip).Done;
        await chat.CutAsync();
        await chat.ConnectAsync();
        await chat.Text("one", phone.Account).Done;
        // The first one goes again when its ack was not yet written at the cut.
        var one = Chat.For(chat.Sent[^1], phone);
        PreKeyOf(one).ShouldNotBe(PreKeyOf(Chat.For(chat.Sent[0], lid)), "after a restart, too");

        chat.First.Read(Chat.For(chat.Sent[0], lid));
        chat.First.Read(one).ShouldBe(FakePeer.Text("one"));
    }

    private static uint? PreKeyOf(BinaryNode enc)
    {
        enc["type"].ShouldBe("pkmsg");
        return PreKeyWhisperMessage.Parse(enc.Bytes).PreKeyId;
    }
}
