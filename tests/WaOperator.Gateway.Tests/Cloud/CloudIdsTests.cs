using WaOperator.Domain;
using WaOperator.Gateway.Cloud;

namespace WaOperator.Gateway.Tests.Cloud;

public sealed class CloudIdsTests
{
    [Theory]
    [InlineData("3EB0A1", "wamid.M0VCMEEx")]
    [InlineData("a", "wamid.YQ")]
    [InlineData("order-1_x.y", "wamid.b3JkZXItMV94Lnk")]
    public void An_id_has_one_spelling_each_way(string id, string wamid)
    {
        CloudIds.ToCloud(id).ShouldBe(wamid);
        CloudIds.TryRead(wamid, out var read).ShouldBeTrue();
        read.ShouldBe(id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3EB0A1")]
    [InlineData("wamid.")]
    [InlineData("wamid.YQ==")]
    [InlineData("wamid.YR")]
    [InlineData("wamid.Y Q")]
    [InlineData("wamid.Y")]
    [InlineData("wamid._w")]
    [InlineData("WAMID.YQ")]
    [InlineData("wamid.+/==")]
    public void What_is_none_is_refused(string text)
    {
        CloudIds.TryRead(text, out var id).ShouldBeFalse();
        id.ShouldBe("");
    }

    [Fact]
    public void Any_text_is_read_or_refused()
    {
        var random = new Random(7);
        for (var i = 0; i < 20_000; i++)
        {
            var chars = new char[random.Next(0, 40)];
            for (var c = 0; c < chars.Length; c++)
                chars[c] = (char)random.Next(0, i % 2 == 0 ? 128 : 65_536);
            var text = "wamid." + new string(chars);
            if (CloudIds.TryRead(text, out var id))
                CloudIds.ToCloud(id).ShouldBe(text);
        }
        CloudIds.TryRead("wamid." + new string('A', 1_000_000), out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("491700000002.med_abc-1_", "491700000002", "med_abc-1_")]
    [InlineData("med_abc", null, "med_abc")]
    public void The_id_of_a_file_says_the_number_that_it_is_of(
        string text,
        string? phone,
        string media
    )
    {
        CloudMediaIds.TryRead(text, out var number, out var own).ShouldBeTrue();
        (number, own).ShouldBe((phone, media));
        if (phone is not null)
            CloudIds.OfFile(phone, media).ShouldBe(text);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("1234567890")]
    [InlineData("49170.med_a")]
    [InlineData(".med_a")]
    [InlineData("491700000002.x")]
    [InlineData("491700000002.med_a/../b")]
    [InlineData("491700000002.491700000003.med_a")]
    public void What_is_no_id_of_a_file_is_refused(string? text) =>
        CloudMediaIds.TryRead(text, out _, out _).ShouldBeFalse();
}
