using System.Threading.Channels;
using WaOperator.WhatsApp.Transport;

namespace WaOperator.WhatsApp.Tests.Fakes;

/// <summary>Two ends of a connection in memory. A chunk size cuts what is sent into pieces of so many bytes.</summary>
internal sealed class MemoryWire : IWire
{
    private readonly Channel<byte[]> _in;
    private readonly Channel<byte[]> _out;
    private readonly int _chunk;
    private ReadOnlyMemory<byte> _rest;

    private MemoryWire(Channel<byte[]> input, Channel<byte[]> output, int chunk) =>
        (_in, _out, _chunk) = (input, output, chunk);

    public static (MemoryWire Client, MemoryWire Server) Pair(int chunk = int.MaxValue)
    {
        var (up, down) = (Channel.CreateUnbounded<byte[]>(), Channel.CreateUnbounded<byte[]>());
        return (new(down, up, chunk), new(up, down, chunk));
    }

    public async ValueTask WaitAsync(CancellationToken ct)
    {
        if (_rest.IsEmpty)
            await _in.Reader.WaitToReadAsync(ct);
    }

    public async ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken ct)
    {
        while (_rest.IsEmpty)
        {
            if (!await _in.Reader.WaitToReadAsync(ct))
                return 0;
            if (_in.Reader.TryRead(out var next))
                _rest = next;
        }
        var count = Math.Min(buffer.Length, _rest.Length);
        _rest[..count].CopyTo(buffer);
        _rest = _rest[count..];
        return count;
    }

    public ValueTask SendAsync(ReadOnlyMemory<byte> data, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        for (var start = 0; start < data.Length; start += Math.Min(_chunk, data.Length - start))
        {
            if (
                !_out.Writer.TryWrite(
                    data.Slice(start, Math.Min(_chunk, data.Length - start)).ToArray()
                )
            )
                throw new IOException("the other end is gone");
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseOutputAsync(CancellationToken ct)
    {
        _out.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _out.Writer.TryComplete();
        _in.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
