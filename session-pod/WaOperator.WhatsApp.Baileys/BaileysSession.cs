using System.Globalization;
using WaOperator.WhatsApp.Signal;

namespace WaOperator.WhatsApp.Baileys;

/// <summary>One Signal session of a session file, and what the file says of its age.</summary>
/// <param name="State">Owned by the one that takes the session over.</param>
/// <param name="IsOpen">True for the one that is sent with.</param>
/// <param name="Used">When it was used last, in milliseconds since 1970.</param>
internal sealed record BaileysSession(RatchetState State, bool IsOpen, long Used)
{
    private const int MaxSessions = 1_000;
    private const int Sending = 1;
    private const int Receiving = 2;
    private const long MaxCounter = uint.MaxValue - 1L;

    /// <summary>Reads session-ADDRESS.json.</summary>
    /// <exception cref="ImportException">Damaged.</exception>
    public static List<BaileysSession> Read(Field file)
    {
        if (file["version"].Text() is not "v1")
            throw file["version"].Bad("is not v1, the only one known");
        var sessions = new List<BaileysSession>();
        foreach (var (_, session) in file["_sessions"].Members())
        {
            if (sessions.Count == MaxSessions)
                throw file["_sessions"].Bad($"has more than {MaxSessions} sessions");
            sessions.Add(ReadSession(session));
        }
        return sessions;
    }

    /// <summary>Joins sessions with one device to a record: the open one first, then the last used.</summary>
    /// <param name="sessions">At least one.</param>
    public static SessionRecord Join(IEnumerable<BaileysSession> sessions)
    {
        var ordered = sessions
            .OrderByDescending(session => session.IsOpen)
            .ThenByDescending(session => session.Used)
            .Select(session => session.State)
            .ToList();
        var current = ordered[0].TheirIdentity;
        var record = new SessionRecord(
            ordered
                .Where(state => state.TheirIdentity.AsSpan().SequenceEqual(current))
                .DistinctBy(state => Convert.ToHexString(state.BaseKey))
                .Take(SessionRecord.MaxArchived + 1)
        );
        record.Trim();
        return record;
    }

    private static BaileysSession ReadSession(Field session)
    {
        var (ratchet, index) = (session["currentRatchet"], session["indexInfo"]);
        var pair = BaileysKeys.Pair(ratchet["ephemeralKeyPair"], "privKey", "pubKey");
        var state = new RatchetState
        {
            BaseKey = index["baseKey"].PublicKey(),
            TheirIdentity = index["remoteIdentityKey"].PublicKey(),
            TheirRegistrationId = (uint)(
                session.Optional("registrationId")?.Number(0, uint.MaxValue) ?? 0
            ),
            RootKey = ratchet["rootKey"].Exactly(Derivation.KeySize),
            Ratchet = pair,
            // -1 is written for a chain that was never sent with; there is then nothing to close.
            PreviousCounter = (uint)Math.Max(0, ratchet["previousCounter"].Number(-1, MaxCounter)),
            Pending = session.Optional("pendingPreKey") is { } pending
                ? ReadPending(pending)
                : null,
        };
        ReadChains(session["_chains"], ratchet["lastRemoteEphemeralKey"].PublicKey(), state);
        return new(
            state,
            index["closed"].Number(long.MinValue, long.MaxValue) == -1,
            index.Optional("used")?.Number(long.MinValue, long.MaxValue) ?? 0
        );
    }

    private static PendingPreKey ReadPending(Field pending) =>
        new(
            pending.Optional("preKeyId") is { } id
                ? (uint)id.Number(0, BaileysCredentials.MaxKeyId)
                : null,
            (uint)pending["signedKeyId"].Number(0, BaileysCredentials.MaxKeyId)
        );

    /// <summary>Chains stand in the order in which they began, oldest first; the peer's current one must be our newest.</summary>
    private static void ReadChains(Field chains, byte[] current, RatchetState state)
    {
        ReceivingChain? newest = null;
        foreach (var (name, chain) in chains.Members())
        {
            var key = BaileysKeys.FromName(chain, name);
            if (chain["chainType"].Number(Sending, Receiving) == Sending)
            {
                // Only the chain of our current ratchet key is ever sent with again.
                if (key.AsSpan().SequenceEqual(state.Ratchet.Public))
                    ReadSending(chain["chainKey"], state);
                continue;
            }
            var receiving = new ReceivingChain(key, ReadReceiving(chain));
            if (key.AsSpan().SequenceEqual(current))
                newest = receiving;
            else
                state.AddChain(receiving);
        }
        if (newest is not null)
            state.AddChain(newest);
    }

    private static void ReadSending(Field chain, RatchetState state)
    {
        state.SendingKey = chain.Optional("key")?.Exactly(Derivation.KeySize);
        state.SendingCounter = Next(chain);
    }

    private static MessageChain ReadReceiving(Field chain)
    {
        var chainKey = chain["chainKey"];
        var next = Next(chainKey);
        var read = new MessageChain(chainKey.Optional("key")?.Exactly(Derivation.KeySize), next);
        if (chain.Optional("messageKeys") is not { } skipped)
            return read;
        var keys = new SortedDictionary<uint, byte[]>();
        foreach (var (name, seed) in skipped.Members())
        {
            if (
                !uint.TryParse(
                    name,
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var counter
                )
                || counter >= next
            )
                throw seed.Bad("is not named by the counter of a message that was skipped");
            keys[counter] = seed.Exactly(Derivation.KeySize);
        }
        foreach (var (counter, seed) in keys)
            read.Restore(new(counter, seed));
        read.Forget(keys.Count - SessionRecord.MaxSkipped);
        return read;
    }

    /// <summary>The file counts the last key that was used, -1 for none; a chain of ours counts the next.</summary>
    private static uint Next(Field chainKey) =>
        (uint)(chainKey["counter"].Number(-1, MaxCounter) + 1);
}
