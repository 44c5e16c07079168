using Npgsql;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Sessions;

/// <content>What is told to the session's tenant, in the transaction that makes it true.</content>
internal sealed partial class SessionJournal
{
    /// <summary>Something beside its state stands in the session's journal when this returns.</summary>
    /// <exception cref="NotStoredException">It does not: the epoch is over.</exception>
    /// <exception cref="InvalidDataException">It does not: the tenant's key does not open.</exception>
    public Task TellAsync(HostEvent happened) =>
        InTurnAsync(async () =>
        {
            var nothing = new SessionWrite(_state.SessionId, _state.Epoch);
            var (outcome, told) = await TellAsync(nothing, [happened], again: true);
            if (outcome != CommitOutcome.Committed)
                throw new NotStoredException(outcome);
            if (!told)
                throw new InvalidDataException("the tenant's key does not open");
        });

    /// <summary>Commits a write together with what it means to the tenant.</summary>
    /// <param name="write">The write.</param>
    /// <param name="news">What is told.</param>
    /// <param name="again">
    /// Whether it is committed again for as long as its outcome is unknown: a report says the same however often its owner writes it.
    /// </param>
    /// <returns>What became of the write, and whether its news was in it.</returns>
    private async Task<(CommitOutcome Outcome, bool Told)> TellAsync(
        SessionWrite write,
        IReadOnlyList<HostEvent> news,
        bool again
    )
    {
        try
        {
            if (news.Count == 0)
                return (await CommitAsync(write, again, told: []), true);
            using var cipher = await CipherAsync();
            if (cipher is null)
                return (await CommitAsync(Untold(write), again, told: []), false);
            // Until the outcome is known: what is numbered behind a write that is lost would leave a gap.
            await Numbers.EnterAsync(lane: null);
            try
            {
                var (rows, told) = Number(cipher, news);
                var outcome = await CommitAsync(write with { Events = rows }, again, told);
                if (outcome == CommitOutcome.Committed)
                    Numbers.Queued(Task.FromResult(outcome));
                return (outcome, true);
            }
            finally
            {
                Numbers.Leave();
            }
        }
        catch (OperationCanceledException) when (_context.Messages.Ended.IsCancellationRequested)
        {
            Volatile.Write(ref _lost, true);
            return (CommitOutcome.Dropped, false);
        }
    }

    /// <summary>What was told last stays: the same news is told with a later write.</summary>
    private SessionWrite Untold(SessionWrite write) =>
        write with
        {
            State = write.State is { } state ? Untold(state) : null,
        };

    private SessionState Untold(SessionState state) => state with { Told = _state.Told };

    private async Task<CommitOutcome> CommitAsync(
        SessionWrite write,
        bool again,
        IReadOnlyList<JournalEvent> told
    )
    {
        var tried = false;
        while (true)
            try
            {
                var outcome = await CommitAsync(write, () => Publish(told));
                if (outcome != CommitOutcome.Unknown || !again)
                    return outcome;
                tried = true;
            }
            catch (PostgresException e)
                when (tried && told.Count > 0 && e.SqlState == PostgresErrorCodes.UniqueViolation)
            {
                // Its owner alone numbers a journal's entries, so the one that stands there is of the try before, which became durable.
                (write, tried) = (new(write.SessionId, write.Epoch), false);
            }
    }

    private (IReadOnlyList<EventRow> Rows, IReadOnlyList<JournalEvent> Told) Number(
        AtRestCipher cipher,
        IReadOnlyList<HostEvent> news
    )
    {
        var told = news.Select(e => new JournalEvent(Numbers.Next(), e)).ToArray();
        var session = _state.SessionId;
        return (
            [
                .. told.Select(t =>
                    EventRows.Seal(_context.Keyring, session, cipher, t.Seq, t.Event)
                ),
            ],
            told
        );
    }

    /// <summary>Null: the tenant's key does not open. The state is reported all the same, which says so.</summary>
    private async Task<AtRestCipher?> CipherAsync()
    {
        try
        {
            return await _context.Messages.ReadAsync(
                async ct =>
                    await _context.Keyring.CipherAsync(
                        _tenant,
                        _state.SessionId,
                        version: null,
                        ct
                    ),
                _context.Messages.Ended
            );
        }
        catch (InvalidDataException e)
        {
            Log.NotTold(_context.Logger, Name, e.Message);
            return null;
        }
    }

    private void Publish(IReadOnlyList<JournalEvent> told)
    {
        foreach (var entry in told)
            _context.Messages.Events.Publish(_state.SessionId, entry);
    }
}
