using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Signal;

/// <summary>Chains of message keys in stored records.</summary>
internal static class ChainStorage
{
    public static StoredChain Write(MessageChain chain)
    {
        var stored = new StoredChain { Next = chain.Next, Forgotten = chain.Forgotten };
        if (chain.Key is { } chainKey)
            stored.Key = Secrets.Wrap(chainKey);
        foreach (var key in chain.Skipped)
            stored.Skipped.Add(
                new StoredMessageKey { Counter = key.Counter, Seed = Secrets.Wrap(key.Seed) }
            );
        return stored;
    }

    /// <summary>What earlier releases kept of one chain; it is trimmed with the next message.</summary>
    private const int MostEverKept = 2_000;

    /// <exception cref="SignalException">Malformed.</exception>
    public static MessageChain Read(StoredChain? stored)
    {
        if (stored is null || stored.Skipped.Count > MostEverKept)
            throw Secrets.Damaged("chain");
        var chain = new MessageChain(
            stored.HasKey ? Secrets.Unwrap(stored.Key) : null,
            stored.Next,
            stored.Forgotten
        );
        long last = -1;
        foreach (var key in stored.Skipped)
        {
            if (key.Counter <= last || key.Counter >= stored.Next)
                throw Secrets.Damaged("chain");
            chain.Restore(new(key.Counter, Secrets.Unwrap(key.Seed)));
            last = key.Counter;
        }
        return chain;
    }
}
