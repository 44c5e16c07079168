using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Tests.Binary;

public sealed class RoundtripTests
{
    private static readonly string[] Texts =
    [
        "iq",
        "screen_height",
        "12345",
        "1-2.3",
        "ABCDEF",
        "",
        "ü 日本 🎈",
        "made up",
        "\0",
        "@",
        "a@b",
        "x@s.whatsapp.net@g.us",
        "4917:300@s.whatsapp.net",
        "4917:7@s.whatsapp.net",
        "4917_2:7@s.whatsapp.net",
        "4917_1:7@s.whatsapp.net",
        "4917_1@lid",
        "5:1@lid",
        "5@lid",
        "@s.whatsapp.net",
        ":1@s.whatsapp.net",
        "7:1@hosted",
        "7@hosted.lid",
        "123:9@msgr",
        "3-77:5@interop",
        "77:5@interop",
        "1-2@g.us",
        "4917:x@s.whatsapp.net",
        "4917@example.org",
        "0x12@lid",
    ];

    [Fact]
    public void What_is_written_is_read_again()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var i = 0; i < 3000; i++)
        {
            var node = Make(random, 0);
            var wire = BinaryEncoder.Encode(node);
            Nodes
                .Show(BinaryDecoder.Decode(wire))
                .ShouldBe(Nodes.Show(node), $"seed {seed}, node {i}");
        }
    }

    [Fact]
    public void Every_text_keeps_its_spelling()
    {
        foreach (var text in Texts)
        {
            var read = BinaryDecoder.Decode(
                BinaryEncoder.Encode(new BinaryNode("iq") { ["id"] = text, Text = text })
            );
            (read["id"], read.Text).ShouldBe((text, text));
        }
    }

    [Theory]
    [InlineData("4917:0@s.whatsapp.net", "4917@s.whatsapp.net")]
    [InlineData("4917@s.whatsapp.net", "4917@s.whatsapp.net")]
    public void A_device_of_zero_is_the_account(string written, string read) =>
        BinaryDecoder
            .Decode(BinaryEncoder.Encode(new BinaryNode("iq") { ["to"] = written }))["to"]
            .ShouldBe(read);

    [Fact]
    public void A_list_longer_than_the_format_allows_is_not_written()
    {
        var child = new BinaryNode("item");
        var node = new BinaryNode("list") { Children = [.. Enumerable.Repeat(child, 65_536)] };
        Should.Throw<BinaryFormatException>(() => BinaryEncoder.Encode(node));
    }

    private static BinaryNode Make(Random random, int depth)
    {
        var tag = random.Next(3) == 0 ? "made-up" : "message";
        var node = random.Next(depth > 3 ? 3 : 4) switch
        {
            0 => new BinaryNode(tag),
            1 => new BinaryNode(tag) { Bytes = Bytes(random, random.Next(600)) },
            2 => new BinaryNode(tag) { Text = Text(random) },
            _ => new BinaryNode(tag)
            {
                Children =
                [
                    .. Enumerable.Range(0, random.Next(6)).Select(_ => Make(random, depth + 1)),
                ],
            },
        };
        for (var i = random.Next(5); i > 0; i--)
            node[$"{(random.Next(2) == 0 ? "id" : "key")}{i}"] = Text(random);
        return node;
    }

    private static string Text(Random random) =>
        random.Next(3) switch
        {
            0 => Texts[random.Next(Texts.Length)],
            1 => new string([
                .. Enumerable
                    .Range(0, random.Next(300))
                    .Select(_ => (char)random.Next('0', '9' + 1)),
            ]),
            _ => new string([
                .. Enumerable.Range(0, random.Next(40)).Select(_ => (char)random.Next(32, 0x500)),
            ]),
        };

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
