using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Signal;

/// <summary>The prekeys that began a session of which the peer has not been heard yet: each message names them again.</summary>
/// <param name="PreKeyId">The one-time prekey; null if there was none.</param>
/// <param name="SignedPreKeyId">The signed prekey.</param>
/// <param name="ByLid">Whether the device was addressed by LID then, or by number; null if that is not known.</param>
internal sealed record PendingPreKey(uint? PreKeyId, uint SignedPreKeyId, bool? ByLid = null);

/// <summary>The peer's ratchet key and the chain of messages that came with it.</summary>
internal sealed record ReceivingChain(byte[] RatchetKey, MessageChain Keys);

/// <summary>One Double Ratchet. Owns its secrets: disposing it zeroes them.</summary>
internal sealed class RatchetState : IDisposable
{
    /// <summary>Old chains that are kept for late messages, the newest included.</summary>
    public const int MaxReceiving = 5;

    private readonly List<ReceivingChain> _receiving = [];

    /// <summary>The initiator's key for this session, by which sessions are told apart.</summary>
    public required byte[] BaseKey { get; init; }

    public required byte[] TheirIdentity { get; init; }

    public required uint TheirRegistrationId { get; init; }

    public required byte[] RootKey { get; set; }

    /// <summary>Our ratchet key pair.</summary>
    public required KeyPair Ratchet { get; set; }

    /// <summary>The chain key of what we send; null until the peer's ratchet key is known.</summary>
    public byte[]? SendingKey { get; set; }

    /// <summary>The counter of the next message that we send.</summary>
    public uint SendingCounter { get; set; }

    /// <summary>The last counter of our chain before this one; 0 also when there was none.</summary>
    public uint PreviousCounter { get; set; }

    public PendingPreKey? Pending { get; set; }

    /// <summary>The newest last.</summary>
    public IReadOnlyList<ReceivingChain> Receiving => _receiving;

    /// <summary>About how many bytes it takes in memory.</summary>
    public long HeldBytes => 640 + _receiving.Sum(chain => 96 + chain.Keys.HeldBytes);

    public int SkippedKeys => _receiving.Sum(chain => chain.Keys.Skipped.Count);

    public MessageChain? FindChain(ReadOnlySpan<byte> ratchetKey)
    {
        foreach (var chain in _receiving)
        {
            if (ratchetKey.SequenceEqual(chain.RatchetKey))
                return chain.Keys;
        }
        return null;
    }

    public void AddChain(ReceivingChain chain)
    {
        _receiving.Add(chain);
        if (_receiving.Count <= MaxReceiving)
            return;
        // One from which nothing more can come goes first, otherwise the oldest.
        var dropped = Math.Max(0, _receiving.FindIndex(old => old.Keys.IsFinished));
        _receiving[dropped].Keys.Dispose();
        _receiving.RemoveAt(dropped);
    }

    /// <summary>Turns the ratchet: a new receiving chain from the peer's new key, and a new sending chain from a new key of ours.</summary>
    public void Turn(RatchetTurn turn, uint theirPreviousCounter, KeyPair fresh)
    {
        if (_receiving.Count > 0)
            _receiving[^1].Keys.CloseAfter(theirPreviousCounter);
        AddChain(new(turn.TheirKey, new MessageChain(turn.TakeChain(), 0)));
        CryptographicOperations.ZeroMemory(RootKey);
        RootKey = turn.TakeRoot();
        StartSending(turn.TheirKey, fresh);
    }

    /// <summary>Starts a sending chain with a new ratchet key of ours.</summary>
    public void StartSending(ReadOnlySpan<byte> theirRatchet, KeyPair fresh)
    {
        var (root, chain) = Derivation.Ratchet(RootKey, fresh.Private, theirRatchet);
        CryptographicOperations.ZeroMemory(RootKey);
        CryptographicOperations.ZeroMemory(SendingKey);
        Ratchet.Dispose();
        PreviousCounter = SendingCounter == 0 ? 0 : SendingCounter - 1;
        (RootKey, SendingKey, SendingCounter, Ratchet) = (root, chain, 0, fresh);
    }

    public RatchetState Copy()
    {
        var copy = new RatchetState
        {
            BaseKey = BaseKey,
            TheirIdentity = TheirIdentity,
            TheirRegistrationId = TheirRegistrationId,
            RootKey = [.. RootKey],
            Ratchet = KeyPair.FromStored(Ratchet.Private, Ratchet.Public),
            SendingKey = (byte[]?)SendingKey?.Clone(),
            SendingCounter = SendingCounter,
            PreviousCounter = PreviousCounter,
            Pending = Pending,
        };
        foreach (var chain in _receiving)
            copy._receiving.Add(chain with { Keys = chain.Keys.Copy() });
        return copy;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(RootKey);
        CryptographicOperations.ZeroMemory(SendingKey);
        Ratchet.Dispose();
        foreach (var chain in _receiving)
            chain.Keys.Dispose();
    }
}

/// <summary>What a peer's new ratchet key would turn a session into, before its message has proved authentic.</summary>
internal sealed class RatchetTurn : IDisposable
{
    private byte[]? _root;
    private byte[]? _chain;

    public RatchetTurn(RatchetState state, byte[] theirKey)
    {
        TheirKey = theirKey;
        (_root, _chain) = Derivation.Ratchet(state.RootKey, state.Ratchet.Private, theirKey);
    }

    public byte[] TheirKey { get; }

    public ReadOnlySpan<byte> Chain => _chain;

    public byte[] TakeRoot() => Take(ref _root);

    public byte[] TakeChain() => Take(ref _chain);

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_root);
        CryptographicOperations.ZeroMemory(_chain);
    }

    private static byte[] Take(ref byte[]? secret) =>
        Interlocked.Exchange(ref secret, null)
        ?? throw new InvalidOperationException("The ratchet has been turned already.");
}
