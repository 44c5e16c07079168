using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace WaOperator.Gateway.Streams;

/// <summary>What a pod tells of a session.</summary>
/// <param name="Name">An event's type, or one of <see cref="FeedReader"/>'s names.</param>
/// <param name="Session">The session's key in the database; 0 where none is named.</param>
/// <param name="Seq">The number of the event, or of the last one that is done; 0 for an event that is stored nowhere.</param>
/// <param name="Data">In UTF-8; valid until the next is read.</param>
internal readonly record struct FeedBlock(
    string Name,
    long Session,
    long Seq,
    ReadOnlyMemory<byte> Data
)
{
    /// <summary>An event that is stored nowhere, and moves no cursor.</summary>
    public bool IsPassing =>
        Seq == 0 && Name is not (FeedReader.Gone or FeedReader.Position or FeedReader.Closed);
}

/// <summary>Reads the stream of a pod (server-sent events). While it waits it holds no buffer.</summary>
/// <param name="body">What the pod sends.</param>
internal sealed class FeedReader(Stream body) : IDisposable
{
    /// <summary>All up to a number are done, without an event that is shown.</summary>
    public const string Position = "position";

    /// <summary>The pod does not serve the session.</summary>
    public const string Gone = "gone";

    /// <summary>The pod ends the stream because of the client's key.</summary>
    public const string Closed = "closed";

    /// <summary>Bytes of one event at most.</summary>
    public const int MaxBlock = 16 * 1024 * 1024;

    private const int Part = 8 * 1024;
    private byte[]? _bytes;
    private int _start;
    private int _looked;
    private int _end;

    /// <summary>The next; null at the end.</summary>
    /// <exception cref="IOException">The pod was lost.</exception>
    /// <exception cref="InvalidDataException">An event is longer than <see cref="MaxBlock"/>.</exception>
    public async ValueTask<FeedBlock?> NextAsync(CancellationToken ct)
    {
        while (true)
        {
            var found = _bytes.AsSpan(_looked, _end - _looked).IndexOf("\n\n"u8);
            if (found < 0)
            {
                _looked = Math.Max(_start, _end - 1);
                if (!await ReadAsync(ct))
                    return null;
                continue;
            }
            var block = _bytes.AsMemory(_start, _looked + found - _start);
            _start = _looked = _looked + found + 2;
            // Signs of life say nothing.
            if (Parse(block) is { Name.Length: > 0 } parsed)
                return parsed;
        }
    }

    private async ValueTask<bool> ReadAsync(CancellationToken ct)
    {
        if (_start == _end)
        {
            Dispose();
            // Waits without a buffer; nothing is read.
#pragma warning disable CA2022, MA0060
            await body.ReadAsync(Memory<byte>.Empty, ct);
#pragma warning restore CA2022, MA0060
        }
        MakeRoom();
        var read = await body.ReadAsync(_bytes.AsMemory(_end), ct);
        _end += read;
        return read > 0;
    }

    private void MakeRoom()
    {
        _bytes ??= ArrayPool<byte>.Shared.Rent(Part);
        if (_end < _bytes.Length)
            return;
        var kept = _end - _start;
        if (kept > MaxBlock)
            throw new InvalidDataException($"an event is longer than {MaxBlock} bytes");
        var room = kept > _bytes.Length / 2 ? ArrayPool<byte>.Shared.Rent(2 * kept) : _bytes;
        _bytes.AsSpan(_start, kept).CopyTo(room);
        if (room != _bytes)
            ArrayPool<byte>.Shared.Return(_bytes);
        (_bytes, _looked, _start, _end) = (room, _looked - _start, 0, kept);
    }

    /// <summary>Reads a block. Pure: any bytes give one, with an empty name where they say nothing.</summary>
    internal static FeedBlock Parse(ReadOnlyMemory<byte> block)
    {
        var (name, session, seq, data) = ("", 0L, 0L, ReadOnlyMemory<byte>.Empty);
        foreach (var range in block.Span.Split((byte)'\n'))
        {
            var line = block[range];
            if (line.Span.StartsWith("event: "u8))
                name = Encoding.UTF8.GetString(line.Span["event: "u8.Length..]);
            else if (line.Span.StartsWith("data: "u8))
                data = line["data: "u8.Length..];
            else if (line.Span.StartsWith("id: "u8))
                _ = TryReadId(line.Span["id: "u8.Length..], out session, out seq);
        }
        return new(name, session, seq, data);
    }

    private static bool TryReadId(ReadOnlySpan<byte> id, out long session, out long seq)
    {
        seq = 0;
        return Utf8Parser.TryParse(id, out session, out var read)
            && read < id.Length
            && id[read] == ':'
            && Utf8Parser.TryParse(id[(read + 1)..], out seq, out _);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_bytes is not null)
            ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = null;
        _start = _looked = _end = 0;
    }
}
