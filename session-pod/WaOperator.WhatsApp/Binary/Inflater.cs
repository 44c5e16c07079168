using System.Buffers;
using System.IO.Compression;

namespace WaOperator.WhatsApp.Binary;

/// <summary>Decompresses zlib with an upper limit, into a pooled buffer.</summary>
internal static class Inflater
{
    private const int FirstGuess = 4;

    /// <exception cref="BinaryFormatException">The data is damaged, or larger than <paramref name="limit"/>.</exception>
    public static unsafe PooledBytes Inflate(ReadOnlySpan<byte> compressed, int limit)
    {
        if (compressed.IsEmpty)
            throw new BinaryFormatException("A compressed frame is empty.");
        var buffer = ArrayPool<byte>.Shared.Rent(
            Math.Clamp(compressed.Length * FirstGuess, 512, limit + 1)
        );
        var length = 0;
        try
        {
            fixed (byte* start = compressed)
            {
                using var source = new UnmanagedMemoryStream(start, compressed.Length);
                using var zlib = new ZLibStream(source, CompressionMode.Decompress);
                while (zlib.Read(buffer, length, buffer.Length - length) is > 0 and var read)
                {
                    length += read;
                    if (length > limit)
                        throw new BinaryFormatException(
                            $"A compressed frame is larger than {limit} bytes when inflated."
                        );
                    if (length == buffer.Length)
                        Grow(ref buffer, length, limit);
                }
            }
            return new PooledBytes(buffer, length);
        }
        catch (Exception e)
        {
            ArrayPool<byte>.Shared.Return(buffer);
            // A header that asks for a preset dictionary is an IOException, all other damage an InvalidDataException.
            if (e is InvalidDataException or IOException)
                throw new BinaryFormatException("A compressed frame is damaged.", e);
            throw;
        }
    }

    private static void Grow(ref byte[] buffer, int length, int limit)
    {
        var larger = ArrayPool<byte>.Shared.Rent(Math.Min(buffer.Length * 2, limit + 1));
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}

/// <summary>The filled part of an array of the shared pool, which goes back when it is disposed.</summary>
internal readonly struct PooledBytes(byte[] buffer, int length) : IDisposable
{
    public ReadOnlySpan<byte> Span => buffer.AsSpan(0, length);

    public void Dispose() => ArrayPool<byte>.Shared.Return(buffer);
}
