using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <content>
/// Replays: what was posted of a span of time, once more. One event of a session after the other, of several sessions at once, and only while
/// nothing else of the webhook waits.
/// </content>
internal sealed partial class WebhookWorker
{
    private const int ReplayRows = 16;
    private const int ReplayBytes = 256 * 1024;

    private readonly Queue<ReplayPart> _replays = [];
    private readonly Dictionary<long, ReplayPart> _replayed = [];
    private readonly HashSet<Task> _replaying = [];

    /// <summary>What of a replay is to be posted of a session.</summary>
    private sealed class ReplayPart(OwnedSession session, WebhookReplay row)
    {
        public OwnedSession Session => session;

        public WebhookReplay Row { get; set; } = row;

        /// <summary>It is done, cancelled, or another pod's.</summary>
        public bool Over { get; set; }
    }

    private enum ReplayStep
    {
        /// <summary>The webhook does not ask for it.</summary>
        PassedOver,
        Posted,
        Refused,

        /// <summary>It is to be tried again.</summary>
        Stopped,
    }

    /// <summary>Replays are read only where there ever was one.</summary>
    private async Task<IReadOnlyList<WebhookReplay>> ReadReplaysAsync(
        IReadOnlyCollection<long> sessions,
        CancellationToken ct
    ) => _row.Replays == 0 ? [] : await _context.Replays.ReadAsync(_row.Id, sessions, ct);

    private void Take(OwnedSession session, WebhookReplay row)
    {
        if (
            _replayed.TryGetValue(session.SessionId, out var known)
            && known.Session.Epoch >= session.Epoch
        )
            return;
        var part = new ReplayPart(session, row);
        _replayed[session.SessionId] = part;
        _replays.Enqueue(part);
    }

    /// <summary>Begins a page of each of the next parts, as many as may post at once.</summary>
    private void StartReplays(bool isProbe, CancellationToken ct)
    {
        // What is new goes first.
        if (_runs.Count > 0)
            return;
        var most = isProbe ? 1 : _settings.MaxInFlight;
        while (_replaying.Count < most && _replays.Count > 0)
        {
            // The first one is always read, as of what is posted for the first time.
            var bytes = _replaying.Count > 0 ? ReplayBytes : 0;
            if (bytes > 0 && !_bytes.TryTake(bytes))
                return;
            if (NextReplay() is { } part)
                Follow(
                    _replaying,
                    Task.Run(() => ReplayAsync(part, isProbe, bytes, ct), CancellationToken.None)
                );
            else
                _bytes.Give(bytes);
        }
    }

    private ReplayPart? NextReplay()
    {
        while (_replays.TryDequeue(out var part))
            if (_replayed.GetValueOrDefault(part.Session.SessionId) == part)
                return part;
        return null;
    }

    private async Task ReplayAsync(ReplayPart part, bool isProbe, long bytes, CancellationToken ct)
    {
        var run = new Run(new(part.Session), isProbe) { Bytes = bytes };
        try
        {
            await GuardAsync(run.Work, () => ReplayPageAsync(run, part, ct), ct);
        }
        finally
        {
            _bytes.Give(run.Bytes);
            lock (_turn)
                if (!part.Over)
                    _replays.Enqueue(part);
                else if (_replayed.GetValueOrDefault(part.Session.SessionId) == part)
                    _replayed.Remove(part.Session.SessionId);
        }
    }

    private async Task ReplayPageAsync(Run run, ReplayPart part, CancellationToken ct)
    {
        await _context.Gate.WaitUntilOpenAsync(ct);
        if (_context.Serving(part.Session) is not { } session || !Wants(session))
        {
            // Once it is run here again, or asked for, it is looked at.
            part.Over = true;
            return;
        }
        var row = part.Row;
        var page = await _context.Replays.ReadPageAsync(_row.Id, row, ReplayRows, ReplayBytes, ct);
        GiveUnused(run, page);
        using var ciphers = new AtRestCiphers(_context.Keyring, session.TenantId, session.Id);
        foreach (var stored in page)
        {
            if (Yields(run))
                break;
            var step = await ReplayAsync(run, ciphers, stored, row.Failed, ct);
            if (step == ReplayStep.Stopped)
                break;
            row = row with
            {
                Seq = stored.Row.Seq,
                Posted = row.Posted + (step == ReplayStep.Posted ? 1 : 0),
                Refused = row.Refused + (step == ReplayStep.Refused ? 1 : 0),
            };
            if (run.IsProbe && step != ReplayStep.PassedOver)
                break;
        }
        var isDone = page.Count == 0;
        if (!isDone && row == part.Row)
            return;
        await _context.Gate.WaitUntilOpenAsync(ct);
        part.Over =
            !await _context.Replays.AdvanceAsync(_row.Id, part.Session, row, isDone, ct) || isDone;
        part.Row = row;
    }

    /// <summary>Whether something else is to be posted first.</summary>
    private bool Yields(Run run)
    {
        lock (_turn)
            return run.Stopped || Stopped || _ending || _ready.Count > 0 || _runs.Count > 0;
    }

    private async Task<ReplayStep> ReplayAsync(
        Run run,
        AtRestCiphers ciphers,
        WebhookEntry stored,
        bool isDead,
        CancellationToken ct
    )
    {
        if (await ReadAsync(ciphers, stored, ct) is not { } entry)
            return ReplayStep.PassedOver;
        var tries = TriesOf(run.Work.Session.SessionId, entry.Seq);
        PostVerdict? answer = null;
        var round = 0;
        if (!await IsPacedAsync(run, ct, yields: true))
            return ReplayStep.Stopped;
        await _slots.EnterAsync(ct);
        try
        {
            await _context.Gate.WaitUntilOpenAsync(ct);
            if (Yields(run) || MayPost(run, out round) is not { } session)
                return ReplayStep.Stopped;
            foreach (var post in await PostsOfAsync(session, entry, ct))
            {
                if (
                    answer is not null
                    && (!await IsPacedAsync(run, ct) || MayPost(run, out round) is null)
                )
                    return ReplayStep.Stopped;
                answer = await SendAsync(
                    session,
                    entry,
                    post with
                    {
                        IsReplay = true,
                    },
                    tries + 1,
                    ct
                );
                if (answer.Outcome != PostOutcome.Delivered)
                    break;
            }
        }
        finally
        {
            _slots.Leave();
        }
        if (answer is null)
            return ReplayStep.PassedOver;
        // That old events are refused, one after the other, says nothing of an endpoint that takes the new ones.
        var refused = answer.Outcome == PostOutcome.MessageFailure;
        var verdict = Judge(run, entry, answer, round, parked: refused);
        _context.Metrics.WebhookDelivery(verdict.Outcome);
        switch (verdict.Outcome)
        {
            case PostOutcome.Delivered:
                if (isDead)
                    await UnparkAsync(run.Work, entry, ct);
                return ReplayStep.Posted;
            case PostOutcome.MessageFailure:
            // Nothing else may ever show whether the event is at fault or its endpoint: it was posted once, so it is passed over.
            case PostOutcome.EndpointFailure when answer.Blames && tries + 1 >= Blame.MaxFailures:
                return ReplayStep.Refused;
            default:
                run.Stop();
                return ReplayStep.Stopped;
        }
    }
}
