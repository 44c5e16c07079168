using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;

namespace WaOperator.Gateway.Sessions;

/// <summary>The cursor of a page of sessions, opaque to clients. Pure.</summary>
internal static class SessionCursor
{
    private const byte Version = 1;
    private const byte TokenVersion = 2;
    private const int MaxToken = 4096;
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

    /// <summary>Writes the token with which the API server ended a page.</summary>
    public static string WriteToken(string token) =>
        Base64Url.EncodeToString([TokenVersion, .. Encoding.UTF8.GetBytes(token)]);

    /// <summary>Reads it again.</summary>
    /// <returns>Null: it was not made by <see cref="WriteToken"/>.</returns>
    public static string? ReadToken(string cursor)
    {
        if (
            cursor.Length > MaxToken
            || !Base64Url.IsValid(cursor)
            || Base64Url.DecodeFromChars(cursor) is not [TokenVersion, _, ..] bytes
        )
            return null;
        // Of what is no text the API server makes none either.
        var token = Encoding.UTF8.GetString(bytes.AsSpan(1));
        return token.Any(char.IsControl) ? null : token;
    }
}
