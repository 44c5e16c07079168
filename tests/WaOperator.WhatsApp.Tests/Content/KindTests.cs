using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;
using static WaOperator.WhatsApp.Tests.Content.Samples;

namespace WaOperator.WhatsApp.Tests.Content;

public sealed class KindTests
{
    private static readonly MediaInfo Info = new()
    {
        MimeType = "x/y",
        FileName = "report.pdf",
        Width = 640,
        Height = 480,
        Seconds = 12,
        Pages = 3,
        Thumbnail = [1, 2],
        Waveform = [3, 4],
        Animated = true,
    };

    [Theory]
    [InlineData("8206FFFFFFFF07")]
    [InlineData("0AFFFFFFFF07")]
    [InlineData("8206FFFFFFFF0F")]
    public void A_nested_length_near_two_to_the_31st_is_damage_like_any_other(string bytes)
    {
        var message = Convert.FromHexString(bytes);
        ContentParser.Read(message).Kind.ShouldBe(ContentKind.Unknown);
        Should.Throw<FormatException>(() => MessageContent.FromBytes(message));
    }

    [Theory]
    [InlineData(ContentKind.Image, "image")]
    [InlineData(ContentKind.Video, "gif")]
    [InlineData(ContentKind.Audio, "audio")]
    [InlineData(ContentKind.VoiceNote, "ptt")]
    [InlineData(ContentKind.Document, "document")]
    [InlineData(ContentKind.Sticker, "sticker")]
    public void A_file_is_read_as_it_was_written(ContentKind kind, string mediaType)
    {
        var (content, file) = Make(kind, Info);
        content.Traits.ShouldBe(new("media", mediaType, null, false, null));
        var read = Read(content);
        read.Kind.ShouldBe(kind);
        var media = read.Media.ShouldNotBeNull();
        media.Kind.ShouldBe(file.Kind);
        media.DirectPath.ShouldBe(file.DirectPath);
        media.Url.ShouldBeNull();
        media.MediaKey.ShouldBe(file.MediaKey);
        media.FileSha256.ShouldBe(file.FileSha256);
        media.FileEncSha256.ShouldBe(file.FileEncSha256);
        media.FileLength.ShouldBe(file.FileLength);
        media.MediaKeyTimestamp.ShouldBe(file.MediaKeyTimestamp);
        var info = read.MediaInfo.ShouldNotBeNull();
        info.MimeType.ShouldBe("x/y");
        if (kind is ContentKind.Image or ContentKind.Video or ContentKind.Sticker)
            (info.Width, info.Height).ShouldBe((640, 480));
        if (kind is ContentKind.Video or ContentKind.Audio or ContentKind.VoiceNote)
            info.Seconds.ShouldBe(12);
        if (kind == ContentKind.Document)
            (info.FileName, info.Pages).ShouldBe(("report.pdf", 3));
        if (kind is ContentKind.Video or ContentKind.Sticker)
            info.Animated.ShouldBeTrue();
        if (kind == ContentKind.VoiceNote)
            info.Waveform.ShouldBe([3, 4]);
    }

    [Theory]
    [InlineData(ContentKind.Image)]
    [InlineData(ContentKind.Video)]
    [InlineData(ContentKind.Document)]
    public void A_caption_stands_beside_the_file(ContentKind kind)
    {
        var (content, _) = Make(kind, Info with { Caption = "Look" });
        var read = Read(content.Reply(new(Anna, "1", false)));
        read.Caption.ShouldBe("Look");
        read.Text.ShouldBeNull();
        read.Quoted!.Id.ShouldBe("1");
        read.Media.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(ContentKind.Image)]
    [InlineData(ContentKind.Video)]
    [InlineData(ContentKind.VoiceNote)]
    public void For_one_view_only(ContentKind kind)
    {
        var (content, _) = Make(kind, Info);
        var once = content.ViewOnce();
        Read(content).ViewOnce.ShouldBeFalse();
        Read(once).ViewOnce.ShouldBeTrue();
        Read(once).Kind.ShouldBe(kind);
        once.Traits.ShouldBe(content.Traits);
        Should.Throw<InvalidOperationException>(() => MessageContent.Text("x").ViewOnce());
    }

    [Fact]
    public void A_file_without_key_hash_or_address_cannot_be_loaded()
    {
        var message = MessageContent.Image(File(MediaKind.Image)).ToMessage();
        message.ImageMessage.ClearDirectPath();
        ContentParser.Read(message).Media.ShouldBeNull();
        message.ImageMessage.Url = "https://host/path";
        ContentParser.Read(message).Media.ShouldNotBeNull();
        message.ImageMessage.MediaKey = ByteString.CopyFrom(1, 2, 3);
        ContentParser.Read(message).Media.ShouldBeNull();
        ContentParser.Read(message).Kind.ShouldBe(ContentKind.Image);
    }

    [Fact]
    public void A_place_and_contacts()
    {
        var place = new Place(52.5, -13.4, "Gate", "Square 1");
        Read(MessageContent.Location(place))
            .Location.ShouldBe(new(place.Latitude, place.Longitude, place.Name, place.Address));
        Should.Throw<ArgumentException>(() => MessageContent.Location(new(91, 0)));
        Should.Throw<ArgumentException>(() => MessageContent.Location(new(double.NaN, 0)));

        var card = ContactCard.OfPhone("O'Hara; Ann", "491533333333");
        card.VCard.ShouldContain("FN:O'Hara\\; Ann\n");
        card.VCard.ShouldContain("waid=491533333333:+491533333333");
        Read(MessageContent.Contacts(card)).Contacts.ShouldBe([card]);
        var two = MessageContent.Contacts(card, ContactCard.OfPhone("B", "491544444444"));
        Read(two).Contacts!.Count.ShouldBe(2);
        two.Traits.MediaType.ShouldBe("contact_array");
    }

    [Fact]
    public void Wrappers_of_every_kind_are_taken_off()
    {
        var text = MessageContent.Text("inside").ToMessage();
        foreach (
            var wrapped in new Message[]
            {
                new() { EphemeralMessage = new() { Message = text } },
                new() { ViewOnceMessage = new() { Message = text } },
                new() { EditedMessage = new() { Message = text } },
                new()
                {
                    EphemeralMessage = new()
                    {
                        Message = new() { ViewOnceMessageV2 = new() { Message = text } },
                    },
                },
            }
        )
            ContentParser.Read(wrapped).Text.ShouldBe("inside");
    }

    [Fact]
    public void A_sender_key_may_come_alone_or_with_content()
    {
        var key = new SenderKeyDistributionMessage
        {
            GroupId = "1@g.us",
            AxolotlSenderKeyDistributionMessage = ByteString.CopyFrom(51, 1),
        };
        var alone = ContentParser.Read(new Message { SenderKeyDistributionMessage = key });
        alone.Kind.ShouldBe(ContentKind.SenderKey);
        alone.SenderKey!.Value.Distribution.ShouldBe([51, 1]);
        var beside = ContentParser.Read(
            new Message { SenderKeyDistributionMessage = key, Conversation = "Hi" }
        );
        beside.Kind.ShouldBe(ContentKind.Text);
        beside.SenderKey!.Value.Group.ShouldBe("1@g.us");
    }

    [Fact]
    public void What_is_not_known_survives()
    {
        // Field 200 of a message, with a name.
        byte[] bytes = [.. new byte[] { 0xC2, 0x0C, 0x05, 0x12, 0x03 }, .. "abc"u8];
        var read = ContentParser.Read(bytes);
        read.Kind.ShouldBe(ContentKind.Unknown);
        read.Raw.ShouldBe(bytes);
        MessageContent.FromBytes(bytes).ToBytes().ShouldBe(bytes);
    }

    [Fact]
    public void What_is_no_message_comes_raw_with_a_reason()
    {
        var unknown = ContentParser.Read([0x0A, 0x7F]);
        unknown.Kind.ShouldBe(ContentKind.Unknown);
        unknown.Reason.ShouldNotBeNullOrEmpty();
        unknown.Raw.ShouldBe([0x0A, 0x7F]);
        // Deeper than any parser should follow.
        var nest = Array.Empty<byte>();
        for (var i = 0; i < 5; i++)
            nest = new Message
            {
                EphemeralMessage = new() { Message = Message.Parser.ParseFrom(nest) },
            }.ToByteArray();
        ContentParser.Read(nest).Kind.ShouldBe(ContentKind.Unknown);
    }

    [Fact]
    public void Json_holds_what_is_there_and_no_more()
    {
        var image = MessageContent
            .Image(File(MediaKind.Image), new() { Caption = "Look", Width = 3 })
            .Mention(Bert);
        var json = JsonNode.Parse(ReceivedJson.Write(Read(image)))!.AsObject();
        ((string)json["kind"]!).ShouldBe("image");
        ((string)json["caption"]!).ShouldBe("Look");
        ((string)json["mentions"]![0]!).ShouldBe(Bert.ToString());
        ((string)json["media"]!["kind"]!).ShouldBe("image");
        ((int)json["mediaInfo"]!["width"]!).ShouldBe(3);
        var media = ReceivedJson.ReadMedia(Encoding.UTF8.GetBytes(json["media"]!.ToJsonString()));
        media.MediaKey.ShouldBe(File(MediaKind.Image).MediaKey);
        json.ShouldNotContainKey("text");
        json.ShouldNotContainKey("message");
        json.ShouldNotContainKey("viewOnce");
        var place = ReceivedJson.Write(Read(MessageContent.Location(new(0, 0))));
        ((double)JsonNode.Parse(place)!["location"]!["latitude"]!).ShouldBe(0);
    }

    private static (MessageContent, MediaReference) Make(ContentKind kind, MediaInfo info)
    {
        var file = File(
            kind switch
            {
                ContentKind.VoiceNote => MediaKind.Audio,
                _ => Enum.Parse<MediaKind>(kind.ToString()),
            }
        );
        var content = kind switch
        {
            ContentKind.Image => MessageContent.Image(file, info),
            ContentKind.Video => MessageContent.Video(file, info),
            ContentKind.Audio => MessageContent.Audio(file, info),
            ContentKind.VoiceNote => MessageContent.VoiceNote(file, info),
            ContentKind.Document => MessageContent.Document(file, info),
            _ => MessageContent.Sticker(file, info),
        };
        return (content, file);
    }
}
