using System.Security.Cryptography;

namespace WaOperator.WhatsApp.Signal;

/// <summary>
/// A chain of message keys that is read: the next key, and those of messages that were skipped and may still come.
/// Looking at a key changes nothing; taking it does, once the message has proved authentic.
/// </summary>
internal sealed class MessageChain : IDisposable
{
    /// <summary>Of a skipped key in memory: its seed's array and its place in the list.</summary>
    private const int SkippedSize = 72;

    private readonly List<MessageKey> _skipped = [];
    private byte[]? _key;

    /// <param name="key">The chain key, taken over; null when the chain gives no new keys.</param>
    /// <param name="next">The counter of the next key.</param>
    /// <param name="forgotten">Skipped keys with lower counters have been dropped.</param>
    public MessageChain(byte[]? key, uint next, uint forgotten = 0) =>
        (_key, Next, Forgotten) = (key, next, forgotten);

    /// <summary>The chain key; null when the chain gives no new keys.</summary>
    public byte[]? Key => _key;

    public uint Next { get; private set; }

    public uint Forgotten { get; private set; }

    /// <summary>By counter in ascending order.</summary>
    public IReadOnlyList<MessageKey> Skipped => _skipped;

    /// <summary>About how many bytes it takes in memory.</summary>
    public long HeldBytes => 160 + SkippedSize * _skipped.Count;

    /// <summary>True once every message of the chain has been read.</summary>
    public bool IsFinished => _key is null && _skipped.Count == 0;

    /// <summary>Adds a skipped key that was stored; its counter is above the last one's.</summary>
    public void Restore(MessageKey key) => _skipped.Add(key);

    /// <summary>The seed of a message's keys, a copy that the caller zeroes.</summary>
    /// <exception cref="SignalException">The key has been used or dropped, is too far ahead, or costs too much.</exception>
    public byte[] Look(uint counter, uint maxAhead, WorkMeter meter)
    {
        if (counter < Next)
        {
            var at = Find(counter);
            return at >= 0 ? [.. _skipped[at].Seed] : throw Gone(counter);
        }
        if (_key is null)
            throw new SignalException(
                SignalFailure.BadMac,
                $"Message {counter} is beyond the end of its chain."
            );
        // The last counter of all is never used, so that the next one always exists.
        CheckAhead(counter == uint.MaxValue ? counter : counter - Next, maxAhead);
        meter.Spend(StepsFor(counter - Next));
        return SeedAhead(_key, counter - Next);
    }

    /// <summary>Uses up a key that <see cref="Look"/> gave; those before it become skipped ones, of which the last stay.</summary>
    public void Take(uint counter, int maxSkipped)
    {
        if (counter < Next)
        {
            var at = Find(counter);
            _skipped[at].Dispose();
            _skipped.RemoveAt(at);
            return;
        }
        for (; Next < counter; Next++)
        {
            if (counter - Next <= maxSkipped)
                _skipped.Add(new(Next, Derivation.Seed(_key)));
            else
                Forgotten = Next + 1;
            Derivation.Advance(_key);
        }
        Derivation.Advance(_key);
        Next++;
        Forget(_skipped.Count - maxSkipped);
    }

    /// <summary>Drops the oldest skipped keys.</summary>
    public void Forget(int count)
    {
        if (count <= 0)
            return;
        Forgotten = Math.Max(Forgotten, _skipped[count - 1].Counter + 1);
        for (var i = 0; i < count; i++)
            _skipped[i].Dispose();
        _skipped.RemoveRange(0, count);
    }

    /// <summary>Ends a chain whose last message has come or been skipped: its key has no use any more.</summary>
    public void CloseAfter(uint last)
    {
        if (last >= Next)
            return;
        CryptographicOperations.ZeroMemory(_key);
        _key = null;
    }

    public MessageChain Copy()
    {
        var copy = new MessageChain((byte[]?)_key?.Clone(), Next, Forgotten);
        copy._skipped.EnsureCapacity(_skipped.Count);
        foreach (var key in _skipped)
            copy._skipped.Add(new(key.Counter, [.. key.Seed]));
        return copy;
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_key);
        foreach (var key in _skipped)
            key.Dispose();
    }

    public static void CheckAhead(uint steps, uint maxAhead)
    {
        if (steps > maxAhead)
            throw new SignalException(
                SignalFailure.TooFarAhead,
                $"The message is {steps} ahead of the last one; {maxAhead} are allowed."
            );
    }

    /// <summary>What it takes to look at a key so far ahead, and to take it.</summary>
    public static int StepsFor(uint ahead) => 2 * ((int)ahead + 1);

    /// <summary>The seed so many steps ahead of a chain key, which stays as it is.</summary>
    public static byte[] SeedAhead(ReadOnlySpan<byte> chain, uint steps)
    {
        Span<byte> key = stackalloc byte[Derivation.KeySize];
        chain.CopyTo(key);
        for (; steps > 0; steps--)
            Derivation.Advance(key);
        var seed = Derivation.Seed(key);
        CryptographicOperations.ZeroMemory(key);
        return seed;
    }

    private SignalException Gone(uint counter) =>
        counter < Forgotten
            ? new(
                SignalFailure.KeyForgotten,
                $"The key of message {counter} was dropped: more than can be kept were skipped."
            )
            : new(SignalFailure.DuplicateMessage, $"Message {counter} was decrypted before.");

    private int Find(uint counter)
    {
        var (low, high) = (0, _skipped.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (_skipped[middle].Counter == counter)
                return middle;
            if (_skipped[middle].Counter < counter)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return -1;
    }
}

/// <summary>What the keys of one skipped message come from.</summary>
internal readonly record struct MessageKey(uint Counter, byte[] Seed) : IDisposable
{
    public void Dispose() => CryptographicOperations.ZeroMemory(Seed);
}
