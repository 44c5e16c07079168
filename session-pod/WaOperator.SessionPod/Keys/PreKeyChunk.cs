using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Keys;

/// <summary>
/// One-time prekeys with consecutive ids in one row: a row for each would cost more than the keys. The row's id names the range, so
/// that a reader knows which rows it needs. Layout 1: the byte 01, the first id, then 32 private and 32 public bytes a key; zeros in
/// the place of a key that was used up.
/// </summary>
internal static class PreKeyChunk
{
    /// <summary>Keys in one row at most: what must be read and written again when one of them is used up.</summary>
    public const int MaxKeys = 64;

    private const byte Layout = 1;
    private const int HeaderSize = 1 + 4;
    private const int KeySize = 64;

    /// <summary>Cuts keys into chunks.</summary>
    public static IEnumerable<IReadOnlyList<PreKey>> Cut(IReadOnlyList<PreKey> keys)
    {
        for (var from = 0; from < keys.Count; )
        {
            var to = from + 1;
            while (to < keys.Count && to - from < MaxKeys && keys[to].Id == keys[to - 1].Id + 1)
                to++;
            yield return [.. keys.Skip(from).Take(to - from)];
            from = to;
        }
    }

    /// <summary>The id of a chunk's row.</summary>
    public static string IdOf(IReadOnlyList<PreKey> chunk) =>
        string.Create(CultureInfo.InvariantCulture, $"{chunk[0].Id}-{chunk[^1].Id}");

    /// <summary>Whether the row with this id holds any of the ids.</summary>
    public static bool Overlaps(string id, uint first, uint last)
    {
        var (from, to) = id.Split('-') is [var a, var b] ? (a, b) : ("", "");
        return
            uint.TryParse(from, NumberStyles.None, CultureInfo.InvariantCulture, out var low)
            && uint.TryParse(to, NumberStyles.None, CultureInfo.InvariantCulture, out var high)
            ? low <= last && first <= high
            : throw new InvalidDataException(
                $"a row of prekeys has the id {id}; it must be FIRST-LAST"
            );
    }

    /// <summary>Writes a chunk. The caller zeroes the result.</summary>
    public static byte[] Write(IReadOnlyList<PreKey> chunk)
    {
        var bytes = new byte[HeaderSize + chunk.Count * KeySize];
        bytes[0] = Layout;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(1), chunk[0].Id);
        for (var i = 0; i < chunk.Count; i++)
        {
            var at = bytes.AsSpan(HeaderSize + i * KeySize);
            chunk[i].Key.Private.CopyTo(at);
            chunk[i].Key.Public.CopyTo(at[32..]);
        }
        return bytes;
    }

    /// <summary>Takes keys out that were used up.</summary>
    /// <param name="bytes">A chunk; changed in place.</param>
    /// <param name="used">Ids; those of other chunks are left aside.</param>
    /// <returns>Whether it still holds a key.</returns>
    public static bool Remove(Span<byte> bytes, IReadOnlyList<uint> used)
    {
        Check(bytes);
        var first = BinaryPrimitives.ReadUInt32BigEndian(bytes[1..]);
        var keys = bytes[HeaderSize..];
        foreach (var id in used)
            if (id >= first && id - first < keys.Length / KeySize)
                CryptographicOperations.ZeroMemory(
                    keys.Slice((int)(id - first) * KeySize, KeySize)
                );
        return keys.ContainsAnyExcept((byte)0);
    }

    /// <summary>Reads a chunk and zeroes the bytes.</summary>
    /// <exception cref="InvalidDataException">Not what <see cref="Write"/> makes.</exception>
    public static IReadOnlyList<PreKey> Read(byte[] bytes)
    {
        try
        {
            Check(bytes);
            var first = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(1));
            var keys = new List<PreKey>((bytes.Length - HeaderSize) / KeySize);
            for (var i = 0; i < keys.Capacity; i++)
            {
                var at = bytes.AsSpan(HeaderSize + i * KeySize, KeySize);
                if (at.ContainsAnyExcept((byte)0))
                    keys.Add(new(first + (uint)i, KeyPair.FromStored(at[..32], at[32..])));
            }
            return keys;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void Check(ReadOnlySpan<byte> bytes)
    {
        if (
            bytes.Length < HeaderSize
            || bytes[0] != Layout
            || (bytes.Length - HeaderSize) % KeySize != 0
        )
            throw new InvalidDataException("a row of prekeys has an unknown layout");
    }
}
