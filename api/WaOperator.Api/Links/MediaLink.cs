using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace WaOperator.Api.Links;

/// <summary>
/// What a link to a file says: it opens one file of one session for a time, without an API key. Anybody can read it, so that a request
/// finds the pod that runs the session; only a holder of the installation's master key can make one.
/// </summary>
/// <param name="Session">The session's key in the database: a later session of the same name is another.</param>
/// <param name="Namespace">Namespace of its resource.</param>
/// <param name="Name">Name of its resource.</param>
/// <param name="Media">The id of the file.</param>
/// <param name="ExpiresAt">Until when it opens, in whole seconds.</param>
internal sealed record MediaLink(
    long Session,
    string Namespace,
    string Name,
    string Media,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>How long a link may open at most.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromHours(24);

    /// <summary>Where links are served, in front of the token.</summary>
    public const string Path = "/v1/media/";

    private const byte Version = 1;
    private const int NumbersSize = 1 + 8 + 8;
    private const int MacSize = HMACSHA256.HashSizeInBytes;
    private const int MaxToken = 1024;
    private const int MaxText = byte.MaxValue;

    /// <summary>The token of the link.</summary>
    /// <param name="key">The installation's key for links.</param>
    /// <exception cref="InvalidOperationException">A name or the id is longer than any can be.</exception>
    public string Sign(ReadOnlySpan<byte> key)
    {
        using var bytes = new MemoryStream();
        Span<byte> numbers = stackalloc byte[NumbersSize];
        numbers[0] = Version;
        BinaryPrimitives.WriteInt64BigEndian(numbers[1..], Session);
        BinaryPrimitives.WriteInt64BigEndian(numbers[9..], ExpiresAt.ToUnixTimeSeconds());
        bytes.Write(numbers);
        foreach (var text in (string[])[Namespace, Name, Media])
        {
            var encoded = Encoding.UTF8.GetBytes(text);
            if (encoded.Length > MaxText)
                throw new InvalidOperationException($"'{text}' is longer than {MaxText} bytes");
            bytes.WriteByte((byte)encoded.Length);
            bytes.Write(encoded);
        }
        bytes.Write(HMACSHA256.HashData(key, bytes.ToArray()));
        return Base64Url.EncodeToString(bytes.ToArray());
    }

    /// <summary>Reads a token, and does not check who made it: enough to find the session, not to give the file.</summary>
    public static bool TryRead(string? token, [NotNullWhen(true)] out MediaLink? link)
    {
        link = null;
        return Decode(token) is { } bytes && TryRead(bytes.AsSpan(..^MacSize), out link);
    }

    /// <summary>Reads a token that was signed with the key.</summary>
    public static bool TryVerify(
        string? token,
        ReadOnlySpan<byte> key,
        [NotNullWhen(true)] out MediaLink? link
    )
    {
        link = null;
        if (Decode(token) is not { } bytes)
            return false;
        Span<byte> mac = stackalloc byte[MacSize];
        HMACSHA256.HashData(key, bytes.AsSpan(..^MacSize), mac);
        return CryptographicOperations.FixedTimeEquals(mac, bytes.AsSpan(^MacSize..))
            && TryRead(bytes.AsSpan(..^MacSize), out link);
    }

    private static byte[]? Decode(string? token) =>
        token is { Length: <= MaxToken }
        && Base64Url.IsValid(token)
        && Base64Url.DecodeFromChars(token) is { Length: > NumbersSize + MacSize } bytes
            ? bytes
            : null;

    private static bool TryRead(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out MediaLink? link)
    {
        link = null;
        var seconds = BinaryPrimitives.ReadInt64BigEndian(bytes[9..]);
        if (
            bytes[0] != Version
            || seconds < 0
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        )
            return false;
        var rest = bytes[NumbersSize..];
        if (
            !TryText(ref rest, out var ns)
            || !TryText(ref rest, out var name)
            || !TryText(ref rest, out var media)
            || rest.Length > 0
        )
            return false;
        link = new(
            BinaryPrimitives.ReadInt64BigEndian(bytes[1..]),
            ns,
            name,
            media,
            DateTimeOffset.FromUnixTimeSeconds(seconds)
        );
        return true;
    }

    private static bool TryText(ref ReadOnlySpan<byte> rest, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (rest.IsEmpty || rest.Length - 1 < rest[0])
            return false;
        var length = rest[0];
        text = Encoding.UTF8.GetString(rest.Slice(1, length));
        rest = rest[(1 + length)..];
        return length > 0;
    }
}
