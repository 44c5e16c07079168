using System.Buffers.Binary;
using System.Text;

namespace WaOperator.SessionPod.Chats;

/// <summary>A few short texts as bytes: of each its length in two bytes, and UTF-8. Pure.</summary>
internal static class Packed
{
    private const ushort None = ushort.MaxValue;
    private const int Longest = 4096;

    /// <summary>As it is kept; longer texts than 4,096 bytes are left out.</summary>
    public static byte[] Write(params ReadOnlySpan<string?> texts)
    {
        var size = 0;
        foreach (var text in texts)
            size += sizeof(ushort) + (IsKept(text) ? Encoding.UTF8.GetByteCount(text!) : 0);
        var bytes = new byte[size];
        var rest = bytes.AsSpan();
        foreach (var text in texts)
        {
            var length = IsKept(text) ? Encoding.UTF8.GetBytes(text!, rest[sizeof(ushort)..]) : 0;
            BinaryPrimitives.WriteUInt16BigEndian(rest, IsKept(text) ? (ushort)length : None);
            rest = rest[(sizeof(ushort) + length)..];
        }
        return bytes;
    }

    /// <summary>Reads so many texts; what is missing, as in rows of an earlier version, is null.</summary>
    public static string?[] Read(ReadOnlySpan<byte> bytes, int count)
    {
        var texts = new string?[count];
        for (var i = 0; i < count && bytes.Length >= sizeof(ushort); i++)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes);
            bytes = bytes[sizeof(ushort)..];
            if (length == None)
                continue;
            if (length > bytes.Length)
                throw new InvalidDataException("A row of a chat ends too early.");
            texts[i] = Encoding.UTF8.GetString(bytes[..length]);
            bytes = bytes[length..];
        }
        return texts;
    }

    private static bool IsKept(string? text) =>
        text is not null && Encoding.UTF8.GetByteCount(text) <= Longest;
}
