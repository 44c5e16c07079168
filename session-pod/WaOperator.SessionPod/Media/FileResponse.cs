namespace WaOperator.SessionPod.Media;

/// <summary>
/// Gives a file that is being loaded to who asked for it. Its last byte is kept back until the whole file was found to be right: who has
/// not got all of it knows that it is not. Of a part the same holds, so the file is loaded to its end for each.
/// </summary>
/// <param name="response">Gets the file; its headers are as they are to be.</param>
/// <param name="part">The part to give; null: all, of a length that is not known.</param>
internal sealed class FileResponse(HttpResponse response, ByteRange? part) : OneWayStream
{
    private readonly byte[] _last = new byte[1];
    private long _position;
    private bool _hasLast;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <summary>Bytes that were loaded so far, given or not.</summary>
    public long Loaded => _position;

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer,
        CancellationToken cancellationToken = default
    )
    {
        // It would begin an answer whose length is not known.
        if (buffer.IsEmpty)
            return;
        var start = _position;
        _position += buffer.Length;
        if (part is not { } wanted)
        {
            await response.Body.WriteAsync(buffer, cancellationToken);
            return;
        }
        var from = Math.Clamp(wanted.From - start, 0, buffer.Length);
        var to = Math.Clamp(wanted.To - start, 0, buffer.Length);
        if (to > from)
            await response.Body.WriteAsync(buffer[(int)from..(int)to], cancellationToken);
        if (wanted.To >= start && wanted.To < _position)
            (_last[0], _hasLast) = (buffer.Span[(int)(wanted.To - start)], true);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(
        byte[] buffer,
        int offset,
        int count,
        CancellationToken cancellationToken
    ) => WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>The file is right: gives the rest.</summary>
    /// <returns>False: the file is shorter than was said, so that the answer cannot be ended.</returns>
    public async ValueTask<bool> EndAsync(CancellationToken ct)
    {
        if (part is null)
            return true;
        if (!_hasLast)
            return false;
        await response.Body.WriteAsync(_last, ct);
        return true;
    }
}
