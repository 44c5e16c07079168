using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks;

/// <content>A post, and who may make it.</content>
internal sealed partial class WebhookWorker
{
    // Events of several posts, of which some were taken.
    private const int MaxParts = 1_024;

    private readonly Dictionary<(long Session, long Seq), int> _parts = [];

    /// <summary>Posts an event and settles what comes of it.</summary>
    /// <returns>Whether those behind it may be posted.</returns>
    private async Task<bool> PostAsync(
        Run run,
        Entry entry,
        CancellationToken ct,
        bool parked = false
    )
    {
        PostVerdict? verdict = null;
        var round = 0;
        if (run.Stopped || !await IsPacedAsync(run, ct))
            return false;
        await _slots.EnterAsync(ct);
        try
        {
            await _context.Gate.WaitUntilOpenAsync(ct);
            if (MayPost(run, out round) is not { } session)
                return false;
            var attempt =
                1 + (parked ? entry.Attempts : TriesOf(run.Work.Session.SessionId, entry.Seq));
            var posts = await PostsOfAsync(session, entry, ct);
            for (var i = PartsOf(run, entry); i < posts.Count; i++)
            {
                if (
                    verdict is not null
                    && (!await IsPacedAsync(run, ct) || MayPost(run, out round) is null)
                )
                    return false;
                verdict = await SendAsync(session, entry, posts[i], attempt, ct);
                if (verdict.Outcome != PostOutcome.Delivered)
                    break;
                PartTaken(run, entry, i + 1, posts.Count);
            }
        }
        finally
        {
            _slots.Leave();
        }
        if (verdict is not null)
            return await SettleAsync(run, entry, verdict, round, parked, ct);
        if (parked)
            await UnparkAsync(run.Work, entry, ct);
        else
            Done(run.Work, entry.From, entry.Seq, posted: false);
        return true;
    }

    /// <summary>Makes one post, and notes what came of it.</summary>
    private async Task<PostVerdict> SendAsync(
        Assignment session,
        Entry entry,
        WebhookPost post,
        int attempt,
        CancellationToken ct
    )
    {
        var began = _context.Time.GetTimestamp();
        var (verdict, status) = await _context.Poster.SendAsync(
            _settings,
            _secrets!,
            post,
            attempt,
            keep: 0,
            _line,
            ct
        );
        Attempts.Add(
            new()
            {
                At = _context.Time.GetUtcNow(),
                Id = post.Id,
                Type = entry.Type,
                Session = $"{session.Namespace}/{session.Name}",
                Attempt = attempt,
                Outcome = AttemptLog.NameOf(verdict.Outcome),
                Status = status,
                Milliseconds = (long)_context.Time.GetElapsedTime(began).TotalMilliseconds,
                Error = verdict.Error.Length > 0 ? verdict.Error : null,
                Replay = post.IsReplay,
            },
            verdict.Outcome
        );
        return verdict;
    }

    /// <summary>The posts of an event: one, but for the Cloud API's format, which has several for some and none for others.</summary>
    private async Task<IReadOnlyList<WebhookPost>> PostsOfAsync(
        Assignment session,
        Entry entry,
        CancellationToken ct
    ) =>
        (_settings.Format, entry.Event) switch
        {
            (WebhookFormat.CloudApi, null) => [],
            (WebhookFormat.CloudApi, { } e) => CloudPosts.Of(
                session,
                entry.Seq,
                entry.At,
                e,
                await _context.Polls.FindAsync(session, e, ct)
            ),
            (var format, { } e) =>
            [
                WebhookEnvelope.Of(
                    session,
                    entry.Seq,
                    entry.At,
                    entry.Type,
                    e,
                    format,
                    format == WebhookFormat.Thin
                        ? null
                        : await _context.Polls.ChosenAsync(session, e, ct)
                ),
            ],
            (var format, null) =>
            [
                WebhookEnvelope.OfGap(session, entry.From, entry.Seq, entry.At, format),
            ],
        };

    /// <summary>How many posts of an event were taken: the next try continues behind them.</summary>
    private int PartsOf(Run run, Entry entry)
    {
        lock (_turn)
            return _parts.GetValueOrDefault((run.Work.Session.SessionId, entry.Seq));
    }

    private void PartTaken(Run run, Entry entry, int taken, int all)
    {
        var key = (run.Work.Session.SessionId, entry.Seq);
        lock (_turn)
            if (taken == all)
                _parts.Remove(key);
            else
            {
                if (_parts.Count >= MaxParts)
                    _parts.Clear();
                _parts[key] = taken;
            }
    }

    private int TriesOf(long session, long seq)
    {
        lock (_turn)
            return _blame.TriesOf(session, seq);
    }

    /// <summary>Waits until the next post is in time. What waits when the worker ends is the next one's to post.</summary>
    /// <param name="run">What posts.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="yields">It waits no longer than until something else is to be posted.</param>
    private async ValueTask<bool> IsPacedAsync(Run run, CancellationToken ct, bool yields = false)
    {
        if (await _pace.EnterAsync(() => IsOver(run) || yields && Yields(run), ct))
            return true;
        run.Stop();
        return false;
    }

    private bool IsOver(Run run)
    {
        lock (_turn)
            return run.Stopped || Stopped || _ending || _breaker.IsOpen && !run.IsProbe;
    }

    private Assignment? MayPost(Run run, out int round)
    {
        // Its labels may have changed since.
        var session =
            _context.Serving(run.Work.Session) is { } served && Wants(served) ? served : null;
        lock (_turn)
        {
            round = _breaker.Round;
            if (session is null)
                Drop(run.Work);
            if (session is null || run.Stopped || Stopped || _breaker.IsOpen && !run.IsProbe)
            {
                run.Stop();
                return null;
            }
        }
        return session;
    }

    private void Done(SessionWork work, long from, long to, bool posted)
    {
        lock (_turn)
            if (work.Done(from, to, posted) is { } moved)
                _context.Cursors.Note(_row.Id, work.Session, moved.Cursor, lazily: !moved.Posted);
    }
}
