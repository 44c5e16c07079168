using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.WhatsApp.Storage;

/// <summary>Credentials and prekeys as JSON in UTF-8, for stores that keep bytes. It holds the private keys in the clear: encrypt it.</summary>
public static class CredentialsJson
{
    private const int Version = 1;

    /// <summary>Writes credentials.</summary>
    public static byte[] Write(DeviceCredentials credentials) =>
        JsonSerializer.SerializeToUtf8Bytes(
            new CredentialsDocument(
                Version,
                Pair(credentials.NoiseKey),
                Pair(credentials.PairingEphemeralKey),
                Pair(credentials.IdentityKey),
                Signed(credentials.SignedPreKey),
                credentials.RegistrationId,
                credentials.AdvSecret,
                credentials.NextPreKeyId,
                credentials.FirstUnuploadedPreKeyId,
                credentials.Account,
                credentials.Me?.ToString(),
                credentials.Lid?.ToString(),
                credentials.PushName,
                credentials.Platform,
                credentials.RoutingInfo,
                credentials.LastPropHash,
                credentials.AppStateKeyId,
                credentials.SignedPreKeyAt,
                credentials.NextSignedPreKey is { } next ? Signed(next) : null,
                credentials.FormerSignedPreKey is { } former ? Signed(former) : null
            ),
            StorageJsonContext.Default.CredentialsDocument
        );

    /// <summary>Reads credentials.</summary>
    /// <exception cref="InvalidDataException">The bytes are not what <see cref="Write"/> makes; says why.</exception>
    public static DeviceCredentials Read(ReadOnlySpan<byte> json)
    {
        var document = Parse(json, StorageJsonContext.Default.CredentialsDocument, "credentials");
        if (document.Version != Version)
            throw new InvalidDataException(
                $"The stored credentials have version {document.Version}; this program reads {Version}."
            );
        try
        {
            return new()
            {
                NoiseKey = Pair(document.NoiseKey),
                PairingEphemeralKey = Pair(document.PairingEphemeralKey),
                IdentityKey = Pair(document.IdentityKey),
                SignedPreKey = Signed(document.SignedPreKey),
                SignedPreKeyAt = document.SignedPreKeyAt,
                NextSignedPreKey = document.NextSignedPreKey is { } next ? Signed(next) : null,
                FormerSignedPreKey = document.FormerSignedPreKey is { } former
                    ? Signed(former)
                    : null,
                RegistrationId = document.RegistrationId,
                AdvSecret = document.AdvSecret,
                NextPreKeyId = document.NextPreKeyId,
                FirstUnuploadedPreKeyId = document.FirstUnuploadedPreKeyId,
                Account = document.Account,
                Me = document.Me is null ? null : Jid.Parse(document.Me),
                Lid = document.Lid is null ? null : Jid.Parse(document.Lid),
                PushName = document.PushName,
                Platform = document.Platform,
                RoutingInfo = document.RoutingInfo,
                LastPropHash = document.LastPropHash,
                AppStateKeyId = document.AppStateKeyId,
            };
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            throw new InvalidDataException($"The stored credentials are damaged: {e.Message}", e);
        }
    }

    /// <summary>Writes one-time prekeys.</summary>
    public static byte[] WritePreKeys(IEnumerable<PreKey> keys) =>
        JsonSerializer.SerializeToUtf8Bytes(
            [.. keys.Select(key => new PreKeyDocument(key.Id, key.Key.Private, key.Key.Public))],
            StorageJsonContext.Default.PreKeyDocumentArray
        );

    /// <summary>Reads one-time prekeys.</summary>
    /// <exception cref="InvalidDataException">The bytes are not what <see cref="WritePreKeys"/> makes; says why.</exception>
    public static IReadOnlyList<PreKey> ReadPreKeys(ReadOnlySpan<byte> json)
    {
        var documents = Parse(json, StorageJsonContext.Default.PreKeyDocumentArray, "prekeys");
        try
        {
            return
            [
                .. documents.Select(key => new PreKey(
                    key.Id,
                    KeyPair.FromStored(key.Private, key.Public)
                )),
            ];
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"The stored prekeys are damaged: {e.Message}", e);
        }
    }

    private static T Parse<T>(
        ReadOnlySpan<byte> json,
        System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type,
        string what
    )
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type)
                ?? throw new InvalidDataException($"The stored {what} are empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The stored {what} are damaged: {e.Message}", e);
        }
    }

    private static SignedPreKeyDocument Signed(SignedPreKey key) =>
        new(key.Id, Pair(key.Key), key.Signature);

    private static SignedPreKey Signed(SignedPreKeyDocument key) =>
        new(key.Id, Pair(key.Key), key.Signature);

    private static PairDocument Pair(KeyPair pair) => new(pair.Private, pair.Public);

    private static KeyPair Pair(PairDocument pair) => KeyPair.FromStored(pair.Private, pair.Public);
}

internal sealed record PairDocument(byte[] Private, byte[] Public);

internal sealed record PreKeyDocument(uint Id, byte[] Private, byte[] Public);

internal sealed record SignedPreKeyDocument(uint Id, PairDocument Key, byte[] Signature);

internal sealed record CredentialsDocument(
    int Version,
    PairDocument NoiseKey,
    PairDocument PairingEphemeralKey,
    PairDocument IdentityKey,
    SignedPreKeyDocument SignedPreKey,
    int RegistrationId,
    byte[] AdvSecret,
    uint NextPreKeyId,
    uint FirstUnuploadedPreKeyId,
    DeviceAccount? Account = null,
    string? Me = null,
    string? Lid = null,
    string? PushName = null,
    string? Platform = null,
    byte[]? RoutingInfo = null,
    string? LastPropHash = null,
    string? AppStateKeyId = null,
    DateTimeOffset? SignedPreKeyAt = null,
    SignedPreKeyDocument? NextSignedPreKey = null,
    SignedPreKeyDocument? FormerSignedPreKey = null
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(CredentialsDocument))]
[JsonSerializable(typeof(PreKeyDocument[]))]
internal sealed partial class StorageJsonContext : JsonSerializerContext;
