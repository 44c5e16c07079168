using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>
/// Broadcasts and recipients as rows: what they say and to whom is encrypted, how far they have come is in the clear. The stored form is a
/// byte with its version, then JSON.
/// </summary>
internal static class BroadcastCodec
{
    private const byte Version = 1;

    /// <summary>What a broadcast counts as for its encryption.</summary>
    public const string ContentKind = "broadcast";

    /// <summary>What a recipient counts as for its encryption.</summary>
    public const string RecipientKind = "broadcast-recipient";

    /// <summary>Encrypts a broadcast.</summary>
    public static BroadcastRow Seal(AtRestCipher cipher, string id, BroadcastContent content) =>
        new(id, cipher.Version, cipher.Seal(ContentKind, id, ToBytes(content)));

    /// <summary>Decrypts a broadcast.</summary>
    /// <exception cref="InvalidDataException">Damaged, of a later version, or encrypted with another key.</exception>
    public static async ValueTask<BroadcastContent> OpenAsync(
        AtRestCiphers ciphers,
        BroadcastRow row,
        CancellationToken ct
    ) =>
        OfBytes(
            (await ciphers.OfAsync(row.KeyVersion, ct)).Open(ContentKind, row.Id, row.Ciphertext)
        );

    /// <summary>Encrypts a recipient.</summary>
    public static RecipientRow Seal(AtRestCipher cipher, string message, Recipient recipient) =>
        new(
            message,
            cipher.Version,
            cipher.Seal(
                RecipientKind,
                message,
                Versioned(
                    JsonSerializer.SerializeToUtf8Bytes(
                        recipient,
                        StoredBroadcastJson.Default.Recipient
                    )
                )
            )
        );

    /// <summary>Decrypts a recipient.</summary>
    /// <exception cref="InvalidDataException">Damaged, of a later version, or encrypted with another key.</exception>
    public static async ValueTask<Recipient> OpenAsync(
        AtRestCiphers ciphers,
        RecipientRow row,
        CancellationToken ct
    ) =>
        Read(
            (await ciphers.OfAsync(row.KeyVersion, ct)).Open(
                RecipientKind,
                row.Message,
                row.Ciphertext
            ),
            json => JsonSerializer.Deserialize(json, StoredBroadcastJson.Default.Recipient)
        );

    /// <summary>The stored form of a broadcast. Two that ask for the same have the same.</summary>
    internal static byte[] ToBytes(BroadcastContent content) =>
        Versioned(
            JsonSerializer.SerializeToUtf8Bytes(
                new StoredContent(
                    content.Name,
                    content.Message,
                    content.Pacing.PerMinute,
                    content.Pacing.Jitter,
                    content.Pacing.RampDays,
                    content.Pacing.Window is { } w
                        ? new(Text(w.From), Text(w.To), w.Zone.Id)
                        : null,
                    content.StopOn.FailedPercent,
                    content.StopOn.Timelocked
                ),
                StoredBroadcastJson.Default.StoredContent
            )
        );

    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">Damaged, or of a later version.</exception>
    internal static BroadcastContent OfBytes(byte[] bytes)
    {
        var stored = Read(
            bytes,
            json => JsonSerializer.Deserialize(json, StoredBroadcastJson.Default.StoredContent)
        );
        return new(
            stored.Name,
            stored.Message,
            new(
                stored.PerMinute,
                stored.Jitter,
                stored.Window is { } window ? WindowOf(window) : null,
                stored.RampDays
            ),
            new(stored.FailedPercent, stored.Timelocked)
        );
    }

    private static SendWindow WindowOf(StoredWindow window)
    {
        try
        {
            return new(
                TimeOnly.ParseExact(window.From, Clock, CultureInfo.InvariantCulture),
                TimeOnly.ParseExact(window.To, Clock, CultureInfo.InvariantCulture),
                TimeZoneInfo.FindSystemTimeZoneById(window.Tz)
            );
        }
        catch (Exception e) when (e is FormatException or TimeZoneNotFoundException)
        {
            throw new InvalidDataException($"a broadcast's window cannot be read: {e.Message}", e);
        }
    }

    /// <summary>How a time of day is written.</summary>
    internal const string Clock = "HH:mm";

    /// <summary>A time of day as it is written.</summary>
    internal static string Text(TimeOnly time) =>
        time.ToString(Clock, CultureInfo.InvariantCulture);

    private static byte[] Versioned(byte[] json) => [Version, .. json];

    private static T Read<T>(byte[] bytes, Func<byte[], T?> read)
        where T : class
    {
        if (bytes is not [Version, ..])
            throw new InvalidDataException("it is of a version that is not known here");
        try
        {
            return read(bytes[1..]) ?? throw new InvalidDataException("it is empty");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"it is damaged: {e.Message}", e);
        }
    }
}

internal sealed record StoredContent(
    string Name,
    SendRequest Message,
    int PerMinute,
    double Jitter,
    int RampDays,
    StoredWindow? Window,
    int FailedPercent,
    bool Timelocked
);

internal sealed record StoredWindow(string From, string To, string Tz);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StoredContent))]
[JsonSerializable(typeof(Recipient))]
[JsonSerializable(typeof(TextParts))]
[JsonSerializable(typeof(MessageNameParts))]
internal sealed partial class StoredBroadcastJson : JsonSerializerContext;
