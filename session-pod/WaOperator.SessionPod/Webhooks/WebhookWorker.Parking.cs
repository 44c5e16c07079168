using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;

namespace WaOperator.SessionPod.Webhooks;

/// <content>Events that are refused: parked, tried again, dead.</content>
internal sealed partial class WebhookWorker
{
    private bool _parkedTurn;

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

    private async Task ParkAsync(SessionWork work, Entry entry, string error, CancellationToken ct)
    {
        await _context.Gate.WaitUntilOpenAsync(ct);
        var now = _context.Time.GetUtcNow();
        var due = ParkedTimes.Next(1, now)!.Value;
        await _context.Writes.ParkAsync(
            _row.Id,
            work.Session,
            entry.Seq,
            entry.Chat,
            error,
            now,
            due,
            ct
        );
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
            var entry = EntryOf(
                stored,
                read.Seq,
                EventNames.Of(read.Event) ?? EventNames.Unreadable,
                read.Event
            );
            entry = (await PlaceAsync(run, [entry], ct))[0];
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
        _context.Metrics.WebhookDead();
        _countParked = true;
    }
}
