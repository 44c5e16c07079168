using System.Buffers;
using WaOperator.WhatsApp.Noise;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Server;

/// <summary>
/// Cuts what a client sends into frames: first comes <see cref="NoiseProtocol.Header"/>, perhaps after routing information. One
/// caller at a time.
/// </summary>
/// <param name="maxPayload">The longest frame that is accepted, in bytes.</param>
internal sealed class ServerFrameReader(int maxPayload = FrameReader.DefaultMaxPayload)
    : IDisposable
{
    private const int MaxRoutingInfo = 4096;

    private readonly FrameReader _frames = new(maxPayload);
    private ArrayBufferWriter<byte>? _beginning = new();

    private static ReadOnlySpan<byte> RoutingMark => [(byte)'E', (byte)'D', 0, 1];

    /// <summary>The routing information before the client's header; null while or where there is none.</summary>
    public byte[]? RoutingInfo { get; private set; }

    /// <summary>How many bytes wait for the rest of the beginning or of their frame.</summary>
    public int Buffered => (_beginning?.WrittenCount ?? 0) + _frames.Buffered;

    /// <summary>Takes the bytes of one message, or of a part of one.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        if (_beginning is null)
            _frames.Append(data);
        else
            _beginning.Write(data);
    }

    /// <inheritdoc cref="FrameReader.TryRead"/>
    /// <exception cref="FrameException">The stream does not begin as a client's does, or a frame is longer than allowed.</exception>
    public bool TryRead(out Memory<byte> frame)
    {
        frame = default;
        return (_beginning is null || TryBegin(_beginning.WrittenSpan))
            && _frames.TryRead(out frame);
    }

    /// <inheritdoc/>
    public void Dispose() => _frames.Dispose();

    private bool TryBegin(ReadOnlySpan<byte> data)
    {
        if (data.Length < RoutingMark.Length)
            return false;
        byte[]? routing = null;
        if (data.StartsWith(RoutingMark))
        {
            var head = RoutingMark.Length + FrameWriter.HeaderSize;
            if (data.Length < head)
                return false;
            var length = FrameReader.Length24(data[RoutingMark.Length..]);
            if (length > MaxRoutingInfo)
                throw new FrameException($"The routing information says it has {length} bytes.");
            if (data.Length < head + length + NoiseProtocol.Header.Length)
                return false;
            routing = data.Slice(head, length).ToArray();
            data = data[(head + length)..];
        }
        if (!data.StartsWith(NoiseProtocol.Header))
            throw new FrameException(
                "The connection does not begin with the header of a WhatsApp client (WA, 6, 3)."
            );
        RoutingInfo = routing;
        _beginning = null;
        _frames.Append(data[NoiseProtocol.Header.Length..]);
        return true;
    }
}
