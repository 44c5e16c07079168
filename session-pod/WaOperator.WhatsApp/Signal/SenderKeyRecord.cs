using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// The sender keys of one member's device in one group: ours, which can encrypt, or a peer's. It does not change:
/// <see cref="GroupCipher"/> gives a new record with each message, which is stored before the message is sent or acted
/// on. Use one record from one thread at a time. Disposing it zeroes its keys; no two records share them.
/// </summary>
internal sealed class SenderKeyRecord : IRecord
{
    /// <summary>Keys of one sender that are kept, the newest included: late messages use the old ones.</summary>
    public const int MaxStates = 5;

    /// <summary>
    /// How many messages of a chain may be missing before one that is read: as many as libsignal's MAX_FORWARD_JUMPS. What that
    /// costs is bounded over time by <see cref="WorkMeter"/>; a key that the sender gives again gets over a gap for nothing.
    /// </summary>
    public const int MaxAhead = 25_000;

    /// <summary>
    /// Keys of skipped messages that are kept, over all keys of the record, which is written with each message. Libsignal keeps 2,000
    /// of each; the server delivers in order, so what is skipped is nearly always lost, and what comes late is asked for.
    /// </summary>
    public const int MaxSkipped = 400;

    private readonly List<SenderKeyState> _states;

    internal SenderKeyRecord(IEnumerable<SenderKeyState> states) => _states = [.. states];

    /// <summary>True for a record of ours.</summary>
    public bool CanEncrypt => Current.SigningPrivate is not null;

    /// <summary>The newest key's id.</summary>
    public uint KeyId => Current.Id;

    /// <summary>The iteration of the newest key's next message.</summary>
    public uint Iteration => Current.Chain.Next;

    /// <summary>How many keys of skipped messages are kept.</summary>
    public int SkippedKeys => _states.Sum(state => state.Chain.Skipped.Count);

    /// <inheritdoc/>
    long IRecord.HeldBytes => _states.Sum(state => 192 + state.Chain.HeldBytes);

    internal SenderKeyState Current => _states[0];

    /// <summary>The newest first.</summary>
    internal IReadOnlyList<SenderKeyState> States => _states;

    /// <summary>Makes a sender key of ours: for a group's first message, and again when a member left.</summary>
    public static SenderKeyRecord Create()
    {
        using var signing = KeyPair.Generate();
        return new([
            new()
            {
                Id = (uint)RandomNumberGenerator.GetInt32(int.MaxValue),
                Chain = new(RandomNumberGenerator.GetBytes(Derivation.KeySize), 0),
                SigningPublic = signing.Public,
                SigningPrivate = [.. signing.Private],
            },
        ]);
    }

    /// <summary>Reads a record.</summary>
    /// <exception cref="SignalException">Malformed: the bytes are not what <see cref="Serialize"/> makes.</exception>
    public static SenderKeyRecord Deserialize(ReadOnlySpan<byte> bytes) =>
        SenderKeyStorage.Read(bytes);

    /// <summary>Writes the record. It holds private keys in the clear: encrypt it.</summary>
    public byte[] Serialize() => SenderKeyStorage.Write(this);

    /// <inheritdoc/>
    public void Dispose() => _states.ForEach(state => state.Dispose());

    internal SenderKeyRecord Copy() => new(_states.Select(state => state.Copy()));

    /// <summary>Drops skipped keys beyond <see cref="MaxSkipped"/>, those of the oldest sender keys first.</summary>
    internal void Trim()
    {
        var excess = SkippedKeys - MaxSkipped;
        for (var i = _states.Count - 1; i >= 0 && excess > 0; i--)
        {
            var chain = _states[i].Chain;
            var count = Math.Min(excess, chain.Skipped.Count);
            chain.Forget(count);
            excess -= count;
        }
    }

    /// <summary>
    /// Takes a key that the sender gave. One that is here already continues where it is, unless most keys in between would be dropped
    /// anyway: then the given one gets there without deriving them.
    /// </summary>
    internal void Add(SenderKeyState given)
    {
        var known = _states.Find(state => state.Id == given.Id);
        if (known is not null && known.HasSignerOf(given) && CanReach(known, given))
        {
            given.Dispose();
            return;
        }
        if (known is not null)
            Remove(known);
        _states.Insert(0, given);
        if (_states.Count > MaxStates)
            Remove(_states[^1]);
    }

    private static bool CanReach(SenderKeyState known, SenderKeyState given) =>
        given.Chain.Next <= known.Chain.Next || given.Chain.Next - known.Chain.Next <= MaxSkipped;

    private void Remove(SenderKeyState state)
    {
        state.Dispose();
        _states.Remove(state);
    }
}

/// <summary>One sender key. Owns its secrets: disposing it zeroes them.</summary>
internal sealed class SenderKeyState : IDisposable
{
    public required uint Id { get; init; }

    public required MessageChain Chain { get; init; }

    public required byte[] SigningPublic { get; init; }

    /// <summary>Null for a peer's key.</summary>
    public byte[]? SigningPrivate { get; init; }

    public bool HasSignerOf(SenderKeyState other) =>
        SigningPublic.AsSpan().SequenceEqual(other.SigningPublic);

    public SenderKeyState Copy() =>
        new()
        {
            Id = Id,
            Chain = Chain.Copy(),
            SigningPublic = SigningPublic,
            SigningPrivate = (byte[]?)SigningPrivate?.Clone(),
        };

    public void Dispose()
    {
        Chain.Dispose();
        CryptographicOperations.ZeroMemory(SigningPrivate);
    }
}
