using WaOperator.WhatsApp.Content;

namespace WaOperator.WhatsApp.Tests.Binary;

public sealed class AddresseeTests
{
    [Theory]
    [InlineData("376312345@s.whatsapp.net", "376312345@s.whatsapp.net")]
    [InlineData("4917012345678", "4917012345678@s.whatsapp.net")]
    [InlineData("1234567", "1234567@s.whatsapp.net")]
    [InlineData("123456789012345", "123456789012345@s.whatsapp.net")]
    [InlineData("4917012345678@c.us", "4917012345678@s.whatsapp.net")]
    // As an event names its sender.
    [InlineData("4917012345678:1@s.whatsapp.net", "4917012345678@s.whatsapp.net")]
    [InlineData("4917012345678:0@s.whatsapp.net", "4917012345678@s.whatsapp.net")]
    [InlineData("4917012345678:99@hosted", "4917012345678@s.whatsapp.net")]
    [InlineData("111111111111111:65535@lid", "111111111111111@lid")]
    [InlineData("111111111111111:99@hosted.lid", "111111111111111@lid")]
    [InlineData("5@lid", "5@lid")]
    [InlineData("120363000000000000@g.us", "120363000000000000@g.us")]
    [InlineData("4917012345678-1420070400@g.us", "4917012345678-1420070400@g.us")]
    public void An_address_is_read(string text, string expected)
    {
        Jid.TryParseAddressee(text, out var addressee, out var why).ShouldBeTrue(why);
        addressee.ToString().ShouldBe(expected);
        addressee.IsAddressee(out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("@s.whatsapp.net")]
    [InlineData("4917012345678@")]
    [InlineData("4917012345678@s.whatsapp.net@g.us")]
    [InlineData("4917012345678_1@s.whatsapp.net")]
    [InlineData("4917012345678_1:2@s.whatsapp.net")]
    [InlineData("4917012345678_0")]
    [InlineData("abc@s.whatsapp.net")]
    [InlineData("0x12@lid")]
    [InlineData("abc@lid")]
    [InlineData("abc@g.us")]
    [InlineData("123456@s.whatsapp.net")]
    [InlineData("1234567890123456@s.whatsapp.net")]
    [InlineData("004917012345678@s.whatsapp.net")]
    [InlineData("+4917012345678@s.whatsapp.net")]
    [InlineData("49 170 12345678@s.whatsapp.net")]
    [InlineData("٤٩١٧٠١٢٣٤٥٦٧٨@s.whatsapp.net")]
    [InlineData("4917012345678\n@s.whatsapp.net")]
    [InlineData("4917012345678:@s.whatsapp.net")]
    [InlineData("4917012345678:01@s.whatsapp.net")]
    [InlineData("4917012345678:-1@s.whatsapp.net")]
    [InlineData("4917012345678:65536@s.whatsapp.net")]
    [InlineData("4917012345678:1:2@s.whatsapp.net")]
    [InlineData("4917012345678@S.WHATSAPP.NET")]
    [InlineData("4917012345678@example.org")]
    [InlineData("012345@lid")]
    [InlineData("123456789012345678901@lid")]
    [InlineData("120363000000000000:1@g.us")]
    [InlineData("-1420070400@g.us")]
    [InlineData("4917012345678-@g.us")]
    [InlineData("1-2-3@g.us")]
    [InlineData("status@broadcast")]
    [InlineData("120363000000000000@newsletter")]
    [InlineData("867051314767696@bot")]
    [InlineData("123@msgr")]
    public void What_is_no_address_is_refused_with_a_sentence(string? text)
    {
        Jid.TryParseAddressee(text, out _, out var why).ShouldBeFalse();
        why.ShouldNotBeNullOrWhiteSpace();
    }

    [Theory]
    [InlineData("4917012345678", 0, 1)]
    [InlineData("4917012345678", 3, 0)]
    [InlineData("abc", 0, 0)]
    public void A_message_to_what_is_no_account_is_refused(string user, ushort device, byte agent)
    {
        var message = OutgoingMessage.Of(
            new(user, Jid.PhoneServer, device, agent),
            MessageContent.Text("x")
        );
        Should.Throw<ArgumentException>(message.Validate);
    }
}
