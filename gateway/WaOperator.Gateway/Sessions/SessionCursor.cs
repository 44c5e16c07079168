using System.Buffers.Binary;
using System.Buffers.Text;

namespace WaOperator.Gateway.Sessions;

/// <summary>Where a page of sessions ends, as clients hand it back. What is in it is nobody's business. Pure.</summary>
internal static class SessionCursor
{
    private const byte Version = 1;
    private const int Length = 1 + sizeof(long);

    /// <summary>Writes the key of the last session of a page.</summary>
    public static string Write(long id)
    {
        Span<byte> bytes = stackalloc byte[Length];
        bytes[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(bytes[1..], id);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads it again.</summary>
    /// <returns>Null: it was not made by <see cref="Write"/>.</returns>
    public static long? Read(string cursor)
    {
        Span<byte> bytes = stackalloc byte[Length];
        return
            cursor.Length == Base64Url.GetEncodedLength(Length)
            && Base64Url.IsValid(cursor, out var length)
            && length == Length
            && Base64Url.TryDecodeFromChars(cursor, bytes, out _)
            && bytes[0] == Version
            && BinaryPrimitives.ReadInt64BigEndian(bytes[1..]) is > 0 and var id
            ? id
            : null;
    }
}
