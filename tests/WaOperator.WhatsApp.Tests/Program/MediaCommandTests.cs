using System.Text.Json.Nodes;
using WaOperator.Client.Commands;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp.Tests.Program;

/// <summary>What the client program makes of a file.</summary>
public sealed class MediaCommandTests
{
    private static readonly MediaReference File = new()
    {
        Kind = MediaKind.Document,
        DirectPath = "/v/t62/x",
        MediaKey = new byte[32],
        FileSha256 = new byte[32],
        FileEncSha256 = new byte[32],
        FileLength = 1,
    };

    [Theory]
    [InlineData("image", false, MediaKind.Image)]
    [InlineData("video", false, MediaKind.Video)]
    [InlineData("audio", true, MediaKind.Audio)]
    public void A_file_can_be_for_one_view(string kind, bool voice, MediaKind expected)
    {
        var arguments = Arguments(kind, voice);
        MediaCommands.CheckViewOnce(arguments);
        var content = MediaCommands.Compose(arguments, File with { Kind = expected });
        var received = ContentParser.Read(content.ToBytes());
        received.ViewOnce.ShouldBeTrue();
        received.Media.ShouldNotBeNull().Kind.ShouldBe(expected);
    }

    [Theory]
    [InlineData("document", false)]
    [InlineData("sticker", false)]
    [InlineData("audio", false)]
    public void Other_files_are_refused_before_the_upload(string kind, bool voice) =>
        Should
            .Throw<FormatException>(() => MediaCommands.CheckViewOnce(Arguments(kind, voice)))
            .Message.ShouldContain("viewOnce");

    private static Arguments Arguments(string kind, bool voice) =>
        new(
            new JsonObject
            {
                ["kind"] = kind,
                ["voice"] = voice,
                ["viewOnce"] = true,
                ["path"] = "a.bin",
            }
        );
}
