using System.Text;
using WaOperator.WhatsApp.Media;

namespace WaOperator.WhatsApp.Tests.Media;

public sealed class FileTypeTests
{
    private const string Jpeg = "FFD8FFE0";
    private const string Heic = "0000002466747970686569630000";
    private const string Mp4 = "00000018667479706D7034320000";
    private const string Zip = "504B0304";
    private const string OpusHead =
        "4F676753 00020000 00000000 00000000 00000000 00000000 00000000 4F70757348656164";

    [Theory]
    [InlineData("a.pdf", "255044462D312E37", "application/pdf")]
    [InlineData("a", "255044462D312E37", "application/pdf")]
    [InlineData("a.jpg", "255044462D312E37", "application/pdf")]
    [InlineData("a.heic", Heic, "image/heic")]
    [InlineData("a.heif", Heic, "image/heif")]
    [InlineData("a.jpg", Heic, "image/heic")]
    [InlineData("a.opus", OpusHead, FileType.Voice)]
    [InlineData("a.ogg", OpusHead, FileType.Voice)]
    [InlineData("a.OPUS", "", FileType.Voice)]
    [InlineData("a.png", Jpeg, "image/jpeg")]
    [InlineData("a.m4a", Mp4, "audio/mp4")]
    [InlineData("a.mp4", Mp4, "video/mp4")]
    [InlineData(
        "a.docx",
        Zip,
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    )]
    [InlineData("a.jpg", Zip, "application/zip")]
    [InlineData("a.csv", "612C62", "text/csv")]
    [InlineData("a.webp", "52494646 00000000 57454250", "image/webp")]
    [InlineData("a.wav", "52494646 00000000 57415645", "audio/wav")]
    [InlineData("a.bin", "00010203", FileType.Unknown)]
    [InlineData("", "", FileType.Unknown)]
    public void The_type_follows_content_and_name(string name, string head, string type) =>
        FileType
            .Of(name, Convert.FromHexString(head.Replace(" ", "", StringComparison.Ordinal)))
            .ShouldBe(type);

    [Theory]
    [InlineData(MediaKind.Image, false, "image/heic", true)]
    [InlineData(MediaKind.Image, false, "application/pdf", false)]
    [InlineData(MediaKind.Image, false, FileType.Voice, false)]
    [InlineData(MediaKind.Image, false, FileType.Unknown, true)]
    [InlineData(MediaKind.Video, false, "video/mp4", true)]
    [InlineData(MediaKind.Video, false, "image/jpeg", false)]
    [InlineData(MediaKind.Audio, false, "audio/mpeg", true)]
    [InlineData(MediaKind.Audio, true, "audio/mpeg", false)]
    [InlineData(MediaKind.Audio, true, FileType.Voice, true)]
    [InlineData(MediaKind.Sticker, false, "image/webp", true)]
    [InlineData(MediaKind.Sticker, false, "image/png", false)]
    [InlineData(MediaKind.Document, false, "image/png", true)]
    public void A_kind_that_does_not_fit_is_refused(
        MediaKind kind,
        bool voice,
        string type,
        bool fits
    )
    {
        var mismatch = FileType.Mismatch(kind, voice, type);
        (mismatch is null).ShouldBe(fits);
        if (!fits)
            mismatch.ShouldNotBeNull().ShouldContain(type);
    }

    [Fact]
    public void Any_first_bytes_have_a_type()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        string[] marks =
        [
            Jpeg,
            Heic,
            Mp4,
            Zip,
            OpusHead,
            "52494646",
            "1A45DFA3",
            "0000000066747970",
        ];
        for (var i = 0; i < 5_000; i++)
        {
            var mark = Encoding.ASCII.GetBytes(new string('x', random.Next(40)));
            if (random.Next(3) > 0)
                mark =
                [
                    .. Convert.FromHexString(
                        marks[random.Next(marks.Length)].Replace(" ", "", StringComparison.Ordinal)
                    ),
                    .. mark,
                ];
            var head = mark[..random.Next(mark.Length + 1)];
            FileType.Of("x", head).ShouldNotBeNullOrEmpty($"seed {seed}");
        }
    }
}
