using Npgsql;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks;

/// <content>A page of a session: what is read, posted and settled of it.</content>
internal sealed partial class WebhookWorker
{
    private static readonly TimeSpan PutOffFor = TimeSpan.FromMinutes(1);
    private const int PageRows = 64;
    private const int PageBytes = 1024 * 1024;

    // Events of several posts, of which some were taken.
    private const int MaxParts = 1_024;

    private readonly Dictionary<(long Session, long Seq), int> _parts = [];
    private bool _parkedTurn;

    // The lane of a session's events that are of no chat, and of all its events where they keep the session's order.
    private const long SessionLane = long.MinValue;

    /// <summary>One turn of a session.</summary>
    private sealed class Run(SessionWork work, bool isProbe)
    {
        private volatile bool _stopped;

        public SessionWork Work => work;

        /// <summary>It posts one event, to see whether the endpoint takes it.</summary>
        public bool IsProbe => isProbe;

        /// <summary>What it has of the pod's share.</summary>
        public long Bytes { get; set; }

        /// <summary>Nothing more is posted in it.</summary>
        public bool Stopped => _stopped;

        public void Stop() => _stopped = true;
    }

    /// <summary>An event that is to be posted.</summary>
    private sealed record Entry(
        long From,
        long Seq,
        DateTimeOffset At,
        long? Lane,
        string Type,
        SessionEvent? Event,
        int Attempts = 0
    );

    private async Task RunAsync(Run run, CancellationToken ct)
    {
        var work = run.Work;
        try
        {
            await _context.Gate.WaitUntilOpenAsync(ct);
            if (_context.Serving(work.Session) is not { } session)
            {
                Drop(work);
                return;
            }
            lock (_turn)
                work.Settle(_context.Time.GetUtcNow());
            using var ciphers = new AtRestCiphers(_context.Keyring, session.TenantId, session.Id);
            var parkedFirst = IsParkedFirst(run);
            if (parkedFirst)
                await PostParkedAsync(run, ciphers, ct);
            if (!run.Stopped)
                await PostPageAsync(run, ciphers, ct);
            if (!parkedFirst && !run.Stopped && work.ParkedDue <= _context.Time.GetUtcNow())
                await PostParkedAsync(run, ciphers, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The next owner posts the rest.
        }
        catch (PostgresException e) when (e.SqlState == SqlStates.Fenced)
        {
            _context.Fenced[work.Session.SessionId] = work.Session.Epoch;
            Drop(work);
        }
        catch (Exception e)
            when (DatabaseFailure.IsAway(e)
                && !(e is PostgresException answer && DatabaseFailure.IsOfData(answer))
            )
        {
            Log.Away(_context.Logger, Label, e.Message);
            NotBefore(AwayPause);
        }
        catch (Exception e)
        {
            Log.Broke(_context.Logger, Label, e);
            NotBefore(BrokenPause);
        }
        finally
        {
            _bytes.Give(run.Bytes);
            lock (_turn)
            {
                work.Busy = false;
                work.TouchedAt = _context.Time.GetUtcNow();
                work.Settle(_context.Time.GetUtcNow());
                if (work.Cursor >= work.Last)
                    work.HeadAt = null;
                Enqueue(work);
                Later(work);
            }
        }
    }

    /// <summary>
    /// Once no more can be parked, what is goes first, since a refused event behind it ends the turn; of probes every other one, since a
    /// parked event may be refused for ever.
    /// </summary>
    private bool IsParkedFirst(Run run)
    {
        lock (_turn)
            return IsFull
                && run.Work.ParkedDue <= _context.Time.GetUtcNow()
                && (!run.IsProbe || (_parkedTurn = !_parkedTurn));
    }

    private void NotBefore(TimeSpan pause)
    {
        lock (_turn)
            _notBefore = _context.Time.GetUtcNow() + pause;
    }

    private async Task PostPageAsync(Run run, AtRestCiphers ciphers, CancellationToken ct)
    {
        var work = run.Work;
        var position = work.Position;
        if (position >= work.Last)
            return;
        var page = await _context.Journals.ReadPageAsync(
            work.Session.SessionId,
            position,
            PageRows,
            PageBytes,
            ct
        );
        GiveBack(run, page);
        if (page.Count == 0 || page[0].Row.Seq > position + 1)
        {
            if (!await PostGapAsync(run, position, page, ct))
                return;
            if (page.Count == 0)
                return;
        }
        var lanes = await SortAsync(work, ciphers, page, ct);
        if (run.IsProbe)
        {
            if (Probe(work, lanes) is { } one)
            {
                // It may be at fault itself: where there are others, the next one is tried.
                if (
                    !await PostAsync(run, one, ct)
                    && (lanes.Count > 1 || work.Last > page[^1].Row.Seq)
                )
                    PutOff(work, one);
                run.Stop();
            }
            else
            {
                lock (_turn)
                    work.LookedAt(page[^1].Row.Seq);
            }
            return;
        }
        await Task.WhenAll(lanes.Select(lane => PostLaneAsync(run, lane, ct)));
        if (!run.Stopped)
            lock (_turn)
                work.LookedAt(page[^1].Row.Seq);
    }

    /// <summary>A page is read: most have far fewer bytes than one may have.</summary>
    private void GiveBack(Run run, IReadOnlyList<WebhookEntry> page)
    {
        var unused = run.Bytes - page.Sum(e => (long)e.Row.Ciphertext.Length);
        if (unused > 0)
        {
            _bytes.Give(unused);
            run.Bytes -= unused;
        }
        if (page.Count > 0)
            lock (_turn)
                run.Work.HeadAt = page[0].At;
    }

    /// <returns>Whether what comes behind may be posted.</returns>
    private async Task<bool> PostGapAsync(
        Run run,
        long position,
        IReadOnlyList<WebhookEntry> page,
        CancellationToken ct
    )
    {
        var work = run.Work;
        // What is not shown since another shard owns the session by now was not pruned.
        var to = await _context.Stored.PrunedAsync(work.Session.SessionId, ct);
        if (page.Count > 0)
            to = Math.Min(to, page[0].Row.Seq - 1);
        if (to <= position)
        {
            if (page.Count == 0)
                lock (_turn)
                    work.LookedAt(work.Last);
            return page.Count > 0;
        }
        var gap = new Entry(
            position + 1,
            to,
            _context.Time.GetUtcNow(),
            null,
            EventNames.Gap,
            null
        );
        if (!await PostAsync(run, gap, ct))
            return false;
        if (run.IsProbe)
            run.Stop();
        return !run.Stopped;
    }

    /// <summary>What of a page is to be posted now, in lanes; the rest is passed over, or held.</summary>
    private async Task<IReadOnlyList<List<Entry>>> SortAsync(
        SessionWork work,
        AtRestCiphers ciphers,
        IReadOnlyList<WebhookEntry> page,
        CancellationToken ct
    )
    {
        var lanes = new Dictionary<long, List<Entry>>();
        var inOrder = new List<List<Entry>>();
        foreach (var stored in page)
        {
            var seq = stored.Row.Seq;
            if (work.IsDone(seq))
                continue;
            var entry = await ReadAsync(ciphers, stored, ct);
            if (entry is null)
            {
                Done(work, seq, seq, posted: false);
                continue;
            }
            if (work.IsHeld(entry.Lane ?? seq))
                continue;
            var key = entry.Lane ?? seq;
            if (!lanes.TryGetValue(key, out var lane))
                inOrder.Add(lanes[key] = lane = []);
            lane.Add(entry);
        }
        return inOrder;
    }

    private async ValueTask<Entry?> ReadAsync(
        AtRestCiphers ciphers,
        WebhookEntry stored,
        CancellationToken ct
    )
    {
        if (!EventNames.MayBe(stored.Row.Type, _events))
            return null;
        var read = await JournalReader.OpenAsync(ciphers, stored.Row, ct);
        return
            EventNames.Of(read.Event) is { } type
            && EventNames.IsAskedFor(type, _events)
            && (_settings.Format != WebhookFormat.CloudApi || CloudPosts.Tells(read.Event))
            ? new(
                read.Seq,
                read.Seq,
                stored.At,
                LaneOf(stored.Row.Chat, read.Seq),
                type,
                read.Event,
                stored.Attempts
            )
            : null;
    }

    private long? LaneOf(long? chat, long seq) =>
        _settings.Ordering switch
        {
            WebhookOrdering.Chat => chat ?? SessionLane,
            WebhookOrdering.Session => SessionLane,
            _ => null,
        };

    private void PutOff(SessionWork work, Entry entry)
    {
        lock (_turn)
        {
            var lane = entry.Lane ?? entry.Seq;
            if (!work.IsHeld(lane) && !work.IsDone(entry.Seq))
                work.Hold(lane, _context.Time.GetUtcNow() + PutOffFor, entry.Seq);
        }
    }

    /// <summary>Another one than that which failed last, where there is one: that may be at fault itself.</summary>
    private Entry? Probe(SessionWork work, IReadOnlyList<List<Entry>> lanes)
    {
        lock (_turn)
            foreach (var lane in lanes)
                if (_lastFailed != (work.Session.SessionId, lane[0].Seq))
                    return lane[0];
        return lanes.Count > 0 ? lanes[0][0] : null;
    }

    private async Task PostLaneAsync(Run run, List<Entry> lane, CancellationToken ct)
    {
        foreach (var entry in lane)
            if (!await PostAsync(run, entry, ct))
                return;
    }

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
        if (run.Stopped)
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
                if (verdict is not null && MayPost(run, out round) is null)
                    return false;
                verdict = await _context.Poster.PostAsync(
                    _settings,
                    _secrets!,
                    posts[i],
                    attempt,
                    ct
                );
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
                WebhookEnvelope.Of(session, entry.Seq, entry.At, entry.Type, e, format),
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

    private Assignment? MayPost(Run run, out int round)
    {
        var session = _context.Serving(run.Work.Session);
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

    private async Task<bool> SettleAsync(
        Run run,
        Entry entry,
        PostVerdict answer,
        int round,
        bool parked,
        CancellationToken ct
    )
    {
        var work = run.Work;
        var verdict = Judge(run, entry, answer, round, parked);
        _context.Metrics.WebhookDelivery(verdict.Outcome);
        switch (verdict.Outcome)
        {
            case PostOutcome.Delivered:
                _context.Metrics.WebhookLag(_context.Time.GetUtcNow() - entry.At);
                if (parked)
                    await UnparkAsync(work, entry, ct);
                else
                    Done(work, entry.From, entry.Seq, posted: true);
                return true;
            case PostOutcome.MessageFailure when parked:
                await ParkAgainAsync(work, entry, verdict.Error, ct);
                return true;
            case PostOutcome.MessageFailure when entry.Event is null:
                // A gap stands in no journal to be parked.
                Done(work, entry.From, entry.Seq, posted: true);
                return true;
            case PostOutcome.MessageFailure:
                await ParkAsync(work, entry, verdict.Error, ct);
                lock (_turn)
                    return entry.Lane is not { } lane || !work.IsHeld(lane);
            default:
                run.Stop();
                return false;
        }
    }

    private PostVerdict Judge(Run run, Entry entry, PostVerdict answer, int round, bool parked)
    {
        lock (_turn)
        {
            var now = _context.Time.GetUtcNow();
            var verdict = _blame.Judge(
                run.Work.Session.SessionId,
                entry.Seq,
                answer,
                parked,
                run.IsProbe
            );
            if (
                verdict.Outcome == PostOutcome.MessageFailure
                && !parked
                && entry.Event is not null
                && IsFull
            )
                verdict = verdict with
                {
                    Outcome = PostOutcome.EndpointFailure,
                    Error =
                        $"{verdict.Error}: and {_context.MaxKept} refused events wait for another try already",
                };
            var wasOpen = _breaker.IsOpen;
            switch (verdict.Outcome)
            {
                case PostOutcome.Delivered:
                    _lastSuccessAt = now;
                    _breaker.Succeeded(round);
                    break;
                case PostOutcome.MessageFailure:
                    // It answers, and takes others.
                    _breaker.Succeeded(round);
                    Failed(verdict.Error, now);
                    break;
                case PostOutcome.EndpointFailure:
                    _breaker.Failed(round, now, verdict.RetryAfter);
                    _lastFailed = (run.Work.Session.SessionId, entry.Seq);
                    Failed(verdict.Error, now);
                    if (
                        _disableReason is null
                        && now - _breaker.FailingSince >= TimeSpan.FromHours(_settings.HorizonHours)
                    )
                        (_disableReason, _failsTooLong) = (
                            $"its endpoint has failed for {_settings.HorizonHours} h; last: {verdict.Error}",
                            true
                        );
                    break;
                case PostOutcome.Gone:
                    Failed(verdict.Error, now);
                    (_disableReason, _failsTooLong) = (
                        $"its endpoint says that it is gone ({verdict.Error})",
                        false
                    );
                    break;
            }
            Opened(wasOpen, verdict.Error);
            _changed.TrySetResult();
            return verdict;
        }
    }

    private void Opened(bool wasOpen, string error)
    {
        if (wasOpen == _breaker.IsOpen)
            return;
        _context.Metrics.WebhookBreaker(wasOpen ? -1 : 1);
        if (wasOpen)
            Log.Back(_context.Logger, Label);
        else
            Log.Failing(_context.Logger, Label, error);
    }

    private void Failed(string error, DateTimeOffset now) =>
        (_lastError, _lastErrorAt) = (error, now);

    private void Done(SessionWork work, long from, long to, bool posted)
    {
        lock (_turn)
            if (work.Done(from, to, posted) is { } moved)
                _context.Cursors.Note(_row.Id, work.Session, moved.Cursor, lazily: !moved.Posted);
    }

    private async Task ParkAsync(SessionWork work, Entry entry, string error, CancellationToken ct)
    {
        await _context.Gate.WaitUntilOpenAsync(ct);
        var now = _context.Time.GetUtcNow();
        var due = ParkedTimes.Next(1, now)!.Value;
        await _context.Writes.ParkAsync(_row.Id, work.Session, entry.Seq, error, now, due, ct);
        lock (_turn)
        {
            if (entry.Lane is { } lane && _settings.BlockSeconds > 0)
                work.Hold(lane, now + TimeSpan.FromSeconds(_settings.BlockSeconds), entry.Seq);
            if (work.ParkedDue is null || due < work.ParkedDue)
                work.ParkedDue = due;
            _countParked = true;
        }
        Done(work, entry.Seq, entry.Seq, posted: true);
    }

    private async Task PostParkedAsync(Run run, AtRestCiphers ciphers, CancellationToken ct)
    {
        var work = run.Work;
        var rows = await _context.Journals.ReadDueAsync(
            _row.Id,
            work.Session.SessionId,
            _context.Time.GetUtcNow(),
            PageRows,
            ct
        );
        foreach (var stored in rows)
        {
            // What it asks for may have changed since; what was parked is posted still.
            var read = await JournalReader.OpenAsync(ciphers, stored.Row, ct);
            var seq = read.Seq;
            var entry = new Entry(
                seq,
                seq,
                stored.At,
                LaneOf(stored.Row.Chat, seq),
                EventNames.Of(read.Event) ?? EventNames.Unreadable,
                read.Event,
                stored.Attempts
            );
            if (!await PostAsync(run, entry, ct, parked: true))
                break;
            if (!run.IsProbe)
                continue;
            run.Stop();
            break;
        }
        var next = await _context.Journals.ReadNextDueAsync(_row.Id, work.Session.SessionId, ct);
        lock (_turn)
            work.ParkedDue = next;
    }

    private async Task UnparkAsync(SessionWork work, Entry entry, CancellationToken ct)
    {
        await _context.Gate.WaitUntilOpenAsync(ct);
        await _context.Writes.RemoveParkedAsync(_row.Id, work.Session, entry.Seq, ct);
        lock (_turn)
        {
            if (entry.Lane is { } lane)
                work.Release(lane, entry.Seq);
            _countParked = true;
        }
    }

    private async Task ParkAgainAsync(
        SessionWork work,
        Entry entry,
        string error,
        CancellationToken ct
    )
    {
        await _context.Gate.WaitUntilOpenAsync(ct);
        var (now, attempts) = (_context.Time.GetUtcNow(), entry.Attempts + 1);
        if (ParkedTimes.Next(attempts, now) is { } due)
        {
            await _context.Writes.RetryAsync(
                _row.Id,
                work.Session,
                entry.Seq,
                attempts,
                error,
                due,
                ct
            );
            return;
        }
        await _context.Writes.DeadAsync(_row.Id, work.Session, entry.Seq, attempts, error, now, ct);
        _countParked = true;
    }
}
