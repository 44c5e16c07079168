using System.Buffers;

namespace WaOperator.WhatsApp.Transport;

/// <summary>A growing buffer from the shared pool.</summary>
internal sealed class PooledWriter : IBufferWriter<byte>, IDisposable
{
    private const int FirstSize = 512;

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(FirstSize);

    public int Length { get; private set; }

    public Memory<byte> Written => _buffer.AsMemory(0, Length);

    public void Advance(int count) => Length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(Length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(Length);
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private void Reserve(int sizeHint)
    {
        var needed = Length + Math.Max(1, sizeHint);
        if (needed <= _buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, _buffer.Length * 2));
        Written.Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
