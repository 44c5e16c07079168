using System.Buffers.Binary;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace WaOperator.Api.Links;

/// <summary>
/// What a link says: it opens one thing of one session for a time, without an API key. Anybody can read it, so that a request finds the
/// pod that runs the session; only a holder of the installation's master key can make one.
/// </summary>
/// <param name="Kind">What it opens.</param>
/// <param name="Session">The session's key in the database: a later session of the same name is another.</param>
/// <param name="Namespace">Namespace of its resource.</param>
/// <param name="Name">Name of its resource.</param>
/// <param name="Target">Which one of its kind: the id of a file, or which linking of a phone.</param>
/// <param name="ExpiresAt">Until when it opens, in whole seconds.</param>
internal sealed record SignedLink(
    LinkKind Kind,
    long Session,
    string Namespace,
    string Name,
    string Target,
    DateTimeOffset ExpiresAt
)
{
    /// <summary>How long a link may open at most.</summary>
    public static readonly TimeSpan MaxLife = TimeSpan.FromHours(24);

    private const int NumbersSize = 1 + 8 + 8;
    private const int MacSize = HMACSHA256.HashSizeInBytes;
    private const int MaxToken = 1024;
    private const int MaxText = byte.MaxValue;

    /// <summary>The token of the link.</summary>
    /// <param name="key">The installation's key for links.</param>
    /// <exception cref="InvalidOperationException">A name or the target is longer than any can be.</exception>
    public string Sign(ReadOnlySpan<byte> key)
    {
        using var bytes = new MemoryStream();
        Span<byte> numbers = stackalloc byte[NumbersSize];
        numbers[0] = (byte)Kind;
        BinaryPrimitives.WriteInt64BigEndian(numbers[1..], Session);
        BinaryPrimitives.WriteInt64BigEndian(numbers[9..], ExpiresAt.ToUnixTimeSeconds());
        bytes.Write(numbers);
        foreach (var text in (string[])[Namespace, Name, Target])
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

    /// <summary>Reads a token, and does not check who made it: enough to find the session, not to open anything.</summary>
    /// <param name="kind">Which kind it must be.</param>
    /// <param name="token">The token.</param>
    /// <param name="link">What it says.</param>
    public static bool TryRead(
        LinkKind kind,
        string? token,
        [NotNullWhen(true)] out SignedLink? link
    )
    {
        link = null;
        return Decode(token) is { } bytes && TryRead(kind, bytes.AsSpan(..^MacSize), out link);
    }

    /// <summary>Reads a token that was signed with the key.</summary>
    /// <param name="kind">Which kind it must be.</param>
    /// <param name="token">The token.</param>
    /// <param name="key">The installation's key for links.</param>
    /// <param name="link">What it says.</param>
    public static bool TryVerify(
        LinkKind kind,
        string? token,
        ReadOnlySpan<byte> key,
        [NotNullWhen(true)] out SignedLink? link
    )
    {
        link = null;
        if (Decode(token) is not { } bytes)
            return false;
        Span<byte> mac = stackalloc byte[MacSize];
        HMACSHA256.HashData(key, bytes.AsSpan(..^MacSize), mac);
        return CryptographicOperations.FixedTimeEquals(mac, bytes.AsSpan(^MacSize..))
            && TryRead(kind, bytes.AsSpan(..^MacSize), out link);
    }

    private static byte[]? Decode(string? token) =>
        token is { Length: <= MaxToken }
        && Base64Url.IsValid(token)
        && Base64Url.DecodeFromChars(token) is { Length: > NumbersSize + MacSize } bytes
            ? bytes
            : null;

    private static bool TryRead(
        LinkKind kind,
        ReadOnlySpan<byte> bytes,
        [NotNullWhen(true)] out SignedLink? link
    )
    {
        link = null;
        var seconds = BinaryPrimitives.ReadInt64BigEndian(bytes[9..]);
        if (
            bytes[0] != (byte)kind
            || seconds < 0
            || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
        )
            return false;
        var rest = bytes[NumbersSize..];
        if (
            !TryText(ref rest, out var ns)
            || !TryText(ref rest, out var name)
            || !TryText(ref rest, out var target)
            || rest.Length > 0
        )
            return false;
        link = new(
            kind,
            BinaryPrimitives.ReadInt64BigEndian(bytes[1..]),
            ns,
            name,
            target,
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
