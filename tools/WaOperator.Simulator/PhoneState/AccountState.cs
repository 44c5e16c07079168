using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Google.Protobuf;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.PhoneState;

/// <summary>A key that the phone made.</summary>
/// <param name="Id">6 bytes: the device that made it, 0 for the phone, and its number.</param>
/// <param name="Data">Its 32 bytes.</param>
/// <param name="Timestamp">When it was made, in Unix milliseconds.</param>
internal sealed record StateKey(byte[] Id, byte[] Data, long Timestamp);

/// <summary>
/// The state that all devices of an account show (mutes, pins, contacts and so on), as its phone owns it: keys, collections, and the
/// phone's Signal sessions with its companions, to whom it gives the keys.
/// </summary>
internal sealed class AccountState
{
    /// <summary>Guards everything in it. Never taken after a device's gate.</summary>
    [JsonIgnore]
    public Lock Gate { get; } = new();

    /// <summary>The keys, oldest first.</summary>
    public List<StateKey> Keys { get; init; } = [];

    /// <summary>The collections by name.</summary>
    public Dictionary<string, StateCollection> Collections { get; init; } =
        Syncable.ToDictionary(
            name => name,
            name => new StateCollection { Name = name },
            StringComparer.Ordinal
        );

    /// <summary>The phone's session with each companion, by the device's key. A device that has none has not got the keys yet.</summary>
    public Dictionary<string, byte[]> Sessions { get; init; } = new(StringComparer.Ordinal);

    /// <summary>How many patches of companions the phone did not take.</summary>
    public int Refused { get; set; }

    /// <summary>The names of the collections.</summary>
    [JsonIgnore]
    public static IReadOnlyList<string> Syncable => WhatsApp.AppState.Collections.All;

    /// <summary>A state with one key and nothing in it.</summary>
    public static AccountState Create(DateTimeOffset now)
    {
        var state = new AccountState();
        state.Rotate(now);
        return state;
    }

    /// <summary>Makes another key, with which the phone writes from now on.</summary>
    public StateKey Rotate(DateTimeOffset now)
    {
        var id = new byte[6];
        BinaryPrimitives.WriteUInt32BigEndian(id.AsSpan(2), (uint)Keys.Count + 1);
        // Later than the last one also where the clock stands still: the newest is the one to write with.
        var timestamp = Math.Max(
            now.ToUnixTimeMilliseconds(),
            Keys.Count == 0 ? 0 : Keys[^1].Timestamp + 1
        );
        var key = new StateKey(
            id,
            RandomNumberGenerator.GetBytes(AppStateKeys.KeyDataSize),
            timestamp
        );
        Keys.Add(key);
        return key;
    }

    /// <summary>The keys by name. To be disposed.</summary>
    public AppStateKeyring Keyring() =>
        new(name => Keys.Find(k => AppStateKeyring.Name(k.Id) == name)?.Data);

    /// <summary>What the phone tells a companion of its keys; of one that is not known here: that there is no such key.</summary>
    public static AppStateSyncKeyShare Share(IEnumerable<StateKey> keys)
    {
        var share = new AppStateSyncKeyShare();
        foreach (var key in keys)
            share.Keys.Add(
                new AppStateSyncKey
                {
                    KeyId = new() { KeyId = ByteString.CopyFrom(key.Id) },
                    KeyData = new()
                    {
                        KeyData = ByteString.CopyFrom(key.Data),
                        Fingerprint = new() { RawId = 1, CurrentIndex = 0 },
                        Timestamp = key.Timestamp,
                    },
                }
            );
        return share;
    }

    /// <summary>All that is in force in a collection, decrypted and verified.</summary>
    /// <exception cref="AppStateException">The phone's own state is damaged.</exception>
    public IReadOnlyList<Mutation> Read(StateCollection collection)
    {
        if (collection.Version == 0)
            return [];
        using var keys = Keyring();
        return AppStateReader.Open(collection.Name, collection.Snapshot(Keys[^1]), keys).Mutations;
    }
}
