using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;

namespace WaOperator.Operator.Projection;

/// <summary>
/// Every session that is to go passes here. Shows those that the <see cref="RemovalBrake"/> holds in their facts, and asks for the
/// administrator's word when the first is held.
/// </summary>
internal sealed partial class RemovalGate(
    SessionBook book,
    Caches caches,
    RemovalBrake brake,
    RemovalWord word,
    ILogger<RemovalGate> logger
)
{
    /// <summary>How many wait for the word.</summary>
    public int Held => brake.Held;

    /// <summary>The session has gone.</summary>
    public void Forget(string uid) => brake.Forget(uid);

    /// <summary>Which of the batch are to go and may not now.</summary>
    public async Task<IReadOnlySet<NamespacedName>> HoldAsync(
        IEnumerable<NamespacedName> batch,
        CancellationToken ct
    )
    {
        var going = new Dictionary<string, NamespacedName>(StringComparer.Ordinal);
        foreach (var name in batch)
            if (book.Find(name) is { Stored: not null } known)
                // One of another UID took the name: the resources were made again, and the row is adopted.
                if (caches.Sessions.Store[name]?.Metadata is null or { IsBeingDeleted: true })
                    going[known.Uid] = name;
                else
                    brake.Forget(known.Uid);
        var before = brake.Held;
        var held = await brake.HoldAsync(going.Keys, book.CountStored(), ct);
        if (before == 0 && held.Count > 0)
        {
            Log.Held(logger, held.Count, word.Sentence);
            await word.AskAsync(ct);
        }
        foreach (var uid in going.Keys)
            book.UpdateKnown(
                uid,
                f => f with { RemovalHeld = held.Contains(uid) ? word.Sentence : null }
            );
        return held.Select(uid => going[uid]).ToHashSet();
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.RemovalGateHeld,
            LogLevel.Warning,
            "{Count} sessions are held: {Why}"
        )]
        public static partial void Held(ILogger logger, int count, string why);
    }
}
