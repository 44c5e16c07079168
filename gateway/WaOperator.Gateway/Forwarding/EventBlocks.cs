using System.Buffers;
using System.Text;

namespace WaOperator.Gateway.Forwarding;

/// <summary>
/// Passes server-sent events on whole, and remembers the last one: what was cut off in its middle comes again from the next owner. The
/// event that says that the session moved is left out, since the client's stream continues.
/// </summary>
internal sealed class EventBlocks
{
    /// <summary>Bytes of one event at most.</summary>
    public const int MaxBlock = 16 * 1024 * 1024;

    private byte[]? _rest;
    private int _restLength;
    private bool _continued;

    /// <summary>The id of the last event that was passed on; null before the first.</summary>
    public string? LastId { get; private set; }

    /// <summary>The pod ended the stream for a reason that the client was told.</summary>
    public bool Closed { get; private set; }

    /// <summary>The stream continues on another connection.</summary>
    public void Continue()
    {
        Give();
        _continued = true;
    }

    /// <summary>Passes on what is whole.</summary>
    /// <param name="part">What came.</param>
    /// <param name="to">The client.</param>
    /// <exception cref="InvalidDataException">An event is longer than <see cref="MaxBlock"/>.</exception>
    public void Add(ReadOnlySpan<byte> part, IBufferWriter<byte> to)
    {
        if (_restLength > 0)
        {
            Keep(part);
            part = _rest.AsSpan(0, _restLength);
        }
        var done = 0;
        while (part[done..].IndexOf("\n\n"u8) is >= 0 and var end)
        {
            Pass(part.Slice(done, end + 2), to);
            done += end + 2;
        }
        if (_restLength == 0)
            Keep(part[done..]);
        else if (done == _restLength)
            Give();
        else if (done > 0)
        {
            part[done..].CopyTo(_rest);
            _restLength -= done;
        }
    }

    private void Pass(ReadOnlySpan<byte> block, IBufferWriter<byte> to)
    {
        string? id = null;
        var (moved, closed, says) = (false, false, false);
        foreach (var range in block.Split((byte)'\n'))
        {
            var line = block[range];
            if (line.StartsWith("id:"u8))
                id = Encoding.UTF8.GetString(line["id:"u8.Length..].Trim((byte)' '));
            moved |= line.SequenceEqual("event: moved"u8);
            closed |= line.SequenceEqual("event: closed"u8);
            says |= !line.IsEmpty && !line.StartsWith("retry:"u8);
        }
        // How soon to come again was said at the first beginning.
        if (moved || (_continued && !says))
            return;
        to.Write(block);
        LastId = id ?? LastId;
        Closed |= closed;
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        if (part.IsEmpty)
            return;
        if (_restLength + part.Length > MaxBlock)
            throw new InvalidDataException($"an event is longer than {MaxBlock} bytes");
        if (_rest is null || _rest.Length < _restLength + part.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(2 * (_restLength + part.Length));
            _rest.AsSpan(0, _restLength).CopyTo(larger);
            if (_rest is not null)
                ArrayPool<byte>.Shared.Return(_rest);
            _rest = larger;
        }
        part.CopyTo(_rest.AsSpan(_restLength));
        _restLength += part.Length;
    }

    // A stream that waits for its next event holds nothing.
    private void Give()
    {
        if (_rest is not null)
            ArrayPool<byte>.Shared.Return(_rest);
        _rest = null;
        _restLength = 0;
    }
}
