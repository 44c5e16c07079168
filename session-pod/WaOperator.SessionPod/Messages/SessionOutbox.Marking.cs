using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Limits;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Messages;

/// <content>Messages of broadcasts, whose recipients are marked in the same commit.</content>
internal sealed partial class SessionOutbox
{
    /// <summary>Takes a message that may have been taken before, and marks recipients of broadcasts with it, both or neither.</summary>
    /// <param name="message">The message; no one else uses its id.</param>
    /// <param name="marks">What is said of recipients once it is queued.</param>
    /// <param name="shares">How much may wait.</param>
    /// <param name="admit">Asked for a message that was not taken before: why the tenant may not send it, or null.</param>
    public async Task<Acceptance> AcceptMarkedAsync(
        OutgoingMessage message,
        IReadOnlyList<RecipientMark> marks,
        QueueShares shares,
        Func<Task<SendRefusal?>> admit
    )
    {
        if (await FindAsync(message) is { } before)
            return before.Outcome == AcceptOutcome.Accepted
                ? await MarkAsync(before, marks)
                : before;
        if (await RefuseAsync(message, shares, admit) is { } refused)
            return refused;
        return await WriteAsync(message, tried: false, marks: marks);
    }

    private async Task<Acceptance> MarkAsync(
        Acceptance before,
        IReadOnlyList<RecipientMark> marks
    ) =>
        await context.Commits.CommitAsync(
            tenant,
            new SessionWrite(session, epoch) { Marks = marks },
            // An earlier owner may have queued it and not offered it.
            committed: () => sender()?.Look()
        ) switch
        {
            CommitOutcome.Committed => before,
            CommitOutcome.Unknown => new(AcceptOutcome.Unknown),
            _ => new(AcceptOutcome.Elsewhere),
        };
}
