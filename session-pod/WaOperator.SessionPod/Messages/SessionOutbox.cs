using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Limits;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>What became of a message that someone wants to be sent.</summary>
internal enum AcceptOutcome
{
    /// <summary>It is in the queue, durably; or it was accepted before.</summary>
    Accepted,

    /// <summary>Another message has that id.</summary>
    Conflict,

    /// <summary>Too many wait already.</summary>
    Full,

    /// <summary>The tenant may not send it, or not now.</summary>
    Refused,

    /// <summary>Someone else owns the session by now.</summary>
    Elsewhere,

    /// <summary>PostgreSQL went away meanwhile: it may be in the queue or not. Asking again with the same id shows which.</summary>
    Unknown,
}

/// <summary>The answer to a message that is to be sent.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="State">How far it has come, if it was accepted.</param>
/// <param name="Refusal">Why it was refused, if it was.</param>
/// <param name="Before">It had been accepted before.</param>
internal readonly record struct Acceptance(
    AcceptOutcome Outcome,
    OutboxState State = OutboxState.Queued,
    SendRefusal? Refusal = null,
    bool Before = false
);

/// <summary>
/// Takes messages into a session's queue, whether it is connected or not. Made with the first one; sessions that send nothing have
/// none.
/// </summary>
/// <param name="context">What all sessions share.</param>
/// <param name="tenant">The tenant's key in the database.</param>
/// <param name="session">The session's key in the database.</param>
/// <param name="epoch">The epoch under which it writes.</param>
/// <param name="sender">What sends now; null without a connection.</param>
internal sealed partial class SessionOutbox(
    MessageContext context,
    long tenant,
    long session,
    long epoch,
    Func<OutboxSender?> sender
)
{
    /// <summary>How long a message may take to be encrypted before it is queued: what has to be asked of the server takes its time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly Lock _turn = new();
    private readonly Dictionary<string, Task<Acceptance>> _accepting = new(StringComparer.Ordinal);
    private readonly BacklogTally _ofTenant = context.Backlogs.Of(tenant);
    private Task? _counted;
    private Backlog _waiting;
    private bool _closed;

    /// <summary>Takes a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="known">Whether its id may have been used before.</param>
    /// <param name="shares">How much may wait.</param>
    /// <param name="admit">Asked for a message that was not accepted before: why the tenant may not send it, or null.</param>
    /// <param name="due">When it is to be queued; null: now.</param>
    /// <param name="ct">Ends the wait, not the taking.</param>
    public Task<Acceptance> AcceptAsync(
        OutgoingMessage message,
        bool known,
        QueueShares shares,
        Func<Task<SendRefusal?>> admit,
        DateTimeOffset? due,
        CancellationToken ct
    )
    {
        lock (_turn)
        {
            // The one before decides first; this one is then compared with it.
            var own = _accepting.TryGetValue(message.Id, out var former)
                ? AfterAsync(former, message, shares, admit, due)
                : TakeAsync(message, known, shares, admit, due);
            _accepting[message.Id] = own;
            _ = ForgetAsync(message.Id, own);
            return own.WaitAsync(ct);
        }
    }

    /// <summary>Messages were acked or given up.</summary>
    public void Settled(Backlog done) => Count(default(Backlog).Minus(done));

    /// <summary>The session is no longer run here: what waits of it counts for its tenant elsewhere.</summary>
    public void Close()
    {
        lock (_turn)
        {
            if (!_closed)
                _ofTenant.Add(default(Backlog).Minus(_waiting));
            _closed = true;
        }
    }

    /// <summary>The last one of an id alone: those before it have one that waits for them.</summary>
    private async Task ForgetAsync(string id, Task<Acceptance> own)
    {
        await ((Task)own).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_turn)
            if (_accepting.GetValueOrDefault(id) == own)
                _accepting.Remove(id);
    }

    private async Task<Acceptance> AfterAsync(
        Task<Acceptance> former,
        OutgoingMessage message,
        QueueShares shares,
        Func<Task<SendRefusal?>> admit,
        DateTimeOffset? due
    )
    {
        await ((Task)former).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await TakeAsync(message, known: true, shares, admit, due);
    }

    private async Task<Acceptance> TakeAsync(
        OutgoingMessage message,
        bool known,
        QueueShares shares,
        Func<Task<SendRefusal?>> admit,
        DateTimeOffset? due
    )
    {
        // Not under the caller's lock.
        await Task.Yield();
        if (known && await FindAsync(message) is { } before)
        {
            // An earlier try may have become durable after it was given up: nothing else has told the connection of it.
            if (before.State == OutboxState.Queued)
                sender()?.Look();
            return before;
        }
        if (await RefuseAsync(message, shares, admit) is { } refused)
            return refused;
        if (due is { } at)
            return await WriteAsync(message, tried: false, at);
        Task? sending = null;
        var tried = sender()?.TrySend(message, out sending) == true;
        return tried && await IsDurableAsync(sending!)
            ? new(AcceptOutcome.Accepted)
            : await WriteAsync(message, tried);
    }

    /// <returns>Why it is not taken; null: it is counted, and to be queued.</returns>
    private async Task<Acceptance?> RefuseAsync(
        OutgoingMessage message,
        QueueShares shares,
        Func<Task<SendRefusal?>> admit
    )
    {
        if (!shares.Session.HasRoom(await WaitingAsync()))
            return new(AcceptOutcome.Full);
        if (!shares.Tenant.HasRoom(_ofTenant.Waiting))
            return new(AcceptOutcome.Refused, Refusal: SendRefusal.QueueFull(shares.Tenant));
        // Last of all, since it counts: neither a replay nor what is refused for another reason costs the tenant anything.
        if (await admit() is { } refusal)
            return new(AcceptOutcome.Refused, Refusal: refusal);
        Count(OutboxCodec.SizeOf(message.As(OutboundState.Queued)));
        return null;
    }

    private async Task<bool> IsDurableAsync(Task sending)
    {
        await sending
            .WaitAsync(Patience, context.Time)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return sending.IsCompletedSuccessfully;
    }

    /// <param name="message">What to queue.</param>
    /// <param name="tried">A connection has it or had it: in the database it may be further by now, and stays so.</param>
    /// <param name="due">When it is to be queued; null: now.</param>
    /// <param name="marks">What is said of recipients of broadcasts with it.</param>
    private async Task<Acceptance> WriteAsync(
        OutgoingMessage message,
        bool tried,
        DateTimeOffset? due = null,
        IReadOnlyList<RecipientMark>? marks = null
    )
    {
        OutboxRow row;
        using (var cipher = await context.Keyring.CipherAsync(tenant, session, null, context.Ended))
            row = OutboxCodec.Seal(cipher, message.As(OutboundState.Queued), due);
        var outcome = await context.Commits.CommitAsync(
            tenant,
            new SessionWrite(session, epoch) { Outbox = [row], Marks = marks ?? [] },
            committed: () =>
            {
                if (due is { } at)
                    context.Due.At(session, at);
                else if (tried)
                    sender()?.Look();
                else
                    sender()?.Offer(message);
            }
        );
        if (outcome == CommitOutcome.Committed)
            return new(AcceptOutcome.Accepted, row.State);
        Count(default(Backlog).Minus(OutboxCodec.SizeOf(message.As(OutboundState.Queued))));
        if (outcome == CommitOutcome.Unknown)
            sender()?.Look();
        return new(
            outcome == CommitOutcome.Unknown ? AcceptOutcome.Unknown : AcceptOutcome.Elsewhere
        );
    }

    private async Task<Acceptance?> FindAsync(OutgoingMessage message)
    {
        var found = await context.ReadAsync(
            c => context.Stored.FindOutboxAsync(session, message.Id, c),
            context.Ended
        );
        if (found is null)
            return null;
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        var stored = await OutboxCodec.OpenAsync(ciphers, found.Row, context.Ended);
        return IsSame(stored, message)
            ? new(AcceptOutcome.Accepted, found.Row.State, Before: true)
            : new(AcceptOutcome.Conflict);
    }

    /// <summary>Whether a message is the one that was asked for before: by what asked for it where that is known, else by what it says.</summary>
    private static bool IsSame(OutboundMessage stored, OutgoingMessage message) =>
        stored.Chat == message.Chat
        && (stored.Audience ?? []).SequenceEqual(message.Audience ?? [], StringComparer.Ordinal)
        && (Particulars.Read(stored.Note), Particulars.Read(message.Note)) switch
        {
            ({ } one, { } other) => one.Fingerprint.AsSpan().SequenceEqual(other.Fingerprint),
            (null, null) => stored.Content.AsSpan().SequenceEqual(message.Content),
            _ => false,
        };

    /// <summary>What waits now: read once, and counted on from there.</summary>
    private async Task<Backlog> WaitingAsync()
    {
        Task reading;
        lock (_turn)
        {
            if (_counted is null or { IsFaulted: true } or { IsCanceled: true })
                _counted = CountAsync();
            reading = _counted;
        }
        await reading;
        lock (_turn)
            return _waiting;
    }

    private async Task CountAsync() =>
        Count(
            await context.ReadAsync(
                c => context.Stored.CountBacklogAsync(session, c),
                context.Ended
            )
        );

    private void Count(Backlog more)
    {
        lock (_turn)
        {
            if (_closed)
                return;
            _waiting = _waiting.Plus(more);
            _ofTenant.Add(more);
        }
    }
}
