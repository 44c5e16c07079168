using System.Security.Cryptography;
using Google.Protobuf;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.AppState;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.Simulator.PhoneState;

/// <summary>
/// The phones that own their account's state: what their users change there, the keys that their companions get, and what the other
/// companions are told. A phone has a state from the start with the option app-state, else when the control API says so.
/// </summary>
internal sealed class PhoneStates(WhatsAppServer server)
{
    /// <summary>A patch with more mutations than this has them in a file.</summary>
    public const int MostWithin = 20;

    private readonly PhonePeer _peer = new(server);

    /// <summary>Snapshots and large patches.</summary>
    public StateBlobs Blobs { get; } = new(server.Media.Store);

    /// <summary>The state of a phone; null: it owns none, and the account's collections are empty and stay so.</summary>
    public AccountState? Find(Phone phone) =>
        phone.State is null && server.Options.AppState ? Enable(phone) : phone.State;

    /// <summary>The phone owns its account's state from now on, and gives its companions the key.</summary>
    public AccountState Enable(Phone phone)
    {
        var (state, isNew) = phone.Own(() => AccountState.Create(server.Clock.Now().At));
        if (!isNew)
            return state;
        Persist(phone);
        foreach (var device in phone.Devices)
        {
            if (device.Connection is { Active: true })
                Greet(device);
        }
        return state;
    }

    /// <summary>A companion is there: it gets the keys, once.</summary>
    public void Greet(Device device)
    {
        if (Find(device.Phone) is not { } state)
            return;
        lock (state.Gate)
        {
            if (state.Sessions.ContainsKey(device.Key))
                return;
            _peer.Tell(state, device, Share(state.Keys));
        }
        Persist(device.Phone);
    }

    /// <summary>A companion could not read what its phone told it: it is told again, in another session.</summary>
    public void Repeat(Device device)
    {
        if (Find(device.Phone) is not { } state)
            return;
        lock (state.Gate)
        {
            state.Sessions.Remove(device.Key);
            _peer.Tell(state, device, Share(state.Keys));
        }
        Persist(device.Phone);
    }

    /// <summary>Makes another key and gives it to all companions.</summary>
    public StateKey Rotate(Phone phone, AccountState state)
    {
        StateKey key;
        lock (state.Gate)
        {
            key = state.Rotate(server.Clock.Now().At);
            foreach (var device in phone.Devices.Where(d => state.Sessions.ContainsKey(d.Key)))
                _peer.Tell(state, device, Share([key]));
        }
        Persist(phone);
        return key;
    }

    /// <summary>What a companion told its phone; of that it asks for keys.</summary>
    /// <exception cref="Handlers.RefusedException">The phone cannot read it, or does not do what it asks for.</exception>
    public void Told(Device device, string id, IEnumerable<BinaryNode> ciphertexts)
    {
        if (Find(device.Phone) is not { } state)
            return;
        lock (state.Gate)
        {
            foreach (var enc in ciphertexts)
            {
                var said = _peer.Read(state, device, enc);
                if (said is not null && server.History.Asked(state, device, id, said))
                    continue;
                if (said is not { AppStateSyncKeyRequest: { } request } asked)
                {
                    server.Ledger.Note(
                        "unsupportedStanza",
                        device.Jid.ToString(),
                        "a message for the phone that it does not understand"
                    );
                    continue;
                }
                server.Ledger.Note("stateKeyRequest", device.Jid.ToString(), $"{asked.Type}");
                var wanted = request.KeyIds.Select(k => k.KeyId.ToByteArray()).ToList();
                _peer.Tell(
                    state,
                    device,
                    Share(state.Keys.Where(k => wanted.Exists(id => id.SequenceEqual(k.Id))))
                );
            }
        }
        Persist(device.Phone);
    }

    /// <summary>The phone's user changes something.</summary>
    /// <returns>The collection's new version.</returns>
    public ulong Mutate(Phone phone, AccountState state, IReadOnlyList<AccountChange> changes)
    {
        ulong version = 0;
        var now = server.Clock.Now().At;
        foreach (
            var group in changes
                .Select(change => ActionWriter.Write(change, now))
                .GroupBy(written => written.Collection, written => written.Changes)
        )
        {
            lock (state.Gate)
                version = Write(state, group.Key, [.. group.SelectMany(c => c)]);
            Persist(phone);
            Notify(phone, null, group.Key, version);
        }
        return version;
    }

    /// <summary>The account's other devices are told that there is something new.</summary>
    public void Notify(Phone phone, Device? by, string collection, ulong version)
    {
        foreach (var device in phone.Devices.Where(d => d != by))
            server.Notices.Send(
                device,
                new("notification")
                {
                    ["from"] = phone.Jid.ToString(),
                    ["type"] = "server_sync",
                    Children =
                    [
                        new("collection")
                        {
                            ["name"] = collection,
                            ["version"] = Stanzas.Text((long)version),
                        },
                    ],
                }
            );
    }

    /// <summary>What changed survives a restart from now on.</summary>
    public void Persist(Phone phone)
    {
        phone.Changed();
        server.Directory.Persist?.Invoke(phone);
    }

    private ulong Write(AccountState state, string name, IReadOnlyList<AppStateChange> changes)
    {
        var collection = state.Collections[name];
        var key = state.Keys[^1];
        using var keys = state.Keyring();
        var macs = collection.Macs(AppStateWriter.Indexes(changes, keys.Get(key.Id)));
        var (patch, _) = AppStateWriter.Write(
            name,
            collection.State(),
            macs,
            changes,
            key.Id,
            keys
        );
        var given = patch.Clone();
        if (patch.Mutations.Count > MostWithin)
        {
            var apart = new SyncdMutations();
            apart.Mutations.AddRange(patch.Mutations);
            given.Mutations.Clear();
            given.ExternalMutations = Blobs.Put(apart.ToByteArray());
        }
        collection.Take(patch, given, keys);
        return collection.Version;
    }

    private static Message Share(IEnumerable<StateKey> keys) =>
        new()
        {
            ProtocolMessage = new()
            {
                Type = ProtocolMessage.Types.Type.AppStateSyncKeyShare,
                AppStateSyncKeyShare = AccountState.Share(keys),
            },
        };
}
