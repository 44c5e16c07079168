namespace WaOperator.WhatsApp.History;

/// <summary>Fields of a protobuf as they come out of a stream: only what is asked for is in memory.</summary>
/// <param name="source">The stream; stays the caller's.</param>
/// <param name="most">Bytes after which it is taken for a bomb.</param>
/// <param name="ct">Looked at each time that more is inflated.</param>
internal sealed class WireReader(Inflated source, long most, CancellationToken ct)
{
    private const int BufferSize = 16 * 1024;
    private const int MaxVarint = 10;

    public const int Varint = 0;
    public const int Fixed64 = 1;
    public const int Delimited = 2;
    public const int Fixed32 = 5;

    private readonly byte[] _buffer = new byte[BufferSize];
    private int _next;
    private int _filled;
    private long _before;

    /// <summary>How many bytes were read.</summary>
    public long Position => _before + _next;

    /// <summary>The next field's number and wire type.</summary>
    /// <returns>False at the end of the stream.</returns>
    /// <exception cref="HistoryException">Cut off, too long, or no field.</exception>
    public bool TryTag(out (int Field, int Type) tag)
    {
        tag = default;
        if (_next == _filled && !Fill())
            return false;
        tag = Tag();
        return true;
    }

    /// <inheritdoc cref="TryTag"/>
    public (int Field, int Type) Tag()
    {
        var tag = ReadVarint();
        return tag is >= 8 and <= uint.MaxValue
            ? ((int)(tag >> 3), (int)(tag & 7))
            : throw new HistoryException("The history has a field without a number.");
    }

    /// <exception cref="HistoryException">Cut off, or too long.</exception>
    public ulong ReadVarint()
    {
        var value = 0UL;
        for (var i = 0; i < MaxVarint; i++)
        {
            var one = ReadByte();
            value |= (ulong)(one & 0x7F) << (7 * i);
            if (one < 0x80)
                return value;
        }
        throw new HistoryException("The history has a number of more than 10 bytes.");
    }

    /// <summary>The length of what comes next, within what it is a part of.</summary>
    /// <param name="end">Where that ends.</param>
    /// <exception cref="HistoryException">It is longer than that.</exception>
    public long Length(long end)
    {
        var length = ReadVarint();
        return length <= (ulong)Math.Max(0, end - Position)
            ? (long)length
            : throw new HistoryException("The history has a field that is longer than its parent.");
    }

    /// <summary>The bytes of a field; null: it has more than are taken, and was passed over.</summary>
    public byte[]? Bytes(long end, int mostBytes)
    {
        var length = Length(end);
        if (length > mostBytes)
        {
            Pass(length);
            return null;
        }
        // In pieces: memory for what comes, not for what is announced.
        using var bytes = new MemoryStream((int)Math.Min(length, BufferSize));
        for (var left = length; left > 0; )
        {
            Need();
            var count = (int)Math.Min(left, _filled - _next);
            bytes.Write(_buffer, _next, count);
            _next += count;
            left -= count;
        }
        return bytes.ToArray();
    }

    /// <summary>Passes over the content of a field.</summary>
    public void Skip(int type, long end)
    {
        switch (type)
        {
            case Varint:
                ReadVarint();
                break;
            case Fixed64:
                Pass(8);
                break;
            case Fixed32:
                Pass(4);
                break;
            case Delimited:
                Pass(Length(end));
                break;
            default:
                throw new HistoryException($"The history has a field of the wire type {type}.");
        }
    }

    private void Pass(long count)
    {
        while (count > 0)
        {
            Need();
            var passed = (int)Math.Min(count, _filled - _next);
            _next += passed;
            count -= passed;
        }
    }

    private byte ReadByte()
    {
        Need();
        return _buffer[_next++];
    }

    private void Need()
    {
        if (_next == _filled && !Fill())
            throw new HistoryException("The history is cut off.");
    }

    private bool Fill()
    {
        ct.ThrowIfCancellationRequested();
        _before += _filled;
        _next = _filled = 0;
        _filled = source.Read(_buffer);
        return _before + _filled <= most
            ? _filled > 0
            : throw new HistoryException($"The history has more than {most} bytes.");
    }
}
