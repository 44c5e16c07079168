using System.Globalization;
using System.Text;
using WaOperator.Gateway.Streams;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>What comes from pods, in whatever parts it comes.</summary>
public sealed class FeedReaderTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(100_000)]
    public async Task Blocks_are_found_in_parts_of_any_length(int part)
    {
        var text = new StringBuilder(": still here\n\n");
        for (var i = 1; i <= 200; i++)
            text.Append(
                CultureInfo.InvariantCulture,
                $"id: 7:{i}\nevent: message.sent\ndata: {new string('x', i * i)}\n\n: still here\n\nid: 8:{i}\nevent: position\n\n"
            );
        using var body = new Parts(Encoding.UTF8.GetBytes(text.ToString()), part);
        using var reader = new FeedReader(body);

        for (var i = 1; i <= 200; i++)
        {
            var shown = (await reader.NextAsync(default)).ShouldNotBeNull();
            (shown.Name, shown.Session, shown.Seq, shown.Data.Length).ShouldBe(
                ("message.sent", 7, i, i * i)
            );
            var position = (await reader.NextAsync(default)).ShouldNotBeNull();
            (position.Name, position.Session, position.Seq).ShouldBe(("position", 8, i));
        }
        (await reader.NextAsync(default)).ShouldBeNull();
    }

    [Fact]
    public async Task What_is_cut_off_is_no_block()
    {
        using var body = new Parts("id: 7:1\nevent: message.sent\ndata: {}\n"u8.ToArray(), 10);
        using var reader = new FeedReader(body);

        (await reader.NextAsync(default)).ShouldBeNull();
    }

    [Fact]
    public async Task One_without_an_end_is_given_up()
    {
        using var body = new Parts(new byte[FeedReader.MaxBlock * 4], 1 << 20);
        using var reader = new FeedReader(body);

        await Should.ThrowAsync<InvalidDataException>(() => reader.NextAsync(default).AsTask());
    }

    [Fact]
    public void Any_bytes_are_a_block()
    {
        var random = new Random(3);
        var good = "id: 12:34\nevent: message.sent\ndata: {}\nid: 1"u8.ToArray();
        for (var round = 0; round < 50_000; round++)
        {
            var bytes = good.ToArray();
            for (var i = random.Next(6); i >= 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            FeedReader.Parse(bytes).Name.ShouldNotBeNull();
        }
    }

    /// <summary>A stream that gives so many bytes at once.</summary>
    private sealed class Parts(byte[] bytes, int part) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(
            Memory<byte> buffer,
            CancellationToken cancellationToken = default
        ) => base.ReadAsync(buffer[..Math.Min(part, buffer.Length)], cancellationToken);
    }
}
