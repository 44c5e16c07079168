using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>How far a broadcast of the session has come. Told by the pod itself and not by WhatsApp.</summary>
/// <param name="Id">The broadcast.</param>
/// <param name="Name">What the tenant calls it.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Of one that is Stopped why, in a word; null: it is not.</param>
/// <param name="Recipients">How many it has.</param>
/// <param name="Counts">How many of them are in each state.</param>
internal sealed record BroadcastProgress(
    string Id,
    string Name,
    string State,
    string? Reason,
    int Recipients,
    ProgressCounts Counts
) : HostEvent
{
    /// <summary>What stands beside its bytes in the journal, and what readers of a session's stream see.</summary>
    public const string TypeName = "broadcast";

    /// <inheritdoc/>
    public override string Type => TypeName;
}

/// <summary>How many recipients of a broadcast are in each state.</summary>
/// <param name="Pending">Wait for their turn.</param>
/// <param name="Queued">Their message is in the outbox.</param>
/// <param name="Sent">WhatsApp has their message.</param>
/// <param name="Delivered">A device of theirs has it.</param>
/// <param name="Read">They read it.</param>
/// <param name="Failed">It was refused, or expired.</param>
/// <param name="Skipped">They are not written to.</param>
internal sealed record ProgressCounts(
    long Pending,
    long Queued,
    long Sent,
    long Delivered,
    long Read,
    long Failed,
    long Skipped
)
{
    /// <summary>From the database.</summary>
    public static ProgressCounts Of(RecipientCounts counts) =>
        new(
            counts[RecipientState.Pending],
            counts[RecipientState.Queued],
            counts[RecipientState.Sent],
            counts[RecipientState.Delivered],
            counts[RecipientState.Read],
            counts[RecipientState.Failed],
            counts[RecipientState.Skipped]
        );
}
