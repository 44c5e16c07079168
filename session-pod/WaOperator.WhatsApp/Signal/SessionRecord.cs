using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// All Signal sessions with one device: the current one, and earlier ones for late messages and for when both sides
/// begin at once. It does not change: <see cref="SessionCipher"/> gives a new record with each message, which is stored
/// before the message is sent or acted on. Use the record of one device from one thread at a time. Disposing it zeroes
/// its keys; no two records share them.
/// </summary>
internal sealed class SessionRecord : IRecord
{
    /// <summary>Earlier sessions that are kept.</summary>
    public const int MaxArchived = 40;

    /// <summary>How many messages of a chain may be missing before one that is read.</summary>
    public const int MaxAhead = 2_000;

    /// <summary>Keys of skipped messages that are kept, over all sessions of the record, which is written with each message.</summary>
    public const int MaxSkipped = 400;

    private readonly List<RatchetState> _states;

    internal SessionRecord(IEnumerable<RatchetState> states) => _states = [.. states];

    /// <summary>The peer's identity key in the current session, 32 bytes.</summary>
    public ReadOnlyMemory<byte> TheirIdentity => Current.TheirIdentity;

    /// <summary>The peer's registration id in the current session; another one means that it was installed again.</summary>
    public uint TheirRegistrationId => Current.TheirRegistrationId;

    /// <summary>True while we have sent but heard nothing: our messages are prekey messages, which need the device-identity with them.</summary>
    public bool IsUnacknowledged => Current.Pending is not null;

    /// <summary>False for a session that the peer began and we have not answered with a key of ours: only carried-over records have such.</summary>
    public bool CanSend => Current.SendingKey is not null;

    /// <summary>
    /// Whether there is a session for the address that a message goes to. Once the peer has been heard, the session is known by
    /// both of its addresses. Until then each message repeats the beginning, which names a one-time prekey: a peer that keeps
    /// what came by number and by LID apart (Baileys 6) has used that up under the one address, and can't read the message
    /// under the other.
    /// </summary>
    public bool CanSendTo(bool byLid) => FindFor(byLid) is { SendingKey: not null };

    /// <summary>How many earlier sessions are kept.</summary>
    public int ArchivedCount => _states.Count - 1;

    /// <summary>How many keys of skipped messages are kept.</summary>
    public int SkippedKeys => _states.Sum(state => state.SkippedKeys);

    /// <inheritdoc/>
    long IRecord.HeldBytes => _states.Sum(state => state.HeldBytes);

    internal RatchetState Current => _states[0];

    /// <summary>The current session first, then the earlier ones, the last used first.</summary>
    internal IReadOnlyList<RatchetState> States => _states;

    /// <summary>Whether the session that a message begins is here already, so that no prekeys are needed to read it.</summary>
    public bool Knows(PreKeyWhisperMessage message) =>
        _states.Exists(state =>
            state.BaseKey.AsSpan().SequenceEqual(message.BaseKey)
            && state.TheirIdentity.AsSpan().SequenceEqual(message.IdentityKey)
        );

    /// <summary>Reads a record.</summary>
    /// <exception cref="SignalException">Malformed: the bytes are not what <see cref="Serialize"/> makes.</exception>
    public static SessionRecord Deserialize(ReadOnlySpan<byte> bytes) => SessionStorage.Read(bytes);

    /// <summary>Writes the record. It holds private keys in the clear: encrypt it.</summary>
    public byte[] Serialize() => SessionStorage.Write(this);

    /// <inheritdoc/>
    public void Dispose() => _states.ForEach(state => state.Dispose());

    internal SessionRecord Copy() => new(_states.Select(state => state.Copy()));

    /// <summary>Makes a state current. Sessions with another identity end: the peer has no such key any more.</summary>
    internal void Promote(RatchetState state)
    {
        _states.Remove(state);
        _states.Insert(0, state);
        Drop(old => !old.TheirIdentity.AsSpan().SequenceEqual(state.TheirIdentity));
        if (_states.Count <= MaxArchived + 1)
            return;
        _states[^1].Dispose();
        _states.RemoveAt(_states.Count - 1);
    }

    /// <summary>Makes the session current that was begun for that address, if it takes one.</summary>
    internal void Address(bool? byLid)
    {
        if (byLid is { } known && FindFor(known) is { SendingKey: not null } state)
            Promote(state);
    }

    private RatchetState? FindFor(bool byLid)
    {
        if (IsFor(Current, byLid))
            return Current;
        return _states.Find(state =>
            state.Pending is not null
            && IsFor(state, byLid)
            && state.TheirIdentity.AsSpan().SequenceEqual(Current.TheirIdentity)
        );
    }

    private static bool IsFor(RatchetState state, bool byLid) =>
        state.Pending?.ByLid is not { } begun || begun == byLid;

    /// <summary>Drops skipped keys beyond <see cref="MaxSkipped"/>, those of the oldest sessions and chains first.</summary>
    internal void Trim()
    {
        var excess = SkippedKeys - MaxSkipped;
        for (var i = _states.Count - 1; i >= 0 && excess > 0; i--)
        {
            foreach (var chain in _states[i].Receiving)
            {
                var count = Math.Min(excess, chain.Keys.Skipped.Count);
                chain.Keys.Forget(count);
                excess -= count;
            }
        }
    }

    private void Drop(Predicate<RatchetState> match)
    {
        foreach (var state in _states.FindAll(match))
            state.Dispose();
        _states.RemoveAll(match);
    }
}
