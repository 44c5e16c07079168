using System.Buffers;

namespace WaOperator.WhatsApp.Media;

/// <summary>
/// Bounds what the transfers of a process hold: two buffers of <see cref="BufferSize"/> each, and so many at once as
/// <see cref="MediaOptions.MaxTransfers"/> says, however large the files are.
/// </summary>
internal sealed class MediaTransfers : IDisposable
{
    /// <summary>One buffer's size in bytes.</summary>
    public const int BufferSize = 64 * 1024;

    /// <summary>How many buffers a transfer has.</summary>
    public const int BuffersEach = 2;

    private readonly SemaphoreSlim _slots;
    private long _buffered;
    private long _peak;

    internal MediaTransfers(int most) => _slots = new(most, most);

    /// <summary>Bytes of buffers in use now.</summary>
    public long BufferedBytes => Interlocked.Read(ref _buffered);

    /// <summary>The most that were in use at once.</summary>
    public long PeakBufferedBytes => Interlocked.Read(ref _peak);

    /// <inheritdoc/>
    public void Dispose() => _slots.Dispose();

    internal async Task<Slot> EnterAsync(CancellationToken ct)
    {
        await _slots.WaitAsync(ct);
        return new(this);
    }

    private byte[] Rent()
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        var now = Interlocked.Add(ref _buffered, buffer.Length);
        for (
            var peak = PeakBufferedBytes;
            now > peak && Interlocked.CompareExchange(ref _peak, now, peak) != peak;

        )
            peak = PeakBufferedBytes;
        return buffer;
    }

    private void Return(byte[] buffer)
    {
        Interlocked.Add(ref _buffered, -buffer.Length);
        // Files' plaintext stood in it.
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
    }

    /// <summary>One transfer's right to run, and its buffers.</summary>
    internal sealed class Slot(MediaTransfers owner) : IDisposable
    {
        private readonly byte[] _input = owner.Rent();
        private readonly byte[] _output = owner.Rent();
        private bool _isOver;

        public Memory<byte> Input => _input.AsMemory(0, BufferSize);

        public Memory<byte> Output => _output.AsMemory(0, BufferSize);

        public void Dispose()
        {
            if (_isOver)
                return;
            _isOver = true;
            owner.Return(_input);
            owner.Return(_output);
            owner._slots.Release();
        }
    }
}
