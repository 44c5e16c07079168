using Npgsql;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Webhooks;

/// <content>A page of a session: what of it is read, and in which lanes it is posted.</content>
internal sealed partial class WebhookWorker
{
    private static readonly TimeSpan PutOffFor = TimeSpan.FromMinutes(1);
    private const int PageRows = 64;
    private const int PageBytes = 1024 * 1024;

    // The lane of a session's events that are of no chat, and of all its events where they keep the session's order.
    private const long SessionLane = long.MinValue;

    /// <summary>One turn of a session.</summary>
    private sealed class Run(SessionWork work, bool isProbe)
    {
        private volatile bool _stopped;

        public SessionWork Work => work;

        /// <summary>It posts one event, to see whether the endpoint takes it.</summary>
        public bool IsProbe => isProbe;

        /// <summary>The tenant's key in the database.</summary>
        public long Tenant { get; set; }

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
        long? Chat,
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
            await GuardAsync(work, () => PostAsync(run, ct), ct);
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

    private async Task PostAsync(Run run, CancellationToken ct)
    {
        var work = run.Work;
        await _context.Gate.WaitUntilOpenAsync(ct);
        if (_context.Serving(work.Session) is not { } session)
        {
            Drop(work);
            return;
        }
        lock (_turn)
            work.Settle(_context.Time.GetUtcNow());
        run.Tenant = session.TenantId;
        using var ciphers = new AtRestCiphers(_context.Keyring, session.TenantId, session.Id);
        var parkedFirst = IsParkedFirst(run);
        if (parkedFirst)
            await PostParkedAsync(run, ciphers, ct);
        if (!run.Stopped)
            await PostPageAsync(run, ciphers, ct);
        if (!parkedFirst && !run.Stopped && work.ParkedDue <= _context.Time.GetUtcNow())
            await PostParkedAsync(run, ciphers, ct);
    }

    /// <summary>Does something for a session. What fails is told, and nothing more is begun for a while.</summary>
    private async Task GuardAsync(SessionWork work, Func<Task> act, CancellationToken ct)
    {
        try
        {
            await act();
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
        var lanes = await SortAsync(run, ciphers, page, ct);
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
        GiveUnused(run, page);
        if (page.Count > 0)
            lock (_turn)
                run.Work.HeadAt = page[0].At;
    }

    private void GiveUnused(Run run, IReadOnlyList<WebhookEntry> page)
    {
        var unused = run.Bytes - page.Sum(e => (long)e.Row.Ciphertext.Length);
        if (unused > 0)
        {
            _bytes.Give(unused);
            run.Bytes -= unused;
        }
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
        Run run,
        AtRestCiphers ciphers,
        IReadOnlyList<WebhookEntry> page,
        CancellationToken ct
    )
    {
        var work = run.Work;
        var read = new List<Entry>(page.Count);
        foreach (var stored in page)
        {
            var seq = stored.Row.Seq;
            if (work.IsDone(seq))
                continue;
            if (await ReadAsync(ciphers, stored, ct) is { } entry)
                read.Add(entry);
            else
                Done(work, seq, seq, posted: false);
        }
        var lanes = new Dictionary<long, List<Entry>>();
        var inOrder = new List<List<Entry>>();
        foreach (var entry in await PlaceAsync(run, read, ct))
        {
            var key = entry.Lane ?? entry.Seq;
            if (work.IsHeld(key))
                continue;
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
            ? EntryOf(stored, read.Seq, type, read.Event)
            : null;
    }

    private static Entry EntryOf(WebhookEntry stored, long seq, string type, SessionEvent e) =>
        new(seq, seq, stored.At, stored.Row.Chat, null, type, e, stored.Attempts);

    /// <summary>The entries with their chats, and the lanes that follow from these.</summary>
    private async ValueTask<IReadOnlyList<Entry>> PlaceAsync(
        Run run,
        IReadOnlyList<Entry> entries,
        CancellationToken ct
    )
    {
        if (_settings.Ordering != WebhookOrdering.Chat)
            return [.. entries.Select(entry => entry with { Lane = LaneOf(entry.Chat) })];
        var chats = await _context.Chats.FindAsync(
            run.Tenant,
            run.Work.Session.SessionId,
            [.. entries.Select(entry => (entry.Event!, entry.Chat))],
            ct
        );
        return
        [
            .. entries.Select(
                (entry, i) => entry with { Chat = chats[i], Lane = LaneOf(chats[i]) }
            ),
        ];
    }

    private long? LaneOf(long? chat) =>
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
}
