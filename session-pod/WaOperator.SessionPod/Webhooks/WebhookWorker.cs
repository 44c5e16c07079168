using System.Security.Cryptography;
using WaOperator.SessionPod.Webhooks.Cloud;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// Posts what one webhook asks for of the sessions that this pod runs. It knows of those alone that have news, or something parked; their
/// events it reads from the database, a page of some sessions at a time.
/// </summary>
internal sealed partial class WebhookWorker
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);
    private static readonly TimeSpan AwayPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan BrokenPause = TimeSpan.FromMinutes(1);
    private const int MaxParked = 256;

    private readonly WebhookContext _context;
    private readonly StoredWebhook _row;
    private readonly WebhookSettings _settings;
    private readonly WebhookSecrets? _secrets;
    private readonly HashSet<string>? _names;
    private readonly SessionSelector? _selector;
    private readonly IReadOnlyList<string>? _events;
    private readonly WebhookLine? _line;
    private readonly PostSlots _slots;
    private readonly PostPace _pace;
    private readonly PostShare _bytes;
    private readonly Blame _blame = new();

    private readonly Lock _turn = new();
    private readonly Dictionary<long, SessionWork> _works = [];
    private readonly Queue<SessionWork> _ready = [];
    private readonly PriorityQueue<SessionWork, DateTimeOffset> _later = new();
    private readonly HashSet<Task> _runs = [];
    private Dictionary<long, OwnedSession> _unread = [];
    private TaskCompletionSource _changed = New();
    private Breaker _breaker;
    private DateTimeOffset _notBefore;
    private (long Session, long Seq)? _lastFailed;
    private string? _disableReason;
    private bool _ending;
    private bool _stopped;
    private Task _running = Task.CompletedTask;

    /// <param name="context">What all share.</param>
    /// <param name="row">The webhook.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="secrets">Its secrets; null: it cannot be run.</param>
    /// <param name="fault">Why not.</param>
    /// <param name="line">Its own connections, which it ends; null: those of all.</param>
    /// <param name="former">The worker in whose place it comes.</param>
    public WebhookWorker(
        WebhookContext context,
        StoredWebhook row,
        WebhookSettings settings,
        WebhookSecrets? secrets,
        string? fault,
        WebhookLine? line,
        WebhookWorker? former
    )
    {
        _context = context;
        _row = row;
        _settings = settings;
        _secrets = secrets;
        _line = line;
        _isChallenged = secrets?.VerifyToken is null || row.ChallengedUrl == settings.Url;
        _selector = settings.Selector;
        _names = (_selector is null ? settings.Sessions : _selector.Names) is { } names
            ? [.. names]
            : null;
        _events =
            settings.Format == WebhookFormat.CloudApi
                ? CloudPosts.Types(settings.Events)
                : settings.Events;
        _bytes = new(context.Bytes, row.TenantId);
        _pace = new(
            settings.RatePerSecond,
            ct => context.Register.CountPodsAsync(row.Id, ct),
            context.Time
        );
        _slots = new(settings.MaxInFlight, new(context.Posts, row.TenantId));
        _breaker = new(context.Random);
        _former = former;
        _fault = fault;
        Attempts = former?.Attempts ?? new();
        Label = $"{row.Namespace}/{row.Name}";
    }

    /// <summary>The webhook.</summary>
    public StoredWebhook Row => _row;

    /// <summary>What it posted last, and its predecessors of the same pod.</summary>
    public AttemptLog Attempts { get; }

    /// <summary>Namespace and name, for logs.</summary>
    public string Label { get; }

    private bool Stopped =>
        _stopped
        || _settings.Paused
        || _row.DisabledAt is not null
        || _secrets is null
        || _disableReason is not null;

    /// <summary>Whether it asks for a session.</summary>
    public bool Wants(Assignment session) =>
        _names?.Contains(session.Name) != false && _selector?.Matches(session.Labels) != false;

    /// <summary>Begins, once its predecessor has ended.</summary>
    public void Start(CancellationToken ct)
    {
        _over = ct;
        _running = Task.Run(() => RunAsync(ct), CancellationToken.None);
    }

    /// <summary>Posts nothing more.</summary>
    public void Stop()
    {
        lock (_turn)
            _stopped = true;
    }

    /// <summary>Begins no more pages; complete when those that were begun have come to their end.</summary>
    public Task EndAsync()
    {
        lock (_turn)
        {
            _ending = true;
            _changed.TrySetResult();
        }
        return _running;
    }

    /// <summary>An entry of a session is durable.</summary>
    public void News(OwnedSession session, long seq)
    {
        lock (_turn)
        {
            var work = _works.GetValueOrDefault(session.SessionId);
            if (work is null || work.Session.Epoch != session.Epoch)
            {
                work = Begin(session);
                _unread[session.SessionId] = session;
            }
            if (seq <= work.Last)
                return;
            work.Last = seq;
            Enqueue(work);
            _changed.TrySetResult();
        }
    }

    /// <summary>Sessions are run here since, or asked for: they may have news.</summary>
    public void Look(IReadOnlyCollection<OwnedSession> sessions)
    {
        lock (_turn)
        {
            foreach (var session in sessions)
                _unread[session.SessionId] = session;
            if (_unread.Count > 0)
                _changed.TrySetResult();
        }
    }

    private async Task RunAsync(CancellationToken ct)
    {
        if (_former is { } before)
            await before._running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            while (true)
            {
                Task changed;
                lock (_turn)
                {
                    if (_ending)
                        break;
                    if (_changed.Task.IsCompleted)
                        _changed = New();
                    changed = _changed.Task;
                }
                await WaitAsync(changed, await TurnAsync(ct), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // What was posted and is not noted is posted again by the next owner.
        }
        finally
        {
            Task[] runs;
            lock (_turn)
            {
                _ending = true;
                runs = [.. _runs, _test, .. _replaying];
            }
            await Task.WhenAll(runs).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            lock (_turn)
                if (_breaker.IsOpen)
                    _context.Metrics.WebhookBreaker(-1);
            foreach (var secret in _secrets?.Signing ?? [])
                CryptographicOperations.ZeroMemory(secret);
            CryptographicOperations.ZeroMemory(_secrets?.Tls?.Key);
            _line?.Dispose();
        }
    }

    /// <returns>When the next one is due, whatever happens.</returns>
    private async Task<DateTimeOffset?> TurnAsync(CancellationToken ct)
    {
        try
        {
            await LoadReportAsync(ct);
            await ReadUnreadAsync(ct);
            await DisableAsync(ct);
            return await ChallengeAsync(ct) ?? Launch(ct);
        }
        catch (Exception e) when (DatabaseFailure.IsAway(e))
        {
            Log.Away(_context.Logger, Label, e.Message);
            return _context.Time.GetUtcNow() + AwayPause;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            Log.Broke(_context.Logger, Label, e);
            return _context.Time.GetUtcNow() + BrokenPause;
        }
    }

    private async Task WaitAsync(Task changed, DateTimeOffset? until, CancellationToken ct)
    {
        var wait = until - _context.Time.GetUtcNow() ?? Longest;
        if (wait > TimeSpan.Zero)
            await changed
                .WaitAsync(wait < Longest ? wait : Longest, _context.Time, ct)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
    }

    /// <summary>Finds out which of some sessions have something to post.</summary>
    private async Task ReadUnreadAsync(CancellationToken ct)
    {
        while (true)
        {
            OwnedSession[] batch;
            lock (_turn)
            {
                if (_ending || _unread.Count == 0)
                    return;
                batch = [.. _unread.Values.Take(WebhookJournals.MaxSessions)];
                foreach (var session in batch)
                    _unread.Remove(session.SessionId);
                if (_unread.Count == 0)
                    _unread = [];
            }
            try
            {
                await ReadAsync(batch, ct);
            }
            catch
            {
                lock (_turn)
                    foreach (var session in batch)
                        _unread.TryAdd(session.SessionId, session);
                throw;
            }
        }
    }

    private async Task ReadAsync(OwnedSession[] batch, CancellationToken ct)
    {
        var sessions = batch.ToDictionary(s => s.SessionId);
        var parked = (
            await _context.Journals.ReadParkedAsync(_row.Id, sessions.Keys, MaxParked, ct)
        ).ToLookup(p => p.SessionId);
        var due = new Dictionary<long, DateTimeOffset?>();
        foreach (var group in parked)
            due[group.Key] = await _context.Journals.ReadNextDueAsync(_row.Id, group.Key, ct);
        // Before they are read: what is written meanwhile is no longer known here then.
        var steps = sessions.Keys.ToDictionary(
            id => id,
            id => _context.Cursors.Latest(_row.Id, id)
        );
        var read = await _context.Journals.ReadProgressAsync(
            _row,
            _settings.StartFrom,
            sessions.Keys,
            ct
        );
        var replays = await ReadReplaysAsync(sessions.Keys, ct);
        lock (_turn)
        {
            foreach (var progress in read)
                Take(
                    sessions[progress.SessionId],
                    progress,
                    steps[progress.SessionId],
                    parked[progress.SessionId],
                    due.GetValueOrDefault(progress.SessionId)
                );
            foreach (var replay in replays)
                Take(sessions[replay.SessionId], replay);
        }
        if (due.Count > 0)
            _countParked = true;
    }

    private void Take(
        OwnedSession session,
        WebhookProgress progress,
        long step,
        IEnumerable<ParkedEvent> parked,
        DateTimeOffset? due
    )
    {
        var cursor = Math.Max(progress.Cursor, step);
        var work = _works.GetValueOrDefault(session.SessionId);
        if (work?.Session.Epoch > session.Epoch)
            return;
        if (work is { Cursor: not null } && work.Session == session)
        {
            // It heard of nothing while it was not asked for.
            work.Last = Math.Max(work.Last, progress.Last);
            Enqueue(work);
            return;
        }
        if (work is null || work.Session != session)
        {
            if (cursor >= progress.Last && due is null && !parked.Any(p => p.Seq > cursor))
                return;
            work = Begin(session);
        }
        work.Last = Math.Max(work.Last, progress.Last);
        work.Begin(cursor);
        // Once what it follows from is pruned, it could not be told any more.
        if (!progress.HasCursor)
            _context.Cursors.Note(_row.Id, session, cursor, lazily: true);
        work.ParkedDue = due;
        var block = TimeSpan.FromSeconds(_settings.BlockSeconds);
        var now = _context.Time.GetUtcNow();
        foreach (var one in parked)
        {
            if (one.Seq > cursor)
                Done(work, one.Seq, one.Seq, posted: true);
            if (one.DueAt is not null && one.ParkedAt + block > now && LaneOf(one.Chat) is { } lane)
                work.Hold(lane, one.ParkedAt + block, one.Seq);
        }
        Enqueue(work);
        Later(work);
    }

    private SessionWork Begin(OwnedSession session)
    {
        if (_works.TryGetValue(session.SessionId, out var former))
            former.Dropped = true;
        return _works[session.SessionId] = new(session);
    }

    private void Drop(SessionWork work)
    {
        lock (_turn)
        {
            work.Dropped = true;
            if (_works.GetValueOrDefault(work.Session.SessionId) == work)
                _works.Remove(work.Session.SessionId);
            _countParked |= work.ParkedDue is not null;
        }
    }

    private void Enqueue(SessionWork work)
    {
        if (work.Queued || work.Busy || work.Dropped || !work.HasMore(_context.Time.GetUtcNow()))
            return;
        work.Queued = true;
        _ready.Enqueue(work);
    }

    private void Later(SessionWork work)
    {
        if (work.Dropped || work.NextTime is not { } next || work.LaterAt <= next)
            return;
        work.LaterAt = next;
        _later.Enqueue(work, next);
    }

    /// <summary>Begins what may begin.</summary>
    /// <returns>When more may, whatever happens.</returns>
    private DateTimeOffset? Launch(CancellationToken ct)
    {
        lock (_turn)
        {
            var now = _context.Time.GetUtcNow();
            var wake = Awake(now);
            if (Stopped || _ending)
                return wake;
            if (now < _notBefore)
                return Earlier(wake, _notBefore);
            if (_breaker.NextProbe is { } probe)
            {
                // The end of one that still runs comes by here.
                if (_runs.Count > 0 || _replaying.Count > 0)
                    return wake;
                if (now < probe)
                    return _ready.Count > 0 || _replays.Count > 0 ? Earlier(wake, probe) : wake;
                if (Next() is { } work)
                    Start(work, isProbe: true, bytes: 0, ct);
                else
                    StartReplays(isProbe: true, ct);
                return wake;
            }
            while (_runs.Count < _settings.MaxInFlight && _ready.Count > 0)
            {
                var bytes = _runs.Count > 0 ? PageBytes : 0;
                if (bytes > 0 && !_bytes.TryTake(bytes))
                    break;
                if (Next() is { } work)
                    Start(work, isProbe: false, bytes, ct);
                else
                    _bytes.Give(bytes);
            }
            if (_ready.Count == 0)
                StartReplays(isProbe: false, ct);
            return wake;
        }
    }

    /// <summary>Takes up what was put off.</summary>
    private DateTimeOffset? Awake(DateTimeOffset now)
    {
        DateTimeOffset at;
        while (_later.TryPeek(out var work, out at) && at <= now)
        {
            _later.Dequeue();
            work.LaterAt = null;
            if (work.Busy || work.Dropped)
                continue;
            work.Settle(now);
            Enqueue(work);
            if (!work.Queued)
                Later(work);
        }
        return _later.Count > 0 ? at : null;
    }

    private SessionWork? Next()
    {
        while (_ready.TryDequeue(out var work))
        {
            work.Queued = false;
            if (!work.Dropped)
                return work;
        }
        return null;
    }

    private void Start(SessionWork work, bool isProbe, long bytes, CancellationToken ct)
    {
        work.Busy = true;
        var run = new Run(work, isProbe) { Bytes = bytes };
        Follow(_runs, Task.Run(() => RunAsync(run, ct), CancellationToken.None));
    }

    /// <summary>Keeps what runs among others until its end, at which more may begin.</summary>
    private void Follow(HashSet<Task> running, Task task)
    {
        running.Add(task);
        _ = task.ContinueWith(
            done =>
            {
                lock (_turn)
                {
                    running.Remove(done);
                    _changed.TrySetResult();
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default
        );
    }

    private static DateTimeOffset Earlier(DateTimeOffset? one, DateTimeOffset other) =>
        one < other ? one.Value : other;

    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.WebhookWorkerFailing,
            LogLevel.Warning,
            "webhook {Webhook}: its endpoint fails and is left alone until it takes an event: {Error}"
        )]
        public static partial void Failing(ILogger logger, string webhook, string error);

        [LoggerMessage(
            EventIds.WebhookWorkerBack,
            LogLevel.Information,
            "webhook {Webhook}: its endpoint takes events again"
        )]
        public static partial void Back(ILogger logger, string webhook);

        [LoggerMessage(
            EventIds.WebhookWorkerDisabled,
            LogLevel.Warning,
            "webhook {Webhook} is disabled: {Reason}"
        )]
        public static partial void Disabled(ILogger logger, string webhook, string reason);

        [LoggerMessage(
            EventIds.WebhookWorkerBroke,
            LogLevel.Error,
            "webhook {Webhook} broke; tried again in a minute"
        )]
        public static partial void Broke(ILogger logger, string webhook, Exception e);

        [LoggerMessage(
            EventIds.WebhookWorkerAway,
            LogLevel.Debug,
            "webhook {Webhook} waits for PostgreSQL: {Error}"
        )]
        public static partial void Away(ILogger logger, string webhook, string error);
    }
}
