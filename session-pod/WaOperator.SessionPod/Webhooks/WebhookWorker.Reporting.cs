using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <content>What is told of it to the operator.</content>
internal sealed partial class WebhookWorker
{
    /// <summary>How often a report is written for the time of the last success alone, at most.</summary>
    public static readonly TimeSpan SuccessEvery = TimeSpan.FromMinutes(1);

    private const int PruneSessions = 100;
    private static readonly TimeSpan StaleFor = TimeSpan.FromHours(2);

    private WebhookWorker? _former;
    private readonly string? _fault;
    private DateTimeOffset? _lastSuccessAt;
    private string? _lastError;
    private DateTimeOffset? _lastErrorAt;
    private (long Parked, long Dead) _parked;
    private volatile bool _countParked = true;

    /// <summary>No more of what is refused can be parked.</summary>
    private bool IsFull => _parked.Parked >= WebhookContext.MaxKept;

    private WebhookReport? _reported;
    private bool _loaded;

    /// <summary>Continues where the last worker was, of this process or of the one before.</summary>
    private async Task LoadReportAsync(CancellationToken ct)
    {
        if (_loaded)
            return;
        var before =
            _former?._loaded == true
                ? _former.Now()
                : await _context.Register.ReadReportAsync(_row.Id, _context.Shard, ct);
        lock (_turn)
        {
            // A report counts while its lease epoch does: in a new one it is written once more.
            _reported = _former?._reported;
            _parked = _former?._parked ?? default;
            _lastSuccessAt = before?.LastSuccessAt;
            (_lastError, _lastErrorAt) = (before?.LastError, before?.LastErrorAt);
            // One that was disabled or paused, or has another endpoint, begins with a clean slate.
            var continues =
                _row.DisabledAt is null
                && !_settings.Paused
                && (
                    _former is null
                    || _former._settings is { Paused: false } former
                        && former.Url == _settings.Url
                        && _former._row.DisabledAt is null
                );
            var failing = continues ? before?.FailingSince : null;
            _breaker = new(
                _context.Random,
                _fault is null ? failing : failing ?? _context.Time.GetUtcNow()
            );
            if (_fault is not null && _fault != _lastError)
                (_lastError, _lastErrorAt) = (_fault, _context.Time.GetUtcNow());
            _loaded = true;
            _former = null;
        }
    }

    /// <summary>Counts what there is to report.</summary>
    /// <param name="sessions">The tenant's sessions that are run here.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>Null: it is no news. Else it is to be written, and then told to <see cref="Reported"/>.</returns>
    public async Task<WebhookReport?> CountAsync(
        Func<IEnumerable<OwnedSession>> sessions,
        CancellationToken ct
    )
    {
        if (!_loaded)
            return null;
        Sweep();
        if (_countParked)
        {
            _countParked = false;
            try
            {
                var counted = await _context.Journals.CountParkedAsync(
                    _row.Id,
                    [.. sessions().Select(s => s.SessionId)],
                    ct
                );
                lock (_turn)
                    _parked = counted;
            }
            catch
            {
                _countParked = true;
                throw;
            }
        }
        if (_parked.Dead > WebhookContext.MaxKept)
            await TrimAsync([.. sessions()], ct);
        await ReadHeadsAsync(ct);
        var now = Now();
        Oldest = now.OldestAt;
        return IsNews(_reported, now) ? now : null;
    }

    /// <summary>When the oldest event that is known to wait was committed, as of the last count; null: none waits.</summary>
    public DateTimeOffset? Oldest { get; private set; }

    /// <summary>A report is written.</summary>
    public void Reported(WebhookReport report) => _reported = report;

    /// <summary>Whether a report is worth a write.</summary>
    internal static bool IsNews(WebhookReport? before, WebhookReport now) =>
        before is null
        || before with { LastSuccessAt = now.LastSuccessAt } != now
        || before.LastSuccessAt is null && now.LastSuccessAt is not null
        || now.LastSuccessAt - before.LastSuccessAt >= SuccessEvery;

    /// <summary>Removes dead events that are too old.</summary>
    /// <param name="sessions">The tenant's sessions that are run here.</param>
    /// <param name="ct">Cancels.</param>
    public async Task PruneAsync(IEnumerable<OwnedSession> sessions, CancellationToken ct)
    {
        if (_parked.Dead == 0)
            return;
        var before = _context.Time.GetUtcNow() - TimeSpan.FromDays(_settings.DeadLetterDays);
        var mine = sessions.ToDictionary(s => s.SessionId);
        foreach (
            var chunk in (
                await _context.Journals.FindDeadAsync(_row.Id, mine.Keys, before, ct)
            ).Chunk(PruneSessions)
        )
        {
            await _context.Gate.WaitUntilOpenAsync(ct);
            await _context.Writes.PruneAsync(_row.Id, [.. chunk.Select(s => mine[s])], before, ct);
            _countParked = true;
        }
    }

    /// <summary>Removes the oldest dead events where there are too many.</summary>
    private async Task TrimAsync(IReadOnlyCollection<OwnedSession> sessions, CancellationToken ct)
    {
        await _context.Gate.WaitUntilOpenAsync(ct);
        await _context.Writes.TrimAsync(_row.Id, sessions, WebhookContext.MaxKept, ct);
        _countParked = true;
    }

    /// <summary>
    /// Finds out since when events wait that are not read, since nothing is posted: they are pruned in the end as others are, which is to be
    /// seen before.
    /// </summary>
    private async Task ReadHeadsAsync(CancellationToken ct)
    {
        (long SessionId, long Cursor)[] unread;
        var now = _context.Time.GetUtcNow();
        // What was the first is pruned by then, and another one is.
        var stale = now - _context.Kept - StaleFor;
        lock (_turn)
        {
            if (!Stopped && !_breaker.IsOpen)
                return;
            unread =
            [
                .. _works
                    .Values.Where(w =>
                        w.Behind > 0 && (w.HeadAt ?? DateTimeOffset.MinValue) < stale
                    )
                    .Take(WebhookJournals.MaxSessions)
                    .Select(w => (w.Session.SessionId, w.Cursor!.Value)),
            ];
        }
        if (unread.Length == 0)
            return;
        var heads = await _context.Journals.ReadHeadsAsync(unread, ct);
        lock (_turn)
            foreach (var (session, cursor, at) in heads)
                if (_works.GetValueOrDefault(session) is { } work && work.Cursor == cursor)
                    work.HeadAt = at ?? now - _context.Kept;
    }

    private WebhookReport Now()
    {
        lock (_turn)
        {
            long backlog = 0;
            DateTimeOffset? oldest = null;
            foreach (var work in _works.Values)
            {
                backlog += work.Behind;
                if (work.Behind > 0 && (oldest is null || work.HeadAt < oldest))
                    oldest = work.HeadAt;
            }
            return new()
            {
                Backlog = backlog,
                OldestAt = oldest,
                Parked = _parked.Parked,
                Dead = _parked.Dead,
                FailingSince = Micro(_breaker.FailingSince),
                LastSuccessAt = Micro(_lastSuccessAt),
                LastError = _lastError,
                LastErrorAt = Micro(_lastErrorAt),
            };
        }
    }

    /// <summary>Forgets sessions that have nothing to do, and those that are no longer run here.</summary>
    private void Sweep()
    {
        var now = _context.Time.GetUtcNow();
        lock (_turn)
            foreach (var work in _works.Values)
                if (work.IsIdle(now) || !work.Busy && _context.Serving(work.Session) is null)
                {
                    work.Dropped = true;
                    _countParked |= work.ParkedDue is not null;
                    _works.Remove(work.Session.SessionId);
                }
    }

    private async Task DisableAsync(CancellationToken ct)
    {
        if (_disableReason is not { } reason || _disabled)
            return;
        await _context.Gate.WaitUntilOpenAsync(ct);
        var horizon = TimeSpan.FromHours(_settings.HorizonHours);
        var isOver = await _context.Register.DisableAsync(
            _row.Id,
            _row.Generation,
            reason,
            _failsTooLong ? _context.Time.GetUtcNow() - horizon : null,
            ct
        );
        if (isOver)
            Log.Disabled(_context.Logger, Label, reason);
        lock (_turn)
        {
            // It takes what others post: then it is this pod that does not get through.
            if (!isOver && _failsTooLong)
            {
                (_disableReason, _failsTooLong) = (null, false);
                _breaker.CountFrom(_context.Time.GetUtcNow());
                return;
            }
            _disabled = true;
            if (_breaker.IsOpen)
                _context.Metrics.WebhookBreaker(-1);
            _breaker = new(_context.Random);
        }
    }

    private bool _disabled;
    private bool _failsTooLong;

    // As PostgreSQL keeps it.
    private static DateTimeOffset? Micro(DateTimeOffset? at) =>
        at is { } time ? time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond)) : null;
}
