using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json;
using WaOperator.SessionPod.Journal;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Lease;
using WaOperator.SessionPod.Messages;
using WaOperator.Store;
using WaOperator.Store.Pod;

namespace WaOperator.SessionPod.Webhooks;

/// <summary>
/// Runs the webhooks of the tenants whose sessions this pod runs: a worker for each. It looks whether webhooks have changed, tells the
/// workers which sessions were claimed, and which have news.
/// </summary>
internal sealed partial class WebhookDispatcher : ITenureLoop
{
    private static readonly TimeSpan SessionsEvery = TimeSpan.FromSeconds(1);
    private const int WebhooksEvery = 3;

    /// <summary>How long the end of a tenure waits for posts that are on their way.</summary>
    public static readonly TimeSpan DrainLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(1);

    private readonly WebhookContext _context;
    private readonly BoxKeys _keys;
    private readonly EventHub _events;
    private readonly ILogger<WebhookDispatcher> _logger;
    private readonly Dictionary<long, WebhookWorker> _workers = [];
    private readonly Dictionary<long, (OwnedSession Session, Assignment Wanted)> _seen = [];
    private HashSet<long> _tenants = [];
    private HashSet<long> _former = [];
    private bool _unreadTenants;
    private FrozenDictionary<long, WebhookWorker[]> _ofTenant = FrozenDictionary<
        long,
        WebhookWorker[]
    >.Empty;
    private long? _version;
    private bool _away;
    private volatile bool _draining;

    public WebhookDispatcher(
        WebhookContext context,
        BoxKeys keys,
        MessageContext messages,
        ILogger<WebhookDispatcher> logger
    )
    {
        _context = context;
        _keys = keys;
        _events = messages.Events;
        _logger = logger;
        context.Cursors.Fenced = session => context.Fenced[session.SessionId] = session.Epoch;
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        Task[] loops =
        [
            FollowAsync(over.Token),
            ReportAsync(over.Token),
            _context.Cursors.RunAsync(over.Token),
        ];
        try
        {
            // One that breaks is the end of all: the pod notices.
            await await Task.WhenAny(loops);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            Log.Ended(_logger);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _events.News = null;
            await Task.WhenAll(_ofTenant.Values.SelectMany(all => all).Select(w => w.EndAsync()))
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A webhook that this pod posts for; null: there is none of that name, or not yet.</summary>
    public WebhookWorker? Find(long tenant, string ns, string name) =>
        _ofTenant.TryGetValue(tenant, out var workers)
            ? workers.FirstOrDefault(w => w.Row.Namespace == ns && w.Row.Name == name)
            : null;

    /// <summary>Before the sessions are given back: posts nothing more, and writes how far it came.</summary>
    public async Task DrainAsync(CancellationToken ct)
    {
        _draining = true;
        using var limit = new CancellationTokenSource(DrainLimit, _context.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            await Task.WhenAll(_ofTenant.Values.SelectMany(all => all).Select(w => w.EndAsync()))
                .WaitAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // The next owner posts the rest.
            foreach (var worker in _ofTenant.Values.SelectMany(all => all))
                worker.Stop();
        }
        using var last = new CancellationTokenSource(FlushLimit, _context.Time);
        using var writing = CancellationTokenSource.CreateLinkedTokenSource(ct, last.Token);
        try
        {
            await _context.Cursors.FlushAsync(DateTimeOffset.MaxValue, writing.Token);
        }
        catch (Exception e) when (e is OperationCanceledException || DatabaseFailure.IsAway(e))
        {
            Log.Failed(_logger, e.Message);
        }
    }

    private async Task FollowAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(SessionsEvery, _context.Time);
        var turn = 0;
        var loaded = false;
        do
        {
            try
            {
                if (!loaded)
                    await _keys.LoadAsync(ct);
                loaded = true;
                _unreadTenants |= LookAtTenants();
                if (_unreadTenants || turn++ % WebhooksEvery == 0)
                    await RefreshAsync(ct);
                LookAtSessions();
                _away = false;
            }
            catch (Exception e) when (DatabaseFailure.IsAway(e))
            {
                if (!_away)
                    Log.Failed(_logger, e.Message);
                _away = true;
            }
        } while (await timer.WaitForNextTickAsync(ct));
    }

    /// <returns>Whether there is one that was not there a moment ago.</returns>
    private bool LookAtTenants()
    {
        (_tenants, _former) = (_former, _tenants);
        _tenants.Clear();
        foreach (var (_, hosted) in _context.Host.Sessions)
            _tenants.Add(hosted.Runner.Wanted.TenantId);
        return !_tenants.IsSubsetOf(_former);
    }

    private async Task RefreshAsync(CancellationToken ct)
    {
        if (_tenants.Count == 0 || _draining)
            return;
        var version = await _context.Register.ReadChangeAsync(ct);
        if (version == _version && !_unreadTenants)
            return;
        var rows = await _context.Register.ReadAsync(ct);
        var begun = new List<WebhookWorker>();
        try
        {
            foreach (var row in rows)
                await RunAsync(row, begun, ct);
            foreach (var gone in _workers.Keys.Except(rows.Select(r => r.Id)).ToArray())
            {
                await _context.Register.RemoveReportAsync(gone, _context.Shard, ct);
                _workers.Remove(gone, out var worker);
                End(worker);
            }
        }
        finally
        {
            // What becomes durable from here on is heard of, so that what they read then misses nothing.
            _ofTenant = _workers
                .Values.GroupBy(w => w.Row.TenantId)
                .ToFrozenDictionary(g => g.Key, g => g.ToArray());
            _events.News = _workers.Count > 0 ? OnNews : null;
            foreach (var worker in begun)
                worker.Look([.. SessionsOf(worker)]);
        }
        (_version, _unreadTenants) = (version, false);
    }

    private async Task RunAsync(StoredWebhook row, List<WebhookWorker> begun, CancellationToken ct)
    {
        var former = _workers.GetValueOrDefault(row.Id);
        if (former is not null && former.Row.IsAs(row))
            return;
        if (await MakeAsync(row, former, ct) is not { } worker || _draining)
            return;
        End(former);
        worker.Start(ct);
        begun.Add(_workers[row.Id] = worker);
    }

    /// <summary>At once: what it has is not asked for any more, or of another endpoint. Posts that are under way come to their end.</summary>
    private static void End(WebhookWorker? worker)
    {
        worker?.Stop();
        _ = worker?.EndAsync();
    }

    private async Task<WebhookWorker?> MakeAsync(
        StoredWebhook row,
        WebhookWorker? former,
        CancellationToken ct
    )
    {
        WebhookSettings settings;
        try
        {
            settings = WebhookSettings.FromJson(row.Settings);
        }
        catch (JsonException e)
        {
            Log.Unusable(
                _logger,
                $"{row.Namespace}/{row.Name}",
                $"its settings cannot be read: {e.Message}"
            );
            return null;
        }
        var (secrets, fault) = await _keys.OpenAsync(row, ct);
        WebhookLine? line = null;
        try
        {
            line = secrets?.Tls is { } tls ? _context.Poster.Open(tls) : null;
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            (secrets, fault) = (null, "its certificates cannot be used");
        }
        if (fault is not null)
            Log.Unusable(_logger, $"{row.Namespace}/{row.Name}", fault);
        return new(_context, row, settings, secrets, fault, line, former);
    }

    /// <summary>Tells workers of sessions that were claimed since, or whose labels may have changed.</summary>
    private void LookAtSessions()
    {
        if (_ofTenant.Count == 0)
        {
            _seen.Clear();
            return;
        }
        Dictionary<WebhookWorker, List<OwnedSession>>? claimed = null;
        foreach (var (_, hosted) in _context.Host.Sessions)
        {
            var session = new OwnedSession(hosted.Runner.Id, hosted.Runner.Epoch);
            var wanted = hosted.Runner.Wanted;
            if (
                !_ofTenant.TryGetValue(wanted.TenantId, out var workers)
                || _seen.TryGetValue(session.SessionId, out var known)
                    && known.Session == session
                    && ReferenceEquals(known.Wanted, wanted)
            )
                continue;
            _seen[session.SessionId] = (session, wanted);
            foreach (var worker in workers)
                if (worker.Wants(wanted))
                {
                    claimed ??= [];
                    if (!claimed.TryGetValue(worker, out var sessions))
                        claimed[worker] = sessions = [];
                    sessions.Add(session);
                }
        }
        if (_seen.Count > _context.Host.Sessions.Count)
            foreach (var id in _seen.Keys)
                if (!_context.Host.Sessions.ContainsKey(id))
                {
                    _seen.Remove(id);
                    _context.Fenced.TryRemove(id, out _);
                }
        foreach (var (worker, sessions) in claimed ?? [])
            worker.Look(sessions);
    }

    /// <summary>Called for each entry that is durable, so it allocates nothing where there is no webhook.</summary>
    private void OnNews(long session, long seq)
    {
        if (
            _context.Host.Sessions.TryGetValue(session, out var hosted)
            && _ofTenant.TryGetValue(hosted.Runner.Wanted.TenantId, out var workers)
        )
            foreach (var worker in workers)
                if (worker.Wants(hosted.Runner.Wanted))
                    worker.News(new(session, hosted.Runner.Epoch), seq);
    }

    private IEnumerable<OwnedSession> SessionsOf(WebhookWorker worker)
    {
        foreach (var (_, hosted) in _context.Host.Sessions)
            if (
                hosted.Runner.Wanted.TenantId == worker.Row.TenantId
                && worker.Wants(hosted.Runner.Wanted)
            )
                yield return new(hosted.Runner.Id, hosted.Runner.Epoch);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.WebhookDispatcherEnded,
            LogLevel.Debug,
            "webhooks are the next owners'"
        )]
        public static partial void Ended(ILogger logger);

        [LoggerMessage(
            EventIds.WebhookDispatcherFailed,
            LogLevel.Information,
            "webhooks wait for PostgreSQL: {Error}"
        )]
        public static partial void Failed(ILogger logger, string error);

        [LoggerMessage(
            EventIds.WebhookDispatcherUnusable,
            LogLevel.Error,
            "webhook {Webhook} is not run: {Fault}"
        )]
        public static partial void Unusable(ILogger logger, string webhook, string fault);
    }
}
