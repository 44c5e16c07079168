using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Messages;

/// <summary>What belongs to an outbound message beside its content. Kept with it as bytes; only messages that need it have it.</summary>
/// <param name="Fingerprint">Names the request that it came from: content that says the time, or holds random bytes, cannot be compared.</param>
/// <param name="ExpiresAt">When it is of no use any more; null: never.</param>
/// <param name="Metadata">What its sender wants to have back; null: nothing.</param>
internal sealed record Particulars(
    byte[] Fingerprint,
    DateTimeOffset? ExpiresAt,
    IReadOnlyDictionary<string, string>? Metadata
)
{
    /// <summary>Bytes of a fingerprint.</summary>
    public const int FingerprintSize = 16;

    private const byte Version = 1;
    private const int Head = 1 + FingerprintSize + sizeof(long);

    /// <summary>As it is kept.</summary>
    public byte[] ToBytes()
    {
        var metadata = Metadata is null
            ? []
            : JsonSerializer.SerializeToUtf8Bytes(
                Metadata,
                ParticularsJson.Default.IReadOnlyDictionaryStringString
            );
        var bytes = new byte[Head + metadata.Length];
        bytes[0] = Version;
        Fingerprint.AsSpan(0, FingerprintSize).CopyTo(bytes.AsSpan(1));
        BinaryPrimitives.WriteInt64BigEndian(
            bytes.AsSpan(1 + FingerprintSize),
            ExpiresAt?.ToUnixTimeMilliseconds() ?? 0
        );
        metadata.CopyTo(bytes.AsSpan(Head));
        return bytes;
    }

    /// <summary>Reads it; null: it is nothing that this version knows.</summary>
    public static Particulars? Read(byte[]? bytes)
    {
        if (bytes is not [Version, ..] || bytes.Length < Head)
            return null;
        var expires = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(1 + FingerprintSize));
        try
        {
            return new(
                bytes[1..(1 + FingerprintSize)],
                expires == 0 ? null : DateTimeOffset.FromUnixTimeMilliseconds(expires),
                bytes.Length == Head
                    ? null
                    : JsonSerializer.Deserialize(
                        bytes.AsSpan(Head),
                        ParticularsJson.Default.IReadOnlyDictionaryStringString
                    )
            );
        }
        catch (Exception e) when (e is JsonException or ArgumentOutOfRangeException)
        {
            // Of a later version, perhaps: the message is there without it.
            return null;
        }
    }
}

[JsonSerializable(typeof(IReadOnlyDictionary<string, string>))]
internal sealed partial class ParticularsJson : JsonSerializerContext;
