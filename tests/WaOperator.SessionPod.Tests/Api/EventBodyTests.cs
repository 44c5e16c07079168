using System.Text;
using System.Text.Json.Nodes;
using WaOperator.SessionPod.Api;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Tests.Api;

public sealed class EventBodyTests
{
    [Fact]
    public void A_text_is_read()
    {
        var stored = Stored(MessageContent.Text("Grüße").ToBytes());

        var read = EventBody.Read("message", stored);

        var json = JsonNode.Parse(read.Span)!;
        ((string?)json["id"]).ShouldBe("3EB0");
        ((long)json["timestamp"]!).ShouldBe(5);
        ((string?)json["content"]!["kind"]).ShouldBe("text");
        ((string?)json["content"]!["text"]).ShouldBe("Grüße");
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

        var read = EventBody.Read("message", Stored(image.ToBytes()));

        var content = JsonNode.Parse(read.Span)!["content"]!;
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
    [InlineData("receipt", """{"receipt":"read","message":"CgJoaQ=="}""")]
    [InlineData("message", """{"id":"1"}""")]
    [InlineData("message", """{"id":"1","message":"/////w=="}""")]
    [InlineData("message", """{"id":"1","message":"no base64!"}""")]
    public void What_holds_no_message_stays_as_it_is(string type, string stored) =>
        Encoding
            .UTF8.GetString(EventBody.Read(type, Encoding.UTF8.GetBytes(stored)).Span)
            .ShouldBe(stored);

    private static byte[] Stored(byte[] message) =>
        Encoding.UTF8.GetBytes(
            new JsonObject
            {
                ["id"] = "3EB0",
                ["timestamp"] = 5,
                ["message"] = Convert.ToBase64String(message),
            }.ToJsonString()
        );
}
