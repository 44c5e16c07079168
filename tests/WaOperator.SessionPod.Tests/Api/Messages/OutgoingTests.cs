using WaOperator.SessionPod.Api.Messages;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Tests.Api.Messages;

public sealed class OutgoingTests
{
    public static TheoryData<string?, string?, string?, string?, string> Wrong { get; } =
        new()
        {
            { null, "hi", null, null, "\"to\"" },
            { "", "hi", null, null, "\"to\"" },
            { "0170123456", "hi", null, null, "\"to\"" },
            { "00491701234567", "hi", null, null, "leave 00 out" },
            { "abc@s.whatsapp.net", "hi", null, null, "\"to\"" },
            { "4917012345_1@s.whatsapp.net", "hi", null, null, "\"to\"" },
            { "123456", "hi", null, null, "\"to\"" },
            { "1234567890123456", "hi", null, null, "\"to\"" },
            { "@s.whatsapp.net", "hi", null, null, "\"to\"" },
            { "4917012345@example.org", "hi", null, null, "\"to\"" },
            { "status@broadcast", "hi", null, null, "\"audience\"" },
            { "491701234567@broadcast", "hi", null, null, "\"to\"" },
            { new string('1', 200) + "@g.us", "hi", null, null, "\"to\"" },
            { "4917012345", null, null, null, "either" },
            { "4917012345", "hi", "CgJoaQ==", null, "either" },
            { "4917012345", "", null, null, "\"text\"" },
            { "4917012345", " \n", null, null, "\"text\"" },
            { "4917012345", new string('x', Fields.MaxText + 1), null, null, "\"text\"" },
            { "4917012345", null, "", null, "\"message\"" },
            { "4917012345", null, "no base64!", null, "\"message\"" },
            { "4917012345", null, "/////w==", null, "\"message\"" },
            { "4917012345", "hi", null, "", "\"id\"" },
            { "4917012345", "hi", null, "short", "\"id\"" },
            { "4917012345", "hi", null, "3EB0-123456", "\"id\"" },
            { "4917012345", "hi", null, new string('A', 65), "\"id\"" },
        };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_is_said(
        string? to,
        string? text,
        string? message,
        string? id,
        string about
    )
    {
        Outgoing
            .TryRead(
                new SendRequest
                {
                    To = to,
                    Text = text is null ? null : new() { Body = text },
                    Message = message,
                    Id = id,
                },
                out _,
                out var wrong
            )
            .ShouldBeFalse();
        wrong.Detail.ShouldContain(about);
    }

    [Theory]
    [InlineData("4917012345678", "4917012345678@s.whatsapp.net")]
    [InlineData("4917012345678@s.whatsapp.net", "4917012345678@s.whatsapp.net")]
    [InlineData("+49 170 12345678", "4917012345678@s.whatsapp.net")]
    [InlineData("376312345", "376312345@s.whatsapp.net")]
    [InlineData("4917012345678:3@s.whatsapp.net", "4917012345678@s.whatsapp.net")]
    [InlineData("123456789@lid", "123456789@lid")]
    [InlineData("1234-5678@g.us", "1234-5678@g.us")]
    public void A_text_becomes_a_message(string to, string chat)
    {
        var message = Samples.Compose(
            new SendRequest
            {
                To = to,
                Text = new() { Body = "héllo" },
            }
        );
        message.Chat.ShouldBe(chat);
        message.Content.ShouldBe(MessageContent.Text("héllo").ToBytes());
        Fields.IsId(message.Id).ShouldBeTrue();
    }

    [Theory]
    [InlineData("message")]
    [InlineData("raw")]
    public void A_ready_message_stays_byte_for_byte(string field)
    {
        var bytes = MessageContent.Text("hi").ToBytes();
        var message = Samples.Compose(
            $$"""{"to":"4917012345678","{{field}}":"{{Convert.ToBase64String(bytes)}}","id":"Abcdefgh1"}"""
        );
        message.Content.ShouldBe(bytes);
        message.Id.ShouldBe("Abcdefgh1");
    }

    [Theory]
    [InlineData(""" "text":"x","audience":[] """, "#/audience")]
    [InlineData(""" "text":"x","audience":["4917012345","1-2@g.us"] """, "#/audience/1")]
    [InlineData(""" "text":"x","audience":["status@broadcast"] """, "#/audience/0")]
    [InlineData(""" "poll":{"name":"a","options":["b","c"]},"audience":["4917012345"] """, "#")]
    [InlineData(""" "document":{"media":"med_1"},"audience":["4917012345"] """, "#")]
    [InlineData(""" "text":"x","replyTo":"3EB0000001","audience":["4917012345"] """, "#/replyTo")]
    [InlineData(
        """ "text":"x","disappearAfter":9,"audience":["4917012345"] """,
        "#/disappearAfter"
    )]
    [InlineData(
        """ "reaction":{"message":"3EB0000001","emoji":"+"},"audience":["4917012345"] """,
        "#/audience"
    )]
    public void What_is_no_status_is_refused(string rest, string field)
    {
        Outgoing
            .TryRead(
                System.Text.Encoding.UTF8.GetBytes($$"""{"to":"status@broadcast",{{rest}}}"""),
                out _,
                out var wrong
            )
            .ShouldBeFalse();
        wrong.Pointer.ShouldBe(field);
    }

    [Fact]
    public void An_audience_is_of_a_status()
    {
        Outgoing
            .TryRead(
                """{"to":"4917012345","text":"x","audience":["4917012345"]}"""u8,
                out _,
                out var wrong
            )
            .ShouldBeFalse();
        wrong.Pointer.ShouldBe("#/audience");
        var status = Samples.Compose(
            """{"to":"status@broadcast","text":"x","audience":["+49 170 12345","77@lid"]}"""
        );
        status.Audience.ShouldBe(["4917012345@s.whatsapp.net", "77@lid"]);
        status.Validate();
        Samples
            .Compose(
                """{"to":"status@broadcast","text":{"body":"https://ex.org","preview":{"url":"https://ex.org","title":"x"}},"audience":["+49 170 12345"]}"""
            )
            .Validate();
    }
}
