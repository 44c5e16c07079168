namespace WaOperator.SessionPod.Media;

/// <summary>A source has more than it may.</summary>
/// <param name="most">The longest file, in bytes.</param>
/// <param name="full">Why there is no room for it now; null: it is too long at any time.</param>
internal sealed class SourceTooLongException(long most, string? full)
    : Exception($"more than {most} bytes, or than there is room for")
{
    /// <summary>The longest file, in bytes.</summary>
    public long Most => most;

    /// <summary>Why there is no room for it now; null: it is too long at any time.</summary>
    public string? Full => full;
}

/// <summary>A file as it comes in: its first bytes, which were looked at before, then the rest; no more than it may have.</summary>
/// <param name="head">The first bytes.</param>
/// <param name="rest">Where the rest comes from; not disposed.</param>
/// <param name="most">The longest file.</param>
/// <param name="share">Counts what the pod keeps on its disk.</param>
internal sealed class BoundedSource(
    ReadOnlyMemory<byte> head,
    Stream rest,
    long most,
    MediaShare share
) : OneWayStream
{
    private long _length;
    private int _given;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    /// <exception cref="SourceTooLongException">There is more than it may have.</exception>
    public override async ValueTask<int> ReadAsync(
        Memory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        int count;
        if (_given < head.Length)
        {
            count = Math.Min(buffer.Length, head.Length - _given);
            head.Slice(_given, count).CopyTo(buffer);
            _given += count;
        }
        else
            count = await rest.ReadAsync(buffer, cancellationToken);
        _length += count;
        if (_length > most)
            throw new SourceTooLongException(most, null);
        if (share.TryReach(_length) is { } full)
            throw new SourceTooLongException(most, full);
        return count;
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(
        byte[] buffer,
        int offset,
        int count,
        CancellationToken cancellationToken
    ) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
}
