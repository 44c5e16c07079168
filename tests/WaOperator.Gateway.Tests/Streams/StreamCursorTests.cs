using System.Buffers.Text;
using WaOperator.Gateway.Streams;

namespace WaOperator.Gateway.Tests.Streams;

/// <summary>Cursors of clients, and what they are made of.</summary>
public sealed class StreamCursorTests
{
    [Fact]
    public void It_comes_back_as_it_was()
    {
        var random = new Random(1);
        for (var round = 0; round < 500; round++)
        {
            var seen = new Dictionary<long, long>();
            for (var i = random.Next(20); i > 0; i--)
                seen[1 + Number(random)] = Number(random);
            var cursor = new StreamCursor(random.NextInt64(253_402_300_799_999), seen);

            var read = StreamCursor.Read(cursor.Write()).ShouldNotBeNull();

            read.Since.ShouldBe(cursor.Since);
            read.Seen.ShouldBe(seen.OrderBy(s => s.Key).ToDictionary());
        }
    }

    [Fact]
    public void It_is_short()
    {
        var seen = Enumerable.Range(100_000, 2_000).ToDictionary(i => (long)i, i => 5_000L + i);

        new StreamCursor(1_764_500_000_000, seen).Write().Length.ShouldBeLessThan(12 * 1024);
    }

    [Fact]
    public void The_largest_is_read()
    {
        var seen = Enumerable
            .Range(0, StreamCursor.MaxSessions)
            .ToDictionary(i => long.MaxValue - i, _ => long.MaxValue);

        StreamCursor.Read(new StreamCursor(0, seen).Write())!.Seen.Count.ShouldBe(seen.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("AQ")] // no time
    [InlineData("AgA")] // another version
    [InlineData("AQAB")] // a session without a number
    [InlineData("AQAAAQ")] // a session that does not come behind the one before
    [InlineData("AQD")] // no whole byte
    [InlineData("A!AA")]
    public void What_is_none_is_not_read(string? text) => StreamCursor.Read(text).ShouldBeNull();

    [Fact]
    public void More_sessions_than_a_stream_has_are_not_read()
    {
        var seen = Enumerable
            .Range(1, StreamCursor.MaxSessions + 1)
            .ToDictionary(i => (long)i, _ => 1L);

        StreamCursor.Read(new StreamCursor(0, seen).Write()).ShouldBeNull();
        StreamCursor.Read(new string('A', 10_000_000)).ShouldBeNull();
    }

    [Fact]
    public void Any_bytes_are_a_cursor_or_none()
    {
        var random = new Random(2);
        var good = new StreamCursor(5, Enumerable.Range(1, 9).ToDictionary(i => i * 3L, i => 9L));
        var read = 0;
        for (var round = 0; round < 100_000; round++)
        {
            var bytes = Base64Url.DecodeFromChars(good.Write());
            if (round % 2 == 0)
                random.NextBytes(bytes.AsSpan(1));
            else
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            if (StreamCursor.Read(Base64Url.EncodeToString(bytes)) is not { } cursor)
                continue;
            read++;
            cursor.Seen.ShouldAllBe(s => s.Key > 0 && s.Value >= 0);
            StreamCursor.Read(cursor.Write())!.Seen.ShouldBe(cursor.Seen);
        }
        read.ShouldBeGreaterThan(0);
    }

    private static long Number(Random random) => random.NextInt64() >> random.Next(1, 63);
}
