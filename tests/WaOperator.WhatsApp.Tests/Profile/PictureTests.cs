using WaOperator.Testing;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Profile;

namespace WaOperator.WhatsApp.Tests.Profile;

/// <summary>What is a picture, how it is asked for, and what is read of the answer.</summary>
public sealed class PictureTests
{
    private static readonly Jid Anna = new("491511111111", Jid.PhoneServer, 3);
    private static readonly Jid Group = new("120363000000000001", Jid.GroupServer);

    [Fact]
    public void A_JPEG_says_its_size()
    {
        JpegHead.TryRead(JpegSample.Of(640, 480), out var width, out var height).ShouldBeTrue();
        (width, height).ShouldBe((640, 480));
        // Fill bytes before a marker are allowed.
        byte[] filled = [0xFF, 0xD8, 0xFF, 0xFF, .. JpegSample.Of(1, 65_535).AsSpan(3)];
        JpegHead.TryRead(filled, out width, out height).ShouldBeTrue();
        (width, height).ShouldBe((1, 65_535));
    }

    [Fact]
    public void What_ends_before_its_size_or_has_none_is_no_picture()
    {
        var whole = JpegSample.Of(640, 640, tail: 0);
        var frame = whole.AsSpan().IndexOf([(byte)0xFF, (byte)0xC0]);
        for (var length = 0; length < frame + 9; length++)
            JpegHead.TryRead(whole.AsSpan(0, length), out _, out _).ShouldBeFalse($"{length}");
        JpegHead.TryRead(JpegSample.Of(0, 640), out _, out _).ShouldBeFalse();
        JpegHead.TryRead("\x89PNG\r\n\x1a\n and more of it"u8, out _, out _).ShouldBeFalse();
        // A segment that is longer than the rest, and one that is shorter than its own length.
        JpegHead
            .TryRead([0xFF, 0xD8, 0xFF, 0xE0, 0xFF, 0xFF, 0, 0, 0, 0, 0], out _, out _)
            .ShouldBeFalse();
        JpegHead
            .TryRead([0xFF, 0xD8, 0xFF, 0xE0, 0, 1, 0, 0, 0, 0, 0], out _, out _)
            .ShouldBeFalse();
    }

    [Fact]
    public void What_cannot_be_set_is_refused_with_what_can()
    {
        ProfilePicture.FaultOf(JpegSample.Of(640, 640)).ShouldBeNull();
        ProfilePicture
            .FaultOf(JpegSample.Of(ProfilePicture.MaxPixels, ProfilePicture.MaxPixels))
            .ShouldBeNull();
        ProfilePicture
            .FaultOf(JpegSample.Of(640, ProfilePicture.MaxPixels + 1))!
            .ShouldContain("2049");
        ProfilePicture
            .FaultOf(JpegSample.Of(640, 640, ProfilePicture.MaxBytes))!
            .ShouldContain("262144");
        ProfilePicture.FaultOf("GIF89a"u8)!.ShouldContain("JPEG");
    }

    [Fact]
    public void A_picture_is_asked_for_by_the_account()
    {
        var query = PictureStanzas.Get(Anna, preview: true);
        (query["type"], query["xmlns"], query["target"], query["to"]).ShouldBe(
            ("get", "w:profile:picture", "491511111111@s.whatsapp.net", "@s.whatsapp.net")
        );
        (query.FirstChild!["type"], query.FirstChild["query"]).ShouldBe(("preview", "url"));
    }

    [Fact]
    public void A_change_names_groups_only_and_one_without_a_picture_removes()
    {
        var set = PictureStanzas.Set(null, [1, 2]);
        (set["type"], set["target"], set.FirstChild!["type"]).ShouldBe(("set", null, "image"));
        set.FirstChild.Bytes.ShouldBe([1, 2]);
        var removal = PictureStanzas.Remove(Group);
        (removal["type"], removal["target"], removal.FirstChild).ShouldBe(
            ("set", Group.ToString(), null)
        );
    }

    [Theory]
    [InlineData("7", "https://pps.whatsapp.net/x", null, true)]
    [InlineData("7", null, null, false)]
    [InlineData(null, "https://pps.whatsapp.net/x", null, false)]
    [InlineData("7", "https://pps.whatsapp.net/x", "204", false)]
    [InlineData("7", "https://pps.whatsapp.net/x", "304", false)]
    public void An_answer_has_a_picture_or_none(string? id, string? url, string? status, bool has)
    {
        var picture = new BinaryNode("picture")
        {
            ["id"] = id,
            ["url"] = url,
            ["type"] = "preview",
            ["status"] = status,
        };
        PictureStanzas
            .Read(new("iq") { Children = [picture] })
            .ShouldBe(has ? new ProfilePicture("7", url!, Preview: true) : null);
    }
}
