using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Options;
using WaOperator.Operator.Proxies;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>
/// Brings what is desired of sessions into the database: admits, changes and takes away, many at once. It and its parts alone
/// write rows of tenants and sessions.
/// </summary>
internal sealed class SessionProjector
{
    /// <summary>Sessions in one step at most: a step is one transaction.</summary>
    private const int MaxBatch = 1000;

    /// <summary>How often the administrator's word is asked for.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);

    private readonly TaskCompletionSource _settled = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly SessionBook _book;
    private readonly Caches _caches;
    private readonly DueSessions _due;
    private readonly RemovalGate _gate;
    private readonly PhoneArbiter _phones;
    private readonly SessionAdmission _admission;
    private readonly SessionRemoval _removal;
    private readonly SessionRows _rows;

    public SessionProjector(
        DesiredStore store,
        SessionBook book,
        TenantBook tenantBook,
        Caches caches,
        IHints hints,
        IEventRecorder events,
        RemovalWord word,
        ProxyBook proxies,
        OperatorOptions options,
        ILoggerFactory loggers,
        TimeProvider time
    )
    {
        (_book, _caches) = (book, caches);
        Loop = new(
            "projection of sessions",
            Timeout.InfiniteTimeSpan,
            TimeSpan.FromMilliseconds(20),
            StepAsync,
            loggers.CreateLogger<SessionProjector>(),
            time
        );
        _due = new(Loop.Wake, time);
        var refusals = new Refusals();
        Retained = new(store);
        Tenants = new(
            store,
            tenantBook,
            caches,
            refusals,
            word,
            Loop.Wake,
            loggers.CreateLogger<TenantProjection>()
        );
        _gate = new(
            book,
            caches,
            new(options.Removal, word.IsGivenAsync, time),
            word,
            loggers.CreateLogger<RemovalGate>()
        );
        _phones = new(
            store,
            book,
            caches,
            _due,
            hints,
            TimeSpan.FromHours(options.Claims.UnpairedHours),
            loggers.CreateLogger<PhoneArbiter>(),
            time
        );
        _admission = new(book, tenantBook, caches, Tenants, _phones, refusals, proxies);
        _removal = new(
            store,
            book,
            Retained,
            _gate,
            _phones,
            refusals,
            _due,
            hints,
            events,
            loggers.CreateLogger<SessionRemoval>(),
            time
        );
        _rows = new(
            store,
            book,
            caches,
            Retained,
            _phones,
            refusals,
            hints,
            loggers.CreateLogger<SessionRows>()
        );
        Watch(proxies);
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>Its part that writes tenants.</summary>
    public TenantProjection Tenants { get; }

    /// <summary>Rows that are there without a resource; to be loaded before it runs.</summary>
    public RetainedKeys Retained { get; }

    /// <summary>Ends when everything that was due at the start has been looked at.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Sessions that are to go and wait for the administrator's word.</summary>
    public int Held => _gate.Held;

    /// <summary>Sessions were looked at, so many, and placement may have something to do.</summary>
    public Signal<int> Projected { get; } = new();

    /// <summary>The session needs a look.</summary>
    public void Enqueue(NamespacedName session) => _due.Add(session);

    private void Watch(ProxyBook proxies)
    {
        _caches.Sessions.AddEventHandler(
            ObjectChanges.Of<WhatsAppSession>(s => _due.Add(NamespacedName.Of(s)))
        );
        _caches.Tenants.AddEventHandler(
            ObjectChanges.Of<WhatsAppTenant>(t =>
            {
                _due.Add(_caches.SessionsOfTenant(NamespacedName.Of(t)));
                Tenants.Enqueue(NamespacedName.Of(t));
            })
        );
        _caches.Webhooks.AddEventHandler(
            ObjectChanges.Of<WhatsAppWebhook>(w => Tenants.Enqueue(Caches.TenantOf(w)))
        );
        _caches.Pools.AddEventHandler(
            ObjectChanges.Of<WhatsAppSessionPool>(p =>
                _due.Add(_caches.SessionsOfPool(p.Metadata.Name!))
            )
        );
        proxies.Changed.Subscribe(at => _due.Add(_caches.SessionsOfProxy(at)));
        // A deletion goes step by step, with what the session's owner reports.
        _book.Changed.Subscribe(f =>
        {
            if (f is { DeletingSince: not null, NeedsFinalizer: false, MayGo: false })
                _due.Add(f.Name);
        });
    }

    private async Task StepAsync(CancellationToken ct)
    {
        var batch = _due.Take(MaxBatch);
        try
        {
            await ProjectAsync(batch, ct);
        }
        catch
        {
            _due.Return(batch);
            throw;
        }
        if (_due.IsEmpty)
            _settled.TrySetResult();
    }

    private async Task ProjectAsync(List<NamespacedName> batch, CancellationToken ct)
    {
        var held = await _gate.HoldAsync(batch, ct);
        _due.Hold(held, AskAgain);
        var sessions = await FindAsync(batch.Where(n => !held.Contains(n)), ct);
        // The first in time has its phone, whatever order they come in.
        var alive = sessions
            .Where(s => !s.Metadata.IsBeingDeleted)
            .OrderBy(s => s.Metadata.CreationTimestamp)
            .ThenBy(s => s.Metadata.Uid, StringComparer.Ordinal)
            .ToList();
        await Tenants.ProjectAsync(alive, ct);
        await _phones.DisplaceAsync(alive, ct);
        var rows = alive.Select(_admission.Admit).OfType<SessionRow>().ToList();
        rows.AddRange(
            await _removal.DeleteAsync(sessions.Where(s => s.Metadata.IsBeingDeleted), ct)
        );
        await _rows.PutAsync(rows, ct);
        if (batch.Count > 0)
            Projected.Emit(batch.Count);
    }

    /// <summary>The resources of those names; forgets what is known of others that had them.</summary>
    private async Task<List<WhatsAppSession>> FindAsync(
        IEnumerable<NamespacedName> names,
        CancellationToken ct
    )
    {
        var sessions = new List<WhatsAppSession>();
        foreach (var name in names)
        {
            var session = _caches.Sessions.Store[name];
            if (_book.Find(name) is { } known && known.Uid != session?.Metadata.Uid)
                await _removal.ForgetAsync(known, ct);
            if (session is not null)
                sessions.Add(session);
        }
        return sessions;
    }
}
