using WaOperator.SessionPod.Commit;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Messages;

/// <summary>What became of a change of a message.</summary>
internal enum ChangeOutcome
{
    /// <summary>It is done.</summary>
    Done,

    /// <summary>There is no such message.</summary>
    None,

    /// <summary>It has come too far.</summary>
    Late,

    /// <summary>Someone else owns the session by now.</summary>
    Elsewhere,

    /// <summary>PostgreSQL went away meanwhile: it may be done or not.</summary>
    Unknown,
}

/// <summary>The answer to a change of a message.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="State">How far the message has come, where that is known.</param>
internal readonly record struct Changed(ChangeOutcome Outcome, OutboxState? State = null);

/// <content>Messages that are not encrypted yet: taken back, put off, queued when their time has come.</content>
internal sealed partial class SessionOutbox
{
    private const int MaxWithdrawn = 4096;
    private const int MaxDue = 256;

    private HashSet<string>? _withdrawn;

    /// <summary>Whether a message is taken back, or is about to be: no connection may be given it.</summary>
    public bool IsWithdrawn(string id)
    {
        // Nearly always nothing was; a lock in each send would be paid for nothing.
        if (Volatile.Read(ref _withdrawn) is null)
            return false;
        lock (_turn)
            return _withdrawn!.Contains(id);
    }

    /// <summary>Takes a message back that is not encrypted yet.</summary>
    public async Task<Changed> CancelAsync(string id, CancellationToken ct)
    {
        if (await StateOfAsync(id, ct) is not { } before)
            return new(ChangeOutcome.None);
        if (before > OutboxState.Queued)
            return new(ChangeOutcome.Late, before);
        Withdraw(id);
        // From here on no connection is given it. One that has it already may encrypt it at any moment.
        var done = false;
        try
        {
            if (sender()?.Holds(id) == true)
                return new(ChangeOutcome.Late, OutboxState.Queued);
            var changed = await ChangeAsync([new(id, OutboxState.Cancelled)], id);
            done =
                changed.Outcome is ChangeOutcome.Unknown || changed.State == OutboxState.Cancelled;
            return changed.Outcome == ChangeOutcome.Done && changed.State != OutboxState.Cancelled
                ? changed with
                {
                    Outcome = ChangeOutcome.Late,
                }
                : changed;
        }
        finally
        {
            if (!done)
                lock (_turn)
                    _withdrawn?.Remove(id);
            // It may have been passed over meanwhile.
            if (!done)
                sender()?.Look();
        }
    }

    /// <summary>Gives a Scheduled message another time.</summary>
    public async Task<Changed> PutOffAsync(string id, DateTimeOffset due, CancellationToken ct)
    {
        if (await StateOfAsync(id, ct) is not { } before)
            return new(ChangeOutcome.None);
        if (before != OutboxState.Scheduled)
            return new(ChangeOutcome.Late, before);
        var changed = await ChangeAsync([new(id, OutboxState.Scheduled, due)], id);
        if (changed.Outcome != ChangeOutcome.Done)
            return changed;
        context.Due.At(session, due);
        return changed.State == OutboxState.Scheduled
            ? changed
            : changed with
            {
                Outcome = ChangeOutcome.Late,
            };
    }

    /// <summary>Queues the messages whose time has come.</summary>
    /// <returns>When to come again; null: nothing is scheduled any more.</returns>
    public async Task<DateTimeOffset?> QueueDueAsync()
    {
        var now = context.Time.GetUtcNow();
        var ids = await context.ReadAsync(
            c => context.Stored.FindDueAsync(session, now, MaxDue, c),
            context.Ended
        );
        if (ids.Count > 0)
        {
            var outcome = await context.Commits.CommitAsync(
                tenant,
                new SessionWrite(session, epoch)
                {
                    Changes = [.. ids.Select(id => new OutboxChange(id, OutboxState.Queued))],
                },
                committed: () => sender()?.Look()
            );
            if (outcome is not (CommitOutcome.Committed or CommitOutcome.Unknown))
                return null;
            if (outcome == CommitOutcome.Unknown || ids.Count == MaxDue)
                return now;
        }
        var next = await context.ReadAsync(
            c => context.Stored.FirstDueAsync([session], c),
            context.Ended
        );
        return next is [var first] ? first.Due : null;
    }

    private async Task<Changed> ChangeAsync(IReadOnlyList<OutboxChange> changes, string id)
    {
        var outcome = await context.Commits.CommitAsync(
            tenant,
            new SessionWrite(session, epoch) { Changes = changes }
        );
        if (outcome == CommitOutcome.Unknown)
            return new(ChangeOutcome.Unknown);
        if (outcome != CommitOutcome.Committed)
            return new(ChangeOutcome.Elsewhere);
        // Whether it was so far still: the statement does not tell.
        var found = await context.ReadAsync(
            c => context.Stored.FindOutboxAsync(session, id, c),
            context.Ended
        );
        if (found?.Row is { State: OutboxState.Cancelled } row)
            Settled(new(1, row.Body.Length + (row.Extra?.Length ?? 0)));
        return new(ChangeOutcome.Done, found?.Row.State);
    }

    private async Task<OutboxState?> StateOfAsync(string id, CancellationToken ct) =>
        (await context.Stored.FindOutboxAsync(session, id, ct))?.Row.State;

    private void Withdraw(string id)
    {
        lock (_turn)
        {
            // A connection that still has such an old one at hand, read before it was taken back, is none that works.
            if (_withdrawn is { Count: >= MaxWithdrawn })
                _withdrawn.Clear();
            var withdrawn = _withdrawn ?? new(StringComparer.Ordinal);
            withdrawn.Add(id);
            Volatile.Write(ref _withdrawn, withdrawn);
        }
    }
}
