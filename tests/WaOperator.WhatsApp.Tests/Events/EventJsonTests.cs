using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Tests.Content;

namespace WaOperator.WhatsApp.Tests.Events;

public sealed class EventJsonTests
{
    [Fact]
    public void A_text_is_read()
    {
        var json = Read(MessageContent.Text("Grüße").ToBytes());

        ((string?)json["id"]).ShouldBe("3EB0");
        ((long)json["timestamp"]!).ShouldBe(5);
        ((string?)json["content"]!["kind"]).ShouldBe("text");
        ((string?)json["content"]!["text"]).ShouldBe("Grüße");
        json["content"]!.AsObject().ShouldNotContainKey("raw");
        json["message"].ShouldBeNull();
    }

    [Fact]
    public void Of_a_file_there_is_what_loads_it_and_what_is_said_about_it()
    {
        var file = new MediaReference
        {
            Kind = MediaKind.Image,
            DirectPath = "/v/t62?x=1",
            MediaKey = [.. Enumerable.Repeat((byte)1, 32)],
            FileSha256 = [.. Enumerable.Repeat((byte)2, 32)],
            FileEncSha256 = [.. Enumerable.Repeat((byte)3, 32)],
            FileLength = 4711,
        };
        var image = MessageContent.Image(file, new() { MimeType = "image/jpeg", Caption = "Look" });

        var content = Read(image.ToBytes())["content"]!;

        ((string?)content["kind"]).ShouldBe("image");
        ((string?)content["caption"]).ShouldBe("Look");
        ((string?)content["mediaInfo"]!["mimeType"]).ShouldBe("image/jpeg");
        var again = ReceivedJson.ReadMedia(
            Encoding.UTF8.GetBytes(content["media"]!.ToJsonString())
        );
        again.DirectPath.ShouldBe(file.DirectPath);
        again.FileLength.ShouldBe(file.FileLength);
        again.FileSha256.ShouldBe(file.FileSha256);
        again.MediaKey.ShouldBe(file.MediaKey);
    }

    [Theory]
    [InlineData(double.NaN, 7)]
    [InlineData(7, double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity, double.NaN)]
    [InlineData(91, 1e300)]
    public void A_place_that_is_none_has_no_coordinates_but_its_bytes(double north, double east)
    {
        var place = new LocationMessage
        {
            DegreesLatitude = north,
            DegreesLongitude = east,
            Name = "Nowhere",
        };
        var live = new LiveLocationMessage
        {
            DegreesLatitude = north,
            DegreesLongitude = east,
            SpeedInMps = float.NaN,
        };
        Message[] messages =
        [
            new() { LocationMessage = place },
            new() { LiveLocationMessage = live },
            new() { EphemeralMessage = new() { Message = new() { LocationMessage = place } } },
        ];
        foreach (var message in messages)
        {
            var bytes = message.ToByteArray();
            var content = Read(bytes)["content"]!.AsObject();
            ((string?)content["kind"]).ShouldBeOneOf("location", "liveLocation");
            ((string?)content["reason"]).ShouldNotBeNullOrEmpty();
            content["raw"]!.GetValue<string>().ShouldBe(Convert.ToBase64String(bytes));
            var told = content["location"]!.AsObject();
            told.ContainsKey("latitude").ShouldBe(north == 7);
            told.ContainsKey("longitude").ShouldBe(east == 7);

            var reply = MessageContent
                .Text("here?")
                .Reply(new(Samples.Anna, "3EB0", FromMe: false), bytes);
            var quoted = Read(reply.ToBytes())["content"]!["quoted"]!["content"]!;
            ((string?)quoted["reason"]).ShouldNotBeNullOrEmpty();
        }
    }

    [Fact]
    public void Nesting_of_any_depth_is_read_as_far_as_it_goes()
    {
        foreach (var depth in (int[])[1, 3, 9, 30, 49, 60, 300, 2_000])
        foreach (var shape in Enum.GetValues<Shape>())
        {
            var bytes = MessageContent.Text("core").ToBytes();
            for (var i = 0; i < depth; i++)
                bytes = Around(shape, bytes);

            var content = Read(bytes)["content"]!;

            ((string?)content["kind"]).ShouldNotBeNullOrEmpty($"{shape} {depth}");
            if ((string?)content["kind"] == "unknown")
                content["raw"]!.GetValue<string>().ShouldBe(Convert.ToBase64String(bytes));
        }
    }

    [Theory]
    // A text with NUL, half a surrogate pair and a byte that is none of UTF-8.
    [InlineData("0A07 00 EDA080 FF 61 0A")]
    // Enums, times and lengths beyond what there is.
    [InlineData("620A 10FFFFFFFFFFFFFFFFFF01")]
    [InlineData("620D 1003 28FFFFFFFFFFFFFFFF7F 2005")]
    [InlineData("620B 1003 20FFFFFFFF0F 2880808080 00")]
    [InlineData("E2010B 18FFFFFFFFFFFFFFFFFF01")]
    [InlineData("1A0B 28FFFFFFFFFFFFFFFFFF01")]
    // A group that is not closed, a tag of field 0, lengths beyond the end.
    [InlineData("0B")]
    [InlineData("0200")]
    [InlineData("0A7F61")]
    [InlineData("0AFFFFFFFF0F")]
    [InlineData("")]
    public void Whatever_the_bytes_there_is_an_answer(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        var content = Read(bytes)["content"]!;
        if ((string?)content["kind"] == "unknown")
            content["raw"]!.GetValue<string>().ShouldBe(Convert.ToBase64String(bytes));
    }

    [Fact]
    public void Huge_lists_are_read()
    {
        var text = new ExtendedTextMessage { Text = "all", ContextInfo = new() };
        text.ContextInfo.MentionedJid.AddRange(
            Enumerable.Range(0, 50_000).Select(i => $"49170{i}@s.whatsapp.net")
        );
        var content = Read(new Message { ExtendedTextMessage = text }.ToByteArray())["content"]!;
        content["mentions"]!.AsArray().Count.ShouldBe(50_000);
    }

    private enum Shape
    {
        Wrapper,
        Edit,
        Quote,
        Group,
    }

    // By hand: a serialiser would follow the nesting.
    private static byte[] Around(Shape shape, byte[] inner) =>
        shape switch
        {
            Shape.Wrapper => Field(40, Field(1, inner)),
            Shape.Edit => Field(12, [0x10, 14, .. Field(14, inner)]),
            Shape.Quote => Field(
                6,
                [.. Field(1, "x"u8), .. Field(17, [.. Field(1, "3EB0"u8), .. Field(3, inner)])]
            ),
            _ => [0xC3, 0x3E, .. inner, 0xC4, 0x3E],
        };

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

    private static JsonNode Read(byte[] message)
    {
        var head = new MessageHead
        {
            Id = "3EB0",
            Chat = Samples.Anna,
            Sender = Samples.Anna,
            Timestamp = 5,
        };
        var json = EventJson.Write(new MessageReceived(head, message));
        return JsonNode.Parse(
            json,
            documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }
        )!;
    }
}
