using System.Text.Json.Nodes;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Tests.Content;

/// <summary>Every kind of the protocol's Message is read.</summary>
public sealed class SchemaTests
{
    public static TheoryData<string> Fields =>
        [.. Message.Descriptor.Fields.InDeclarationOrder().Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(Fields))]
    public void Every_field_is_of_a_kind(string name)
    {
        var field = Message.Descriptor.FindFieldByName(name);
        var message = new Message();
        if (field.FieldType != FieldType.Message)
        {
            field.Accessor.SetValue(message, "text");
        }
        else
        {
            var content = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            // A wrapper is of the kind of what it holds.
            if (
                field.MessageType.FindFieldByName("message") is { } within
                && within.FieldType is FieldType.Message
            )
                within.Accessor.SetValue(content, new Message { Conversation = "within" });
            field.Accessor.SetValue(message, content);
        }

        var read = ContentParser.Read(message.ToByteArray());

        read.Kind.ShouldNotBe(ContentKind.Unknown);
        if (message.ToByteArray().AsSpan().IndexOf("within"u8) >= 0)
            read.Text.ShouldBe("within");
        if (read.Details is { } details)
        {
            details.TryGetProperty(field.JsonName, out _).ShouldBeTrue();
            read.Raw.ShouldBe(message.ToByteArray());
        }
        JsonNode.Parse(ReceivedJson.Write(read))!["kind"].ShouldNotBeNull();
    }

    [Fact]
    public void Every_text_of_a_kind_with_details_is_told()
    {
        foreach (var field in Message.Descriptor.Fields.InDeclarationOrder())
        {
            if (field.FieldType != FieldType.Message)
                continue;
            var content = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            foreach (var text in field.MessageType.Fields.InDeclarationOrder())
                if (text is { FieldType: FieldType.String, IsRepeated: false })
                    text.Accessor.SetValue(content, $"said:{text.Name}");
            var message = new Message();
            field.Accessor.SetValue(message, content);

            var read = ContentParser.Read(message.ToByteArray());

            if (read.Details is null)
                continue;
            var json = ReceivedJson.Write(read);
            foreach (var text in field.MessageType.Fields.InDeclarationOrder())
                if (
                    text is { FieldType: FieldType.String, IsRepeated: false }
                    // Where its file is.
                    && !text.Name.EndsWith("irectPath", StringComparison.Ordinal)
                )
                    System
                        .Text.Encoding.UTF8.GetString(json)
                        .ShouldContain($"said:{text.Name}", customMessage: field.Name);
        }
    }

    [Theory]
    [InlineData("2gUVChMaERIKaW1hZ2UvanBlZxoDY2Fw", ContentKind.Image, null)]
    [InlineData(
        "ygEXIhUyE1lvdXIgY29kZSBpcyAxMjM0NTY=",
        ContentKind.Template,
        "Your code is 123456"
    )]
    [InlineData("2gIKCgNpZDESA1llcw==", ContentKind.ButtonReply, "Yes")]
    public void What_people_of_the_trade_send_is_read(string base64, ContentKind kind, string? text)
    {
        var read = ContentParser.Read(Convert.FromBase64String(base64));
        read.Kind.ShouldBe(kind);
        read.Text.ShouldBe(text);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(141)]
    public void A_wrapper_of_a_later_version_is_opened_by_its_form(int number)
    {
        var text = new Message { Conversation = "later" }.ToByteArray();
        var once = Field(number, Field(1, text));
        var twice = Field(number + 1, Field(1, once));
        foreach (var wrapped in (byte[][])[once, twice])
            ContentParser.Read(wrapped).Text.ShouldBe("later");

        // Something beside the message, or nothing that is known in it: no wrapper.
        byte[][] others =
        [
            Field(number, [.. Field(1, text), .. Field(2, "x"u8)]),
            Field(number, Field(1, Field(number, "x"u8))),
            Field(number, "just a text"u8),
        ];
        foreach (var bytes in others)
        {
            var read = ContentParser.Read(bytes);
            read.Kind.ShouldBe(ContentKind.Unknown);
            read.Reason.ShouldNotBeNullOrEmpty();
            read.Raw.ShouldBe(bytes);
        }
        var deep = text;
        for (var i = 0; i < 40; i++)
            deep = Field(number, Field(1, deep));
        ContentParser.Read(deep).Kind.ShouldBe(ContentKind.Unknown);
    }

    [Fact]
    public void A_sender_key_hides_no_unknown_kind()
    {
        byte[] bytes =
        [
            .. new Message
            {
                SenderKeyDistributionMessage = new() { GroupId = "1@g.us" },
                MessageContextInfo = new() { MessageSecret = ByteString.CopyFrom(new byte[32]) },
            }.ToByteArray(),
            .. Field(200, "x"u8),
        ];
        var read = ContentParser.Read(bytes);
        read.Kind.ShouldBe(ContentKind.Unknown);
        read.Raw.ShouldBe(bytes);
    }

    [Fact]
    public void What_can_be_chosen_and_what_was_chosen_are_told()
    {
        var list = new ListMessage
        {
            Title = "Menu",
            Description = "Choose",
            FooterText = "soon",
        };
        list.Sections.Add(new ListMessage.Types.Section { Title = "Soups" });
        list.Sections[0].Rows.Add(new ListMessage.Types.Row { RowId = "s1", Title = "Pho" });
        var read = ContentParser.Read(new Message { ListMessage = list });
        (read.Title, read.Text, read.Footer).ShouldBe(("Menu", "Choose", "soon"));
        read.Choices.ShouldBe([new ReceivedChoice("s1", "Pho") { Section = "Soups" }]);

        var flow = new InteractiveResponseMessage
        {
            Body = new() { Text = "Blue" },
            NativeFlowResponseMessage = new()
            {
                Name = "quick_reply",
                ParamsJson = """{"id":"blue"}""",
            },
            ContextInfo = new() { StanzaId = "3EB0" },
        };
        var reply = ContentParser.Read(new Message { InteractiveResponseMessage = flow });
        reply.Kind.ShouldBe(ContentKind.InteractiveReply);
        reply.Quoted!.Id.ShouldBe("3EB0");
        reply.Choice.ShouldBe(
            new ReceivedChoice("blue", "Blue")
            {
                Action = "quick_reply",
                Parameters = """{"id":"blue"}""",
            }
        );
        flow.NativeFlowResponseMessage.ParamsJson = "{\"id\":\"\\ud800\"";
        ContentParser
            .Read(new Message { InteractiveResponseMessage = flow })
            .Choice!.Parameters.ShouldBe(flow.NativeFlowResponseMessage.ParamsJson);
    }

    [Fact]
    public void Cards_within_cards_are_told_as_too_deep()
    {
        var cards = new InteractiveMessage { Body = new() { Text = "core" } };
        for (var i = 0; i < 20; i++)
        {
            var around = new InteractiveMessage { CarouselMessage = new() };
            around.CarouselMessage.Cards.Add(cards);
            cards = around;
        }
        var read = ContentParser.Read(new Message { InteractiveMessage = cards }.ToByteArray());
        read.Kind.ShouldBe(ContentKind.Interactive);
        read.Details.ShouldBeNull();
        read.Reason.ShouldNotBeNullOrEmpty();
        read.Raw.ShouldNotBeNull();
    }

    [Fact]
    public void The_advertisement_that_led_to_a_message_is_kept()
    {
        var text = new ExtendedTextMessage
        {
            Text = "Hi",
            ContextInfo = new()
            {
                ConversionSource = "FB_Ads",
                CtwaPayload = ByteString.CopyFrom(1, 2, 3),
                ExternalAdReply = new()
                {
                    SourceId = "120",
                    SourceUrl = "https://fb.me/x",
                    CtwaClid = "click",
                },
                MentionedJid = { "491511111111@s.whatsapp.net" },
            },
        };
        var json = JsonNode.Parse(
            ReceivedJson.Write(ContentParser.Read(new Message { ExtendedTextMessage = text }))
        )!;
        ((string?)json["referral"]!["conversionSource"]).ShouldBe("FB_Ads");
        ((string?)json["referral"]!["ctwaPayload"]).ShouldBe("AQID");
        ((string?)json["referral"]!["externalAdReply"]!["ctwaClid"]).ShouldBe("click");
        json["referral"]!.AsObject().ShouldNotContainKey("mentionedJid");
        ContentParser
            .Read(MessageContent.Text("Hi").Mention(Samples.Anna).ToBytes())
            .Referral.ShouldBeNull();
    }

    [Fact]
    public void Only_of_ourselves_it_is_believed_to_whom_a_message_was_sent()
    {
        var sent = MessageParts.ForOwnDevices(
            Samples.Group.ToString(),
            MessageContent.Text("x").ToBytes()
        );
        ContentParser.Read(sent).SentTo.ShouldBeNull();
        ContentParser.Read(sent, fromMe: true).SentTo.ShouldBe(Samples.Group);
        foreach (var fromMe in (bool[])[true, false])
        {
            var head = new MessageHead
            {
                Id = "1",
                Chat = Samples.Anna,
                Sender = Samples.Anna,
                FromMe = fromMe,
            };
            var content = new MessageReceived(head, sent).Content;
            content.Text.ShouldBe("x");
            content.SentTo.ShouldBe(fromMe ? Samples.Group : null);
        }
    }

    private static byte[] Field(int number, ReadOnlySpan<byte> value)
    {
        using var buffer = new MemoryStream();
        using (var output = new CodedOutputStream(buffer, leaveOpen: true))
        {
            output.WriteTag(number, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(ByteString.CopyFrom(value));
        }
        return buffer.ToArray();
    }
}
