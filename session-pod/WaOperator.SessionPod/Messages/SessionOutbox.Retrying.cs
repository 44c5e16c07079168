using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Limits;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <content>Messages that were given up are queued again.</content>
internal sealed partial class SessionOutbox
{
    /// <summary>Settled messages that one call looks at: of what is older than that, the next one.</summary>
    internal const int MostLooked = 20_000;

    /// <summary>Messages that are read and queued at once.</summary>
    internal const int RetryStep = 100;

    private Task _retrying = Task.CompletedTask;

    /// <summary>Queues messages again that were given up, in the order in which they were queued before. One call after the other.</summary>
    /// <param name="which">Which ones.</param>
    /// <param name="shares">How much may wait.</param>
    /// <param name="admit">Asked for each: whether the tenant may send it.</param>
    /// <param name="ct">Ends it between two steps.</param>
    public Task<Retrial> RetryAsync(
        DeadLetters which,
        QueueShares shares,
        Func<OutboundMessage, Task<Admission>> admit,
        CancellationToken ct
    )
    {
        lock (_turn)
        {
            var own = RetryAfterAsync(_retrying, which, shares, admit, ct);
            _retrying = own;
            return own;
        }
    }

    private async Task<Retrial> RetryAfterAsync(
        Task former,
        DeadLetters which,
        QueueShares shares,
        Func<OutboundMessage, Task<Admission>> admit,
        CancellationToken ct
    )
    {
        await Task.Yield();
        await former.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        var found = which.Ids is { } named
            ? new(named, null)
            : await context.Stored.FindFailedAsync(
                session,
                which.From ?? DateTimeOffset.UnixEpoch,
                which.To ?? DateTimeOffset.MaxValue,
                MostLooked,
                ct
            );
        var choice = new RetryChoice(which, shares, admit);
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        foreach (var ids in found.Ids.Chunk(RetryStep))
        {
            ct.ThrowIfCancellationRequested();
            var step = await ChooseAsync(choice, ciphers, ids, ct);
            if (step.Count > 0)
            {
                var outcome = await QueueAgainAsync(step);
                if (outcome != ChangeOutcome.Done)
                    return choice.Result(outcome, next: null);
                choice.Queued(step.Count);
            }
            if (choice.Ended)
                return choice.Result(ChangeOutcome.Done, next: null);
        }
        return choice.Result(ChangeOutcome.Done, found.Next);
    }

    private async Task<List<(string Id, Backlog Size)>> ChooseAsync(
        RetryChoice choice,
        AtRestCiphers ciphers,
        string[] ids,
        CancellationToken ct
    )
    {
        var step = new List<(string, Backlog)>();
        foreach (var row in await context.Stored.ReadFailedAsync(session, ids, ct))
        {
            var size = new Backlog(1, row.Row.Body.Length + (row.Row.Extra?.Length ?? 0));
            if (
                await choice.TakesAsync(
                    await context.OpenAsync(ciphers, session, row.Row, ct),
                    context.Time.GetUtcNow(),
                    await WaitingAsync(),
                    _ofTenant.Waiting
                )
            )
            {
                Count(size);
                step.Add((row.Row.Id, size));
            }
            if (choice.Ended)
                break;
        }
        return step;
    }

    private async Task<ChangeOutcome> QueueAgainAsync(List<(string Id, Backlog Size)> step)
    {
        var outcome = await context.Commits.CommitAsync(
            tenant,
            new SessionWrite(session, epoch)
            {
                Changes =
                [
                    .. step.Select(s => new OutboxChange(s.Id, OutboxState.Queued)
                    {
                        Again = true,
                    }),
                ],
            },
            committed: () => sender()?.Look()
        );
        if (outcome == CommitOutcome.Committed)
            return ChangeOutcome.Done;
        foreach (var (_, size) in step)
            Count(default(Backlog).Minus(size));
        if (outcome != CommitOutcome.Unknown)
            return ChangeOutcome.Elsewhere;
        sender()?.Look();
        return ChangeOutcome.Unknown;
    }
}
