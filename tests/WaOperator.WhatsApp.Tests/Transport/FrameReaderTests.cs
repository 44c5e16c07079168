using System.Buffers;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Transport;

public sealed class FrameReaderTests
{
    [Fact]
    public void Frames_are_found_however_the_bytes_are_split()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var payloads = Enumerable
                .Range(0, random.Next(1, 20))
                .Select(_ => Bytes(random, random.Next(2000)))
                .ToList();
            var stream = new ArrayBufferWriter<byte>();
            foreach (var payload in payloads)
                FrameWriter.Write(stream, payload);
            using var reader = new FrameReader();
            var found = new List<byte[]>();
            for (var rest = stream.WrittenMemory; !rest.IsEmpty; )
            {
                var count = Math.Min(rest.Length, random.Next(1, 700));
                reader.Append(rest.Span[..count]);
                rest = rest[count..];
                while (reader.TryRead(out var frame))
                    found.Add(frame.ToArray());
            }
            found
                .Select(Convert.ToHexString)
                .ShouldBe(payloads.Select(Convert.ToHexString), $"seed {seed}, round {round}");
            reader.Buffered.ShouldBe(0);
        }
    }

    [Fact]
    public void A_client_s_first_bytes_are_read_with_and_without_routing_information()
    {
        using var plain = new ServerFrameReader();
        plain.Append([.. NoiseProtocol.Header, 0, 0, 1, 7]);
        plain.TryRead(out var frame).ShouldBeTrue();
        frame.ToArray().ShouldBe([7]);
        plain.RoutingInfo.ShouldBeNull();

        using var routed = new ServerFrameReader();
        foreach (
            var piece in (byte[])[.. "ED"u8, 0, 1, 0, 0, 2, 8, 9, .. NoiseProtocol.Header, 0, 0, 1]
        )
        {
            routed.Append([piece]);
            routed.TryRead(out _).ShouldBeFalse();
        }
        routed.Append([7]);
        routed.TryRead(out frame).ShouldBeTrue();
        routed.RoutingInfo.ShouldBe([8, 9]);
    }

    [Theory]
    [InlineData("47455420")]
    [InlineData("57410503")]
    [InlineData("45440001FFFFFF")]
    public void Another_beginning_is_refused(string hex)
    {
        using var reader = new ServerFrameReader();
        reader.Append(Convert.FromHexString(hex));
        Should.Throw<FrameException>(() => reader.TryRead(out _));
    }

    [Fact]
    public void A_frame_longer_than_allowed_is_refused_by_its_length_alone()
    {
        using var reader = new FrameReader(maxPayload: 1000);
        reader.Append([0, 3, 232]);
        reader.TryRead(out _).ShouldBeFalse();
        using var longer = new FrameReader(maxPayload: 1000);
        longer.Append([0, 3, 233]);
        Should.Throw<FrameException>(() => longer.TryRead(out _)).Message.ShouldContain("1001");
    }

    private static byte[] Bytes(Random random, int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return bytes;
    }
}
