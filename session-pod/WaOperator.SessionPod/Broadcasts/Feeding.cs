using WaOperator.SessionPod.Api.Messages;
using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Limits;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>What became of a recipient whose turn it was.</summary>
internal enum Fed
{
    /// <summary>It is done with, or has to wait: the next step shows.</summary>
    Done,

    /// <summary>PostgreSQL went away meanwhile: what is stored shows whether its message is queued.</summary>
    Unknown,

    /// <summary>Another pod owns the session.</summary>
    Lost,
}

/// <summary>
/// A broadcast that runs: how far it is, and its next recipients. A recipient's message is queued in the commit that marks the recipient,
/// under an id that is made of both: neither a crash nor another owner queues it twice or leaves it out.
/// </summary>
internal sealed class Feeding : IDisposable
{
    private const int Page = 50;

    private readonly BroadcastContext _context;
    private readonly IServedSession _session;
    private readonly OwnedSession _owned;
    private readonly BroadcastContent _content;
    private readonly AtRestCiphers _ciphers;
    private readonly CancellationToken _ct;
    private readonly Queue<StoredRecipient> _next = [];
    private readonly HashSet<string> _inFlight = new(StringComparer.Ordinal);
    private readonly List<RecipientMark> _marks = [];
    private readonly DateTimeOffset _started;
    private DateTimeOffset _due;
    private DateTimeOffset _notBefore;
    private long _settled;
    private long _failed;
    private string? _stop;

    private Feeding(
        BroadcastContext context,
        IServedSession session,
        OwnedSession owned,
        StoredBroadcast broadcast,
        BroadcastContent content,
        AtRestCiphers ciphers,
        CancellationToken ct
    )
    {
        (_context, _session, _owned, _ciphers, _ct) = (context, session, owned, ciphers, ct);
        (Broadcast, _content) = (broadcast, content);
        _started = broadcast.StartedAt ?? broadcast.ChangedAt;
        Pace();
    }

    /// <summary>The broadcast as it was read.</summary>
    public StoredBroadcast Broadcast { get; }

    /// <summary>Whether it has come further since that was told.</summary>
    public bool HasNews { get; set; }

    /// <summary>Reads how far it is.</summary>
    public static async Task<Feeding> LoadAsync(
        BroadcastContext context,
        IServedSession session,
        OwnedSession owned,
        StoredBroadcast broadcast,
        CancellationToken ct
    )
    {
        var id = broadcast.Row.Id;
        var ciphers = new AtRestCiphers(
            context.Messages.Keyring,
            session.Wanted.TenantId,
            session.Id
        );
        var content = await BroadcastCodec.OpenAsync(ciphers, broadcast.Row, ct);
        var feeding = new Feeding(context, session, owned, broadcast, content, ciphers, ct);
        var counts = await context.Stored.CountAsync(session.Id, id, ct);
        var queued = await context.Stored.ReadOpenAsync(
            session.Id,
            id,
            RecipientState.Queued,
            BroadcastWrites.MaxRecipients,
            ct
        );
        foreach (var recipient in queued)
            feeding._inFlight.Add(recipient.Row.Message);
        var view = await context.Stored.ViewOutboxAsync(session.Id, feeding._inFlight, ct);
        // Counted in the database already.
        feeding.Settle(view, count: false);
        feeding._failed = counts[RecipientState.Failed];
        feeding._settled =
            feeding._failed
            + counts[RecipientState.Sent]
            + counts[RecipientState.Delivered]
            + counts[RecipientState.Read];
        return feeding;
    }

    /// <summary>What is to be done next.</summary>
    public async Task<FeedStep> NextAsync()
    {
        if (_stop is { } reason)
            return new FeedStep.Stop(reason);
        if (_next.Count == 0)
            foreach (
                var recipient in await _context.Stored.ReadOpenAsync(
                    _session.Id,
                    Broadcast.Row.Id,
                    RecipientState.Pending,
                    Page,
                    _ct
                )
            )
                _next.Enqueue(recipient);
        var step = FeedStep.Next(View(othersWait: false), _content.StopOn);
        // What would be done is asked about; so a broadcast that waits for its hour asks nothing.
        if (step is not FeedStep.Feed && _inFlight.Count == 0)
            return step;
        var outbox = await _context.Stored.ViewOutboxAsync(_session.Id, _inFlight, _ct);
        Settle(outbox, count: true);
        return FeedStep.Next(View(outbox.OthersWait), _content.StopOn);
    }

    /// <summary>Queues the message to the next recipient.</summary>
    public async Task<Fed> FeedAsync()
    {
        var stored = _next.Peek();
        var message = stored.Row.Message;
        if (await OpenAsync(stored.Row) is not { } recipient)
            return await SkipAsync(message, StopReasons.Unreadable);
        if (await ComposeAsync(recipient, message) is not { } outgoing)
        {
            _stop = StopReasons.MessageInvalid;
            return Fed.Done;
        }
        var answer = await _session.Outbox.AcceptMarkedAsync(
            outgoing,
            [.. _marks, new(message, RecipientState.Queued)],
            _context.Queue,
            async () =>
                (
                    await _context.Policy.AdmitAsync(
                        _session.Wanted.TenantId,
                        _session.Id,
                        outgoing.To
                    )
                ).Refusal
        );
        switch (answer.Outcome)
        {
            case AcceptOutcome.Accepted:
                _marks.Clear();
                _next.Dequeue();
                _inFlight.Add(message);
                HasNews = true;
                Pace();
                return Fed.Done;
            case AcceptOutcome.Full:
                return Hold(FeedStep.Long);
            case AcceptOutcome.Refused when answer.Refusal!.RetryAfter is { } wait:
                return Hold(wait);
            case AcceptOutcome.Refused:
                return await SkipAsync(message, StopReasons.NotAllowed);
            // An id that no one else can know: the message is of an earlier content.
            case AcceptOutcome.Conflict:
                return await SkipAsync(message, StopReasons.Unreadable);
            case AcceptOutcome.Unknown:
                return Fed.Unknown;
            default:
                return Fed.Lost;
        }
    }

    /// <summary>Stores how its messages were settled, as far as that is not stored yet.</summary>
    public async Task<Fed> FlushAsync()
    {
        if (_marks.Count == 0)
            return Fed.Done;
        var outcome = await _context.Messages.Commits.CommitAsync(
            _session.Wanted.TenantId,
            new SessionWrite(_owned.SessionId, _owned.Epoch) { Marks = [.. _marks] }
        );
        if (outcome == CommitOutcome.Committed)
            _marks.Clear();
        return outcome switch
        {
            CommitOutcome.Committed => Fed.Done,
            CommitOutcome.Unknown => Fed.Unknown,
            _ => Fed.Lost,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _ciphers.Dispose();

    private FeedView View(bool othersWait) =>
        new()
        {
            Now = _context.Time.GetUtcNow(),
            Due = _due > _notBefore ? _due : _notBefore,
            Session = _session.State,
            HasNext = _next.Count > 0,
            InFlight = _inFlight.Count,
            OthersWait = othersWait,
            Settled = _settled,
            Failed = _failed,
        };

    private void Pace() =>
        _due = _content.Pacing.After(
            _context.Time.GetUtcNow(),
            _started,
            Random.Shared.NextDouble()
        );

    private Fed Hold(TimeSpan wait)
    {
        _notBefore = _context.Time.GetUtcNow() + wait;
        return Fed.Done;
    }

    private void Settle(OutboxView outbox, bool count)
    {
        foreach (var message in _inFlight.ToArray())
        {
            // One that is not there was settled so long ago that it was pruned, and its recipient says how.
            var state = outbox.Mine.TryGetValue(message, out var found)
                ? found
                : (OutboxState?)null;
            if (state < OutboxState.Acked)
                continue;
            _inFlight.Remove(message);
            HasNews = true;
            if (state is null)
                continue;
            _marks.Add(
                state switch
                {
                    OutboxState.Acked => new(message, RecipientState.Sent),
                    OutboxState.Cancelled => new(
                        message,
                        RecipientState.Skipped,
                        StopReasons.TakenBack
                    ),
                    _ => new(message, RecipientState.Failed),
                }
            );
            if (!count || state == OutboxState.Cancelled)
                continue;
            _settled++;
            if (state is OutboxState.Failed or OutboxState.Expired)
                _failed++;
        }
    }

    private async Task<Fed> SkipAsync(string message, string reason)
    {
        HasNews = true;
        _marks.Add(new(message, RecipientState.Skipped, reason));
        _next.Dequeue();
        return await FlushAsync();
    }

    private async Task<Recipient?> OpenAsync(RecipientRow row)
    {
        try
        {
            return await BroadcastCodec.OpenAsync(_ciphers, row, _ct);
        }
        catch (InvalidDataException)
        {
            _context.Messages.Unreadable.Found(_session.Id, BroadcastCodec.RecipientKind);
            return null;
        }
    }

    /// <returns>Null: it cannot be made any more.</returns>
    private async Task<OutgoingMessage?> ComposeAsync(Recipient recipient, string id)
    {
        var request = BroadcastMessage.To(_content.Message, recipient, id);
        if (!Outgoing.TryRead(request, out var draft, out _))
            return null;
        var (found, unknown) = await _context.References.LookUpAsync(_session, draft, _ct);
        if (unknown is not null)
            return null;
        try
        {
            return Composer.Compose(draft, found!);
        }
        catch (BodyFaultException)
        {
            return null;
        }
    }
}
