namespace WaOperator.WhatsApp.Transport;

/// <summary>
/// A stream that is lent: the borrower can neither read beyond what it needs nor close it once it has been taken back.
/// Reads bring single bytes, so that nothing which follows is left in the borrower's buffers.
/// </summary>
internal sealed class Carrier(Stream stream) : Stream
{
    private Stream? _stream = stream;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    private Stream Lent => _stream ?? throw new ObjectDisposedException(nameof(Carrier));

    /// <summary>Takes the stream back.</summary>
    public Stream Release() =>
        Interlocked.Exchange(ref _stream, null)
        ?? throw new ObjectDisposedException(nameof(Carrier));

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(
        Memory<byte> buffer,
        CancellationToken cancellationToken = default
    ) => Lent.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(
        byte[] buffer,
        int offset,
        int count,
        CancellationToken cancellationToken
    ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) =>
        Lent.Read(buffer, offset, Math.Min(1, count));

    /// <inheritdoc/>
    public override ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    ) => Lent.WriteAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task WriteAsync(
        byte[] buffer,
        int offset,
        int count,
        CancellationToken cancellationToken
    ) => Lent.WriteAsync(buffer, offset, count, cancellationToken);

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) =>
        Lent.Write(buffer, offset, count);

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) =>
        Lent.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Flush() => Lent.Flush();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Interlocked.Exchange(ref _stream, null)?.Dispose();
        base.Dispose(disposing);
    }
}
