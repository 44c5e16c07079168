using System.IO.Compression;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Tests.Binary;

public sealed class HostileTests
{
    /// <summary>A frame is a flag byte and the bytes that are given here in hex.</summary>
    public static TheoryData<string, string> Frames =>
        new()
        {
            { "nothing", "" },
            { "an empty list as a node", "00" },
            { "a node that is no list", "19" },
            { "a list whose length is missing", "F8" },
            { "a list of 16 bits cut short", "F900" },
            { "a node without a tag", "F801" },
            { "an empty tag", "F80100" },
            { "an empty raw tag", "F801FC00" },
            { "a tag that is an address", "F801FA0019" },
            { "the byte 240, which is nothing", "F801F0" },
            { "the byte 244, which is nothing", "F801F4" },
            { "a double token without its index", "F801EC" },
            { "an attribute without a value", "F8031908" },
            { "more attributes than bytes", "F9FFFF1908" },
            { "a raw string longer than the frame", "F80219FCFF41" },
            { "a raw string of 20 bits longer than the frame", "F80219FDFFFFFF41" },
            { "a raw string of 4 GiB", "F80219FEFFFFFFFF41" },
            { "a raw string of 2 GiB", "F80219FE7FFFFFFF41" },
            { "more children than bytes", "F80219F9FFFF" },
            { "a child that is no list", "F80219F80119" },
            { "a packed string cut short", "F80219FF8541" },
            { "a packed string shorter than nothing", "F80219FF80" },
            { "a packed digit that is none", "F80219FF01CC" },
            { "padding in the middle of packed digits", "F80219FF01F1" },
            { "an address without a server", "F80219FA1900" },
            { "an address within an address", "F80219FAFA0303" },
            { "a device address cut short", "F80219F700" },
            { "a messenger address cut short", "F80219F61900" },
            { "an interop address without a server", "F80219F519000100" },
            { "bytes after the end", "F8011900" },
        };

    [Theory]
    [MemberData(nameof(Frames))]
    public void A_malformed_node_is_refused(string name, string hex)
    {
        var error = Should.Throw<BinaryFormatException>(
            () => BinaryDecoder.Decode([0, .. Convert.FromHexString(hex)]),
            name
        );
        error.Message.ShouldNotBeEmpty();
    }

    [Fact]
    public void An_empty_frame_is_refused() =>
        Should.Throw<BinaryFormatException>(() => BinaryDecoder.Decode([]));

    [Fact]
    public void Nodes_without_end_in_each_other_are_refused()
    {
        var frame = new byte[2_000_001];
        for (var i = 1; i + 4 < frame.Length; i += 5)
            new byte[] { 0xF8, 2, 0x19, 0xF8, 1 }.CopyTo(frame, i);
        Should
            .Throw<BinaryFormatException>(() => BinaryDecoder.Decode(frame))
            .Message.ShouldContain("deeper");
    }

    [Fact]
    public void Addresses_without_end_in_each_other_are_refused()
    {
        var frame = new byte[2_000_000];
        frame.AsSpan().Fill(0xFA);
        new byte[] { 0, 0xF8, 2, 0x19 }.CopyTo(frame, 0);
        Should.Throw<BinaryFormatException>(() => BinaryDecoder.Decode(frame));
    }

    [Fact]
    public void A_damaged_compression_is_refused() =>
        Should.Throw<BinaryFormatException>(() =>
            BinaryDecoder.Decode([2, 0x78, 0x9C, 1, 2, 3, 4, 5])
        );

    [Fact]
    public void A_compressed_node_is_read()
    {
        var node = new BinaryNode("iq") { ["id"] = "1", Bytes = new byte[100_000] };
        var compressed = Compress(BinaryEncoder.Encode(node).AsSpan(1));
        compressed.Length.ShouldBeLessThan(1000);
        Nodes.Show(BinaryDecoder.Decode([2, .. compressed])).ShouldBe(Nodes.Show(node));
    }

    [Fact]
    public void A_zip_bomb_costs_no_more_than_the_limit()
    {
        var bomb = Compress(new byte[200 * 1024 * 1024]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should
            .Throw<BinaryFormatException>(() => BinaryDecoder.Decode([2, .. bomb]))
            .Message.ShouldContain("inflated");
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(
            6L * BinaryDecoder.MaxInflatedSize
        );
    }

    [Theory]
    [InlineData("0278F901FBC122C9F1FA350009F42702FBF4")] // asks for a preset dictionary; found by hack/fuzz
    [InlineData("02789C010203")]
    [InlineData("0200")]
    public void A_damaged_compressed_frame_is_refused(string frame) =>
        Should.Throw<BinaryFormatException>(() =>
            BinaryDecoder.Decode(Convert.FromHexString(frame))
        );

    [Fact]
    public void Declared_sizes_cost_no_memory()
    {
        // Each of 40 nodes in each other says that it has 65,535 children.
        var deep = Enumerable
            .Range(0, 40)
            .SelectMany(_ => (byte[])[0xF8, 2, 0x19, 0xF9, 0xFF, 0xFF]);
        byte[] frame = [0, .. deep, .. new byte[200_000]];
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<BinaryFormatException>(() => BinaryDecoder.Decode(frame));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(8_000_000);
    }

    [Fact]
    public void The_most_expensive_frame_stays_bounded()
    {
        // A frame full of the smallest nodes, as large as a frame may be.
        var frame = new byte[BinaryDecoder.MaxInflatedSize];
        frame[0] = 0;
        for (var i = 1; i + 3 <= frame.Length; i += 3)
            new byte[] { 0xF8, 1, 0x19 }.CopyTo(frame, i);
        new byte[] { 0xF8, 2, 0x19, 0xF9, 0xFF, 0xFF }.CopyTo(frame, 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Should.Throw<BinaryFormatException>(() => BinaryDecoder.Decode(frame));
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(20_000_000);
    }

    private static byte[] Compress(ReadOnlySpan<byte> data)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Optimal, leaveOpen: true))
            zlib.Write(data);
        return output.ToArray();
    }
}
