using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Gateway.Streams.Tickets;

/// <summary>What a ticket stands for: a stream with the rights of its maker.</summary>
/// <param name="Authorization">The header that its maker sent. Secret.</param>
/// <param name="Sessions">Of these sessions alone, as NAMESPACE/NAME; null: of all that the maker's key opens.</param>
/// <param name="Types">Patterns of types; null: all.</param>
/// <param name="Cursor">When it was made: where the stream of all sessions begins unless the page says where.</param>
internal sealed record TicketRights(
    string Authorization,
    IReadOnlyList<string>? Sessions,
    IReadOnlyList<string>? Types,
    string Cursor
)
{
    /// <summary>Without what is secret.</summary>
    public override string ToString() => nameof(TicketRights);
}

/// <summary>
/// A ticket: random bytes that nothing else holds. PostgreSQL has their hash, and what the ticket stands for, encrypted by a key that follows
/// from them. So any gateway takes the ticket, and neither the database nor an address that was logged tells the maker's key.
/// </summary>
internal sealed class StreamTicket
{
    /// <summary>How a ticket begins, so that people and scanners of secrets know what it is.</summary>
    public const string Prefix = "wat_";

    private const int Size = 32;
    private const int TagSize = 16;
    private readonly byte[] _bytes;

    private StreamTicket(byte[] bytes) => _bytes = bytes;

    /// <summary>A ticket that there was never before.</summary>
    public static StreamTicket New() => new(RandomNumberGenerator.GetBytes(Size));

    /// <summary>Reads a ticket.</summary>
    public static bool TryRead(string? text, [NotNullWhen(true)] out StreamTicket? ticket)
    {
        ticket = null;
        var bytes = new byte[Size];
        if (
            text is null
            || !text.StartsWith(Prefix, StringComparison.Ordinal)
            || text.Length != Prefix.Length + Base64Url.GetEncodedLength(Size)
            || !Base64Url.TryDecodeFromChars(text.AsSpan(Prefix.Length), bytes, out var read)
            || read != Size
        )
            return false;
        ticket = new(bytes);
        return true;
    }

    /// <summary>What it is known by; the ticket does not follow from it.</summary>
    public byte[] Hash => SHA256.HashData(_bytes);

    /// <summary>The ticket itself. Secret.</summary>
    public string Reveal() => Prefix + Base64Url.EncodeToString(_bytes);

    /// <summary>Encrypts what it stands for.</summary>
    public byte[] Seal(TicketRights rights)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(rights, RightsJson.Default.TicketRights);
        var @sealed = new byte[plain.Length + TagSize];
        using var cipher = Cipher();
        // The key encrypts this and nothing else ever: one nonce will do.
        cipher.Encrypt(
            Nonce(),
            plain,
            @sealed.AsSpan(..plain.Length),
            @sealed.AsSpan(plain.Length..)
        );
        return @sealed;
    }

    /// <summary>Decrypts what it stands for.</summary>
    /// <exception cref="CryptographicException">It was not sealed by this ticket.</exception>
    public TicketRights Open(ReadOnlySpan<byte> @sealed)
    {
        if (@sealed.Length < TagSize)
            throw new CryptographicException("what the ticket stands for is cut off");
        var plain = new byte[@sealed.Length - TagSize];
        using var cipher = Cipher();
        cipher.Decrypt(Nonce(), @sealed[..^TagSize], @sealed[^TagSize..], plain);
        return JsonSerializer.Deserialize(plain, RightsJson.Default.TicketRights)!;
    }

    private AesGcm Cipher() =>
        new(
            HKDF.DeriveKey(
                HashAlgorithmName.SHA256,
                _bytes,
                Size,
                info: "wa-operator stream ticket 1"u8.ToArray()
            ),
            TagSize
        );

    private static byte[] Nonce() => new byte[AesGcm.NonceByteSizes.MaxSize];

    /// <summary>Without what is secret.</summary>
    public override string ToString() => nameof(StreamTicket);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TicketRights))]
internal sealed partial class RightsJson : JsonSerializerContext;
