using System.Buffers.Binary;
using System.IO.Compression;

namespace WaOperator.WhatsApp.History;

/// <summary>
/// What a stream in zlib's format holds. The runtime takes the end of its source for the end of what was compressed, wherever that is; so
/// the checksum at the end is compared here.
/// </summary>
/// <param name="compressed">The source; stays the caller's.</param>
internal sealed class Inflated(Stream compressed) : IDisposable
{
    private const uint Modulus = 65_521;

    /// <summary>Bytes that can be added up before a sum of 32 bits might overflow.</summary>
    private const int MostAtOnce = 5_552;

    private readonly Tail _tail = new(compressed);
    private ZLibStream? _zlib;
    private uint _low = 1;
    private uint _high;

    /// <summary>Reads on.</summary>
    /// <returns>How many bytes; 0 at the end, and then all was as it was compressed.</returns>
    /// <exception cref="HistoryException">Damaged or cut off.</exception>
    public int Read(Span<byte> buffer)
    {
        _zlib ??= new(_tail, CompressionMode.Decompress, leaveOpen: true);
        int count;
        try
        {
            count = _zlib.Read(buffer);
        }
        // Not the source's: zlib has no better word for a dictionary that is missing, of which the protocol has none.
        catch (Exception e)
            when (e is InvalidDataException || (e is IOException && !_tail.HasFailed))
        {
            throw new HistoryException("The history is not compressed as it should be.", e);
        }
        if (count > 0)
            Add(buffer[..count]);
        else if (!buffer.IsEmpty && _tail.ReadLast() != (_high << 16 | _low))
            throw new HistoryException("The history is cut off, or its checksum is wrong.");
        return count;
    }

    public void Dispose() => _zlib?.Dispose();

    /// <summary>Adler-32 (RFC 1950).</summary>
    private void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var some = bytes[..Math.Min(bytes.Length, MostAtOnce)];
            foreach (var one in some)
            {
                _low += one;
                _high += _low;
            }
            (_low, _high) = (_low % Modulus, _high % Modulus);
            bytes = bytes[some.Length..];
        }
    }

    /// <summary>Remembers the last four bytes that were read.</summary>
    private sealed class Tail(Stream source) : Stream
    {
        private const int Size = 4;
        private readonly byte[] _last = new byte[Size];
        private int _count;

        /// <summary>The source could not be read.</summary>
        public bool HasFailed { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        /// <summary>Reads to the end.</summary>
        /// <returns>The last four bytes; null: there are fewer.</returns>
        public uint? ReadLast()
        {
            Span<byte> rest = stackalloc byte[256];
            while (Read(rest) > 0) { }
            return _count == Size ? BinaryPrimitives.ReadUInt32BigEndian(_last) : null;
        }

        public override int Read(Span<byte> buffer)
        {
            HasFailed = true;
            var count = source.Read(buffer);
            HasFailed = false;
            foreach (var one in buffer[Math.Max(0, count - Size)..count])
            {
                _last.AsSpan(1).CopyTo(_last);
                _last[^1] = one;
                _count = Math.Min(Size, _count + 1);
            }
            return count;
        }

        public override int Read(byte[] buffer, int offset, int count) =>
            Read(buffer.AsSpan(offset, count));

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) =>
            throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) =>
            throw new NotSupportedException();
    }
}
