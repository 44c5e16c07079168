using WaOperator.SessionPod.Media;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Tests.Media;

public sealed class MediaIdTests
{
    [Fact]
    public void An_id_is_read_as_it_was_written_and_names_its_own_file_alone()
    {
        var file = File(1);
        var received = MediaId.Of(88_213, file);
        MediaId.TryParse(received.ToString(), out var read).ShouldBeTrue();
        read.ShouldBe(received);
        read.Seq.ShouldBe(88_213);
        read.Names(file).ShouldBeTrue();
        read.Names(File(2)).ShouldBeFalse();

        var upload = MediaId.New();
        MediaId.TryParse(upload.ToString(), out read).ShouldBeTrue();
        read.Bytes.ShouldBe(upload.Bytes);
        read.Seq.ShouldBeNull();
        read.Names(file).ShouldBeFalse();
        upload.ShouldNotBe(MediaId.New());
    }

    [Fact]
    public void Any_text_is_an_id_or_none()
    {
        var random = new Random(1);
        foreach (
            var text in (string?[])
                [null, "", "med", "med_", "med_====", "med_\0", "MED_" + new string('A', 22)]
        )
            MediaId.TryParse(text, out _).ShouldBeFalse(text);
        // Bits that the last letter has too many of, another alphabet, a number below 1.
        MediaId.TryParse("med_" + new string('A', 21) + "B", out _).ShouldBeFalse();
        MediaId.TryParse("med_" + new string('+', 22), out _).ShouldBeFalse();
        MediaId.TryParse("med_" + new string('A', 19), out _).ShouldBeFalse();
        MediaId.TryParse("med_" + new string('_', 19), out _).ShouldBeFalse();
        for (var i = 0; i < 20_000; i++)
        {
            var chars = new char[random.Next(40)];
            foreach (ref var c in chars.AsSpan())
                c = (char)random.Next(1, 300);
            var text = (i % 2 == 0 ? "med_" : "") + new string(chars);
            if (MediaId.TryParse(text, out var id))
                id.ToString().ShouldBe(text);
        }
    }

    private static MediaReference File(byte fill) =>
        new()
        {
            Kind = MediaKind.Image,
            MediaKey = new byte[32],
            FileSha256 = [.. Enumerable.Repeat(fill, 32)],
            FileEncSha256 = [.. Enumerable.Repeat(fill, 32)],
            FileLength = 1,
        };
}
