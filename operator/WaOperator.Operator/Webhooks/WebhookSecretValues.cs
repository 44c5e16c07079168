using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Webhooks;

/// <summary>What counts as the secrets of a webhook, and how they are handed over. Pure.</summary>
public static class WebhookSecretValues
{
    /// <summary>Bytes of a signing secret at least.</summary>
    public const int MinBytes = 24;

    /// <summary>Bytes of a signing secret at most.</summary>
    public const int MaxBytes = 64;

    /// <summary>Characters of a secret that is a text at least.</summary>
    public const int MinText = 16;

    /// <summary>Characters of a secret that is a text at most.</summary>
    public const int MaxText = 128;

    /// <summary>The type of a Secret whose contents may be posted: with it who made the Secret agrees to that.</summary>
    public const string HeadersType = $"{WhatsAppApi.Group}/webhook-headers";

    /// <summary>The type of a Secret with a verify token, which is shown to the endpoint: see <see cref="HeadersType"/>.</summary>
    public const string VerifyTokenType = $"{WhatsAppApi.Group}/webhook-verify-token";

    /// <summary>Headers at most.</summary>
    public const int MaxHeaders = 16;

    /// <summary>Characters of a header's value at most.</summary>
    public const int MaxHeader = 1024;

    private const string Marks = "!#$%&'*+-.^_`|~";

    private static readonly SearchValues<byte> Base64Digits = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="u8
    );

    /// <summary>Headers that HTTP needs for itself, or that each post has.</summary>
    private static readonly HashSet<string> Taken = new(StringComparer.OrdinalIgnoreCase)
    {
        "connection",
        "allow",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-length",
        "content-location",
        "content-md5",
        "content-range",
        "content-type",
        "date",
        "expect",
        "expires",
        "host",
        "keep-alive",
        "last-modified",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "x-hub-signature-256",
    };

    private static readonly string[] TakenBeginnings = ["webhook-", "proxy-"];

    /// <summary>What a webhook of some settings signs with, as its Secret has it; null if it is none.</summary>
    public static byte[]? Signing(ReadOnlySpan<byte> value, WebhookSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Format == WebhookFormats.CloudApi ? Text(value)
            : spec.Signature == WebhookSignatures.V1a ? KeyPair(value)
            : Signing(value);
    }

    /// <summary>A verify token: 1 to 128 printable ASCII characters without spaces; null if it is none.</summary>
    public static string? VerifyToken(ReadOnlySpan<byte> value)
    {
        var text = value.Trim(" \t\r\n"u8);
        return
            text.Length is >= 1 and <= MaxText
            && !text.ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? Encoding.ASCII.GetString(text)
            : null;
    }

    /// <summary>What such a secret must look like, for people.</summary>
    public static string Wanted(WebhookSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Format == WebhookFormats.CloudApi
                ? $"with format CloudApi it must hold {MinText} to {MaxText} printable ASCII characters without spaces, as `openssl rand -hex 32` makes them"
            : spec.Signature == WebhookSignatures.V1a
                ? "with signature V1a it must hold \"whsk_\" and the 32 bytes of an Ed25519 key's seed in base64, or those and the 32 of its public key; docs/webhooks.md says how to make one"
            : $"it must hold \"whsec_\" and {MinBytes} to {MaxBytes} random bytes in base64, as `echo whsec_$(openssl rand -base64 32)` makes them";
    }

    /// <summary>A signing secret as Standard Webhooks write it, with its prefix or without; null if it is none.</summary>
    public static byte[]? Signing(ReadOnlySpan<byte> value) => Bytes(value, "whsec_"u8);

    /// <summary>
    /// A key of Ed25519 as Standard Webhooks write it; null if it is none. Its prefix must be there: a secret that a receiver has, too, is
    /// not to become one unawares.
    /// </summary>
    public static byte[]? KeyPair(ReadOnlySpan<byte> value)
    {
        if (!value.TrimStart(" \t\r\n"u8).StartsWith("whsk_"u8))
            return null;
        var bytes = Bytes(value, "whsk_"u8);
        try
        {
            return Sealing.SigningKey.Of(bytes);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>
    /// A secret of which the text itself is the key, as Meta's webhooks use an app's secret: who checks them is given the same text.
    /// </summary>
    public static byte[]? Text(ReadOnlySpan<byte> value)
    {
        var text = value.Trim(" \t\r\n"u8);
        return
            text.Length is >= MinText and <= MaxText
            && !text.ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? text.ToArray()
            : null;
    }

    private static byte[]? Bytes(ReadOnlySpan<byte> value, ReadOnlySpan<byte> prefix)
    {
        var text = value.Trim(" \t\r\n"u8);
        if (text.StartsWith(prefix))
            text = text[prefix.Length..];
        if (
            text.Length > Base64.GetMaxEncodedToUtf8Length(MaxBytes)
            || text.ContainsAnyExcept(Base64Digits)
        )
            return null;
        Span<byte> bytes = stackalloc byte[MaxBytes + 2];
        try
        {
            return
                Base64.DecodeFromUtf8(text, bytes, out _, out var length) == OperationStatus.Done
                && length is >= MinBytes and <= MaxBytes
                ? bytes[..length].ToArray()
                : null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The headers of a Secret.</summary>
    /// <param name="data">Its data: names and values.</param>
    /// <param name="wrong">What is wrong with it; null for nothing. Holds nothing of the values.</param>
    /// <returns>Null if they cannot be used.</returns>
    public static IReadOnlyDictionary<string, string>? Headers(
        IReadOnlyDictionary<string, byte[]> data,
        out string? wrong
    )
    {
        ArgumentNullException.ThrowIfNull(data);
        // In one order, whatever that of the Secret: its tag follows from it.
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        wrong =
            data.Count > MaxHeaders
                ? $"it has {data.Count} entries; {MaxHeaders} headers are possible"
                : null;
        foreach (var (name, bytes) in data)
        {
            var value = Encoding.Latin1.GetString(bytes).Trim(' ', '\t', '\r', '\n');
            wrong ??=
                !IsToken(name) ? $"\"{name}\" is no name of a header"
                : IsTaken(name) ? $"the header {name} cannot be set; HTTP or the operator does"
                : !names.Add(name) ? $"the header {name} is there twice"
                : !IsHeader(value)
                    ? $"the header {name} must have 1 to {MaxHeader} printable ASCII characters"
                : null;
            headers[name] = value;
        }
        return wrong is null ? headers : null;
    }

    /// <summary>Seals secrets, and says by a tag which they are: who does not know them cannot tell them by it.</summary>
    public static SealedSecrets Seal(WebhookSecrets secrets, BoxKey key)
    {
        ArgumentNullException.ThrowIfNull(secrets);
        ArgumentNullException.ThrowIfNull(key);
        var plain = secrets.ToBytes();
        try
        {
            return new(
                key.Id,
                Sealing.SealedBox.Seal(key.Public, plain),
                HMACSHA256.HashData(key.Public, plain)
            );
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    private static bool IsToken(string name) =>
        name.Length > 0
        && name.All(c =>
            char.IsAsciiLetterOrDigit(c) || Marks.Contains(c, StringComparison.Ordinal)
        );

    private static bool IsTaken(string name) =>
        Taken.Contains(name)
        || TakenBeginnings.Any(b => name.StartsWith(b, StringComparison.OrdinalIgnoreCase));

    private static bool IsHeader(string value) =>
        value.Length is >= 1 and <= MaxHeader && value.All(c => c is >= ' ' and <= '~');
}
