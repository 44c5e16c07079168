using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>
/// A broadcast that runs: how far it is, and its next recipients. A recipient's message is queued in the commit that marks the recipient,
/// under an id that is made of both: neither a crash nor another owner queues it twice or leaves it out.
/// </summary>
internal sealed partial class Feeding : IDisposable
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
        _due = Next();
    }

    /// <summary>The broadcast as it was read.</summary>
    public StoredBroadcast Broadcast { get; }

    /// <summary>Whether it has come further since that was told.</summary>
    public bool HasNews { get; set; }

    /// <summary>Reads how far it is.</summary>
    /// <param name="context">What all broadcasts share.</param>
    /// <param name="session">The session.</param>
    /// <param name="owned">The session and the writer's epoch.</param>
    /// <param name="broadcast">The broadcast.</param>
    /// <param name="before">What ran before it was changed: the pause that it was in is not begun once more.</param>
    /// <param name="ct">Cancels; also what is done later.</param>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public static async Task<Feeding> LoadAsync(
        BroadcastContext context,
        IServedSession session,
        OwnedSession owned,
        StoredBroadcast broadcast,
        Feeding? before,
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
        if (before?.Broadcast.Row.Id == id && before._due < feeding._due)
            feeding._due = before._due;
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
        // Of one that was resumed only what came after that: else it would stop again for what is mended.
        var failed = counts[RecipientState.Failed];
        var settled =
            failed
            + counts[RecipientState.Sent]
            + counts[RecipientState.Delivered]
            + counts[RecipientState.Read];
        feeding._failed = Math.Max(failed - broadcast.FailedBefore, 0);
        feeding._settled = Math.Max(settled - broadcast.SettledBefore, feeding._failed);
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

    private FeedView View(bool othersWait)
    {
        var now = _context.Time.GetUtcNow();
        _due = _content.Pacing.PutOff(_due, now, _started, Random.Shared.NextDouble());
        return new()
        {
            Now = now,
            Due = _due > _notBefore ? _due : _notBefore,
            Session = _session.State,
            HasNext = _next.Count > 0,
            InFlight = _inFlight.Count,
            OthersWait = othersWait,
            Settled = _settled,
            Failed = _failed,
        };
    }

    private DateTimeOffset Next() =>
        _content.Pacing.After(_context.Time.GetUtcNow(), _started, Random.Shared.NextDouble());

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
}
