using WaOperator.SessionPod.Chats;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Tests.Chats;

/// <summary>What is read of bytes without a parser's help: any bytes have an answer.</summary>
public sealed class ChatBytesTests
{
    [Fact]
    public void Texts_come_back_as_they_were_packed()
    {
        var packed = Packed.Write("a", null, "", "ü", new string('x', 5000));
        Packed.Read(packed, 6).ShouldBe(["a", null, "", "ü", null, null]);
        Should.Throw<InvalidDataException>(() => Packed.Read(packed.AsSpan(0, 2), 1));
        var random = new Random(7);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(12)];
            random.NextBytes(bytes);
            try
            {
                Packed.Read(bytes, 3).Length.ShouldBe(3);
            }
            catch (InvalidDataException e)
            {
                e.Message.ShouldNotBeEmpty();
            }
        }
    }

    [Fact]
    public void Messages_about_another_one_are_told_from_messages_of_their_own()
    {
        var target = new MessageReference(new("491700000001", Jid.PhoneServer), "3EB0", true, null);
        MessageTags.AreAboutAnother(MessageContent.Text("hi").ToBytes()).ShouldBeFalse();
        MessageTags.AreAboutAnother(MessageContent.Poll("q", ["a", "b"]).ToBytes()).ShouldBeFalse();
        foreach (
            var about in (MessageContent[])
                [
                    MessageContent.Reaction(target, "+", DateTimeOffset.UnixEpoch),
                    MessageContent.Delete(target),
                    MessageContent.Edit(
                        target,
                        MessageContent.Text("new"),
                        DateTimeOffset.UnixEpoch
                    ),
                ]
        )
            MessageTags.AreAboutAnother(about.ToBytes()).ShouldBeTrue();
        var random = new Random(7);
        var yes = 0;
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = new byte[random.Next(24)];
            random.NextBytes(bytes);
            yes += MessageTags.AreAboutAnother(bytes) ? 1 : 0;
        }
        yes.ShouldBeLessThan(10_000);
    }
}
