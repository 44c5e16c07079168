using System.Buffers.Binary;
using System.Collections.Immutable;
using WaOperator.WhatsApp.Proto;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.AppState;

/// <summary>
/// The keys that the phone shared, in one record: an account has a handful, and a message that brings some must be able to store them in
/// its own step, for it does not come again.
/// </summary>
/// <param name="keys">By name (<see cref="AppStateKeyring.Name"/>).</param>
internal sealed class SharedKeys(ImmutableDictionary<string, SharedKeys.Key> keys) : IRecord
{
    private const int HeadSize = sizeof(long) + AppStateKeys.KeyDataSize + 1;

    /// <summary>Of a key with its name, in a table.</summary>
    private const int HeldSize = 320;

    public static SharedKeys None { get; } = new(ImmutableDictionary<string, Key>.Empty);

    /// <summary>The one to write with: of the latest time. Null: there are none.</summary>
    public Key? Newest => keys.Values.MaxBy(key => (key.Timestamp, AppStateKeyring.Name(key.Id)));

    public int Count => keys.Count;

    /// <exception cref="InvalidDataException">Malformed.</exception>
    public static SharedKeys Deserialize(ReadOnlySpan<byte> bytes)
    {
        var keys = ImmutableDictionary.CreateBuilder<string, Key>();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < HeadSize || bytes.Length < HeadSize + bytes[HeadSize - 1])
                throw new InvalidDataException("The stored keys of the app state are damaged.");
            var end = HeadSize + bytes[HeadSize - 1];
            var id = bytes[HeadSize..end].ToArray();
            keys[AppStateKeyring.Name(id)] = new(
                id,
                bytes.Slice(sizeof(long), AppStateKeys.KeyDataSize).ToArray(),
                BinaryPrimitives.ReadInt64BigEndian(bytes)
            );
            bytes = bytes[end..];
        }
        return new(keys.ToImmutable());
    }

    /// <summary>The 32 bytes of a key; null: the phone has not shared it.</summary>
    public byte[]? Find(string name) => keys.GetValueOrDefault(name)?.Data;

    /// <summary>These and those that the phone shares now, as far as they are whole. Of too many the newest stay.</summary>
    public SharedKeys With(AppStateSyncKeyShare share)
    {
        var all = keys.ToBuilder();
        foreach (var key in share.Keys.Take(AppStateLimits.Keys))
            if (
                key.KeyId?.KeyId.Length is > 0 and <= AppStateLimits.KeyIdSize
                && key.KeyData?.KeyData.Length == AppStateKeys.KeyDataSize
            )
                all[AppStateKeyring.Name(key.KeyId.KeyId.Span)] = new(
                    key.KeyId.KeyId.ToByteArray(),
                    key.KeyData.KeyData.ToByteArray(),
                    key.KeyData.Timestamp
                );
        return new(
            all.Count <= AppStateLimits.Keys
                ? all.ToImmutable()
                : all.OrderByDescending(pair => pair.Value.Timestamp)
                    .Take(AppStateLimits.Keys)
                    .ToImmutableDictionary()
        );
    }

    public long HeldBytes => 64 + HeldSize * (long)keys.Count;

    public byte[] Serialize()
    {
        var bytes = new byte[keys.Values.Sum(key => HeadSize + key.Id.Length)];
        var rest = bytes.AsSpan();
        foreach (var key in keys.Values)
        {
            BinaryPrimitives.WriteInt64BigEndian(rest, key.Timestamp);
            key.Data.CopyTo(rest[sizeof(long)..]);
            rest[HeadSize - 1] = (byte)key.Id.Length;
            key.Id.CopyTo(rest[HeadSize..]);
            rest = rest[(HeadSize + key.Id.Length)..];
        }
        return bytes;
    }

    // The record after this one has the same keys.
    public void Dispose() { }

    /// <param name="Id">Its id.</param>
    /// <param name="Data">Its 32 bytes.</param>
    /// <param name="Timestamp">When the phone made it, in Unix milliseconds.</param>
    internal sealed record Key(byte[] Id, byte[] Data, long Timestamp)
    {
        /// <summary>Without the key.</summary>
        public override string ToString() => AppStateKeyring.Name(Id);
    }
}
