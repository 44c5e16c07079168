using WaOperator.Fuzz.Mutations;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Server;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.Fuzz.Targets;

/// <summary>Streams of frames in pieces of any size; with a prologue as a server reads them, or without as a client.</summary>
internal sealed class FrameTarget : Target
{
    private const int MaxPayload = 4_096;
    private const int ServerKind = 1;

    private static readonly byte[] Pieces = [1, 2, 3, 7, 64, 255];

    public override string Name => "frames";

    public override Input Make(Random random)
    {
        var isServer = random.Next(2);
        var stream = new List<byte>();
        if (isServer == ServerKind)
        {
            if (random.Next(2) == 0)
            {
                var routing = random.Next(8) == 0 ? random.Next(70_000) : random.Next(20);
                stream.AddRange([
                    .. "ED"u8,
                    0,
                    1,
                    .. Frame(routing, Math.Min(routing, 64), random),
                ]);
            }
            stream.AddRange(NoiseProtocol.Header);
        }
        for (var frames = random.Next(1, 8); frames > 0; frames--)
        {
            var length = random.Next(6) switch
            {
                0 => 0,
                1 => MaxPayload - 1 + random.Next(3),
                2 => random.Next(1 << 24),
                _ => random.Next(200),
            };
            stream.AddRange(Frame(length, Math.Min(length, MaxPayload + 2), random));
        }
        byte[] bytes = [.. stream];
        // The first byte says how the stream is cut into pieces.
        return new(
            [
                (byte)random.Next(256),
                .. random.Next(4) == 0 ? bytes : ByteMutation.Change(random, bytes, bytes),
            ],
            isServer
        );
    }

    public override void Parse(Input input)
    {
        using var server = input.Kind == ServerKind ? new ServerFrameReader(MaxPayload) : null;
        using var client = server is null ? new FrameReader(MaxPayload) : null;
        int cut = input.Bytes[0];
        var rest = input.Bytes.AsSpan(1);
        while (!rest.IsEmpty)
        {
            var piece = Math.Min(rest.Length, Pieces[cut++ % Pieces.Length]);
            server?.Append(rest[..piece]);
            client?.Append(rest[..piece]);
            rest = rest[piece..];
            while (server is null ? client!.TryRead(out var frame) : server.TryRead(out frame))
                frame.Span.Clear();
            var buffered = server?.Buffered ?? client!.Buffered;
            if (buffered > FrameWriter.HeaderSize + MaxPayload + Pieces[^1])
                throw new InvalidOperationException(
                    $"The reader holds {buffered} bytes although no frame has more than {MaxPayload}."
                );
        }
    }

    public override bool IsRefusal(Exception exception) => exception is FrameException;

    // Buffers come from the pool, which makes new ones only when it has none of their size.
    public override long MaxAllocated(Input input) => 32 * 1024 + 4L * input.Bytes.Length;

    private static byte[] Frame(int length, int there, Random random)
    {
        var frame = new byte[FrameWriter.HeaderSize + there];
        random.NextBytes(frame);
        (frame[0], frame[1], frame[2]) = ((byte)(length >> 16), (byte)(length >> 8), (byte)length);
        return frame;
    }
}
