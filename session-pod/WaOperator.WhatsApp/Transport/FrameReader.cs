using System.Buffers;

namespace WaOperator.WhatsApp.Transport;

/// <summary>
/// Cuts a stream of bytes into frames, however the bytes were split over messages. While no frame is half read it
/// holds no buffer. One caller at a time.
/// </summary>
internal sealed class FrameReader : IDisposable
{
    /// <summary>The longest frame that is accepted by default, in bytes.</summary>
    public const int DefaultMaxPayload = 4 * 1024 * 1024;

    private const int SmallestBuffer = 256;

    private readonly int _maxPayload;
    private byte[] _buffer = [];
    private int _start;
    private int _end;

    /// <summary>Makes a reader.</summary>
    /// <param name="maxPayload">The longest frame, in bytes.</param>
    public FrameReader(int maxPayload = DefaultMaxPayload)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(maxPayload);
        _maxPayload = maxPayload;
    }

    /// <summary>How many bytes wait for the rest of their frame.</summary>
    public int Buffered => _end - _start;

    /// <summary>Takes the bytes of one message, or of a part of one.</summary>
    public void Append(ReadOnlySpan<byte> data)
    {
        if (data.IsEmpty)
            return;
        if (_buffer.Length - _end < data.Length)
            MakeRoom(data.Length);
        data.CopyTo(_buffer.AsSpan(_end));
        _end += data.Length;
    }

    /// <summary>
    /// Takes the next whole frame out. Its memory may be written to (frames are decrypted in place) and is valid
    /// until the next call of any method.
    /// </summary>
    /// <exception cref="FrameException">A frame is longer than allowed.</exception>
    public bool TryRead(out Memory<byte> frame)
    {
        frame = default;
        if (Buffered < FrameWriter.HeaderSize)
        {
            ReleaseIfEmpty();
            return false;
        }
        var length = Length24(_buffer.AsSpan(_start));
        if (length > _maxPayload)
            throw new FrameException(
                $"A frame says it has {length} bytes; at most {_maxPayload} are accepted."
            );
        if (Buffered < FrameWriter.HeaderSize + length)
            return false;
        frame = _buffer.AsMemory(_start + FrameWriter.HeaderSize, length);
        _start += FrameWriter.HeaderSize + length;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _start = _end;
        ReleaseIfEmpty();
    }

    internal static int Length24(ReadOnlySpan<byte> data) => data[0] << 16 | data[1] << 8 | data[2];

    /// <summary>Grows by what has really come, never by what a length promises.</summary>
    private void MakeRoom(int more)
    {
        var needed = Buffered + more;
        if (needed <= _buffer.Length)
        {
            _buffer.AsSpan(_start, Buffered).CopyTo(_buffer);
        }
        else
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(SmallestBuffer, needed));
            _buffer.AsSpan(_start, Buffered).CopyTo(larger);
            Release();
            _buffer = larger;
        }
        _end -= _start;
        _start = 0;
    }

    private void ReleaseIfEmpty()
    {
        if (Buffered != 0)
            return;
        Release();
        _buffer = [];
        _start = _end = 0;
    }

    private void Release()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer, clearArray: false);
    }
}
