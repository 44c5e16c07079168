using Npgsql;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Options;
using WaOperator.Operator.Pools;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Tenants;
using WaOperator.Operator.Text;
using WaOperator.Resources;
using WaOperator.Signals;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Projection;

/// <summary>
/// Brings what is desired of sessions into the database: admits, changes and takes away, many at once. It alone writes rows
/// of tenants and sessions.
/// </summary>
internal sealed partial class SessionProjector
{
    /// <summary>Sessions in one step at most: a step is one transaction.</summary>
    private const int MaxBatch = 1000;

    /// <summary>How often the administrator's word is asked for.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(10);

    private readonly Lock _lock = new();
    private readonly HashSet<NamespacedName> _due = [];
    private readonly TaskCompletionSource _settled = new(
        TaskCreationOptions.RunContinuationsAsynchronously
    );
    private readonly Dictionary<long, ObservedSession?> _retained = [];
    private readonly Refusals _refusals = new();
    private readonly DesiredStore _store;
    private readonly SessionBook _book;
    private readonly TenantBook _tenantBook;
    private readonly Caches _caches;
    private readonly IHints _hints;
    private readonly IEventRecorder _events;
    private readonly RemovalWord _word;
    private readonly RemovalBrake _brake;
    private readonly TimeSpan _unpairedLimit;
    private readonly HashSet<NamespacedName> _waiting = [];
    private readonly ILogger _logger;
    private readonly TimeProvider _time;

    public SessionProjector(
        DesiredStore store,
        SessionBook book,
        TenantBook tenantBook,
        Caches caches,
        IHints hints,
        IEventRecorder events,
        RemovalWord word,
        OperatorOptions options,
        ILoggerFactory loggers,
        TimeProvider time
    )
    {
        (_store, _book, _tenantBook, _caches) = (store, book, tenantBook, caches);
        (_hints, _events, _time) = (hints, events, time);
        _logger = loggers.CreateLogger<SessionProjector>();
        _word = word;
        _brake = new(options.Removal, word.IsGivenAsync, time);
        _unpairedLimit = TimeSpan.FromHours(options.Claims.UnpairedHours);
        Loop = new(
            "projection of sessions",
            Timeout.InfiniteTimeSpan,
            TimeSpan.FromMilliseconds(20),
            StepAsync,
            _logger,
            time
        );
        Watch();
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>Ends when everything that was due at the start has been looked at.</summary>
    public Task Settled => _settled.Task;

    /// <summary>Sessions that are to go and wait for the administrator's word.</summary>
    public int Held => _brake.Held;

    /// <summary>Sessions were looked at, so many, and placement may have something to do.</summary>
    public Signal<int> Projected { get; } = new();

    /// <summary>A tenant's row is refused, or is taken after that.</summary>
    public Signal<NamespacedName> TenantRefusalChanged { get; } = new();

    /// <summary>Why PostgreSQL refuses the tenant as it is declared now; null if it does not.</summary>
    public Trouble? TenantRefusal(NamespacedName name) =>
        _caches.Tenants.Store[name] is { } tenant ? _refusals.Of(TenantBook.RowOf(tenant)) : null;

    /// <summary>The session needs a look.</summary>
    public void Enqueue(NamespacedName session)
    {
        lock (_lock)
            _due.Add(session);
        Loop.Wake();
    }

    /// <summary>Remembers a retained row, so that what was seen of it is known when it is adopted.</summary>
    public void LoadRetained(long id, ObservedSession? observed) => _retained[id] = observed;

    private void Watch()
    {
        _caches.Sessions.AddEventHandler(
            ObjectChanges.Of<WhatsAppSession>(s => Enqueue(NamespacedName.Of(s)))
        );
        _caches.Tenants.AddEventHandler(
            ObjectChanges.Of<WhatsAppTenant>(t =>
                Enqueue(_caches.SessionsOfTenant(NamespacedName.Of(t)))
            )
        );
        _caches.Pools.AddEventHandler(
            ObjectChanges.Of<WhatsAppSessionPool>(p =>
                Enqueue(_caches.SessionsOfPool(p.Metadata.Name!))
            )
        );
        // A deletion goes step by step, with what the session's owner reports.
        _book.Changed.Subscribe(f =>
        {
            if (f is { DeletingSince: not null, NeedsFinalizer: false, MayGo: false })
                Enqueue(f.Name);
        });
    }

    private void Enqueue(IEnumerable<WhatsAppSession> sessions)
    {
        foreach (var session in sessions)
            Enqueue(NamespacedName.Of(session));
    }

    private async Task StepAsync(CancellationToken ct)
    {
        var batch = Take();
        try
        {
            await ProjectAsync(batch, ct);
            lock (_lock)
                if (_due.Count == 0)
                    _settled.TrySetResult();
        }
        catch
        {
            lock (_lock)
                _due.UnionWith(batch);
            throw;
        }
    }

    private List<NamespacedName> Take()
    {
        lock (_lock)
        {
            var batch = _due.Take(MaxBatch).ToList();
            _due.ExceptWith(batch);
            if (_due.Count > 0)
                Loop.Wake();
            return batch;
        }
    }

    private async Task ProjectAsync(List<NamespacedName> batch, CancellationToken ct)
    {
        var sessions = new List<WhatsAppSession>();
        foreach (var name in await HoldAsync(batch, ct))
        {
            var session = _caches.Sessions.Store[name];
            if (_book.Find(name) is { } known && known.Uid != session?.Metadata.Uid)
                await ForgetAsync(known, ct);
            if (session is not null)
                sessions.Add(session);
        }
        // The first in time has its phone, whatever order they come in.
        var alive = sessions
            .Where(s => !s.Metadata.IsBeingDeleted)
            .OrderBy(s => s.Metadata.CreationTimestamp)
            .ThenBy(s => s.Metadata.Uid, StringComparer.Ordinal)
            .ToList();
        await ProjectTenantsAsync(alive, ct);
        await DisplaceAsync(alive, ct);
        var rows = alive.Select(Admit).OfType<SessionRow>().ToList();
        rows.AddRange(await DeleteAsync([.. sessions.Where(s => s.Metadata.IsBeingDeleted)], ct));
        await PutAsync(rows, ct);
        if (batch.Count > 0)
            Projected.Emit(batch.Count);
    }

    /// <summary>Which of the batch are not held by the brake; those that are come again.</summary>
    private async Task<IEnumerable<NamespacedName>> HoldAsync(
        List<NamespacedName> batch,
        CancellationToken ct
    )
    {
        var going = new Dictionary<string, NamespacedName>(StringComparer.Ordinal);
        foreach (var name in batch)
            if (_book.Find(name) is { Stored: not null } known)
                // One of another UID took the name: the resources were made again, and the row is adopted.
                if (_caches.Sessions.Store[name]?.Metadata is null or { IsBeingDeleted: true })
                    going[known.Uid] = name;
                else
                    _brake.Forget(known.Uid);
        var before = _brake.Held;
        var held = await _brake.HoldAsync(going.Keys, _book.CountStored(), ct);
        if (before == 0 && held.Count > 0)
        {
            Log.Held(_logger, held.Count, _word.Sentence);
            await _word.AskAsync(ct);
        }
        foreach (var (uid, _) in going)
            _book.UpdateKnown(
                uid,
                f => f with { RemovalHeld = held.Contains(uid) ? _word.Sentence : null }
            );
        if (held.Count == 0)
            return batch;
        var names = held.Select(uid => going[uid]).ToHashSet();
        lock (_lock)
        {
            if (_waiting.Count == 0)
                _ = Task.Delay(AskAgain, _time, CancellationToken.None)
                    .ContinueWith(_ => WakeHeld(), TaskScheduler.Default);
            _waiting.UnionWith(names);
        }
        return batch.Where(n => !names.Contains(n));
    }

    private void WakeHeld()
    {
        lock (_lock)
        {
            _due.UnionWith(_waiting);
            _waiting.Clear();
        }
        Loop.Wake();
    }

    private async Task ProjectTenantsAsync(
        IEnumerable<WhatsAppSession> sessions,
        CancellationToken ct
    )
    {
        var names = sessions.Select(s => new NamespacedName(
            s.Metadata.Namespace!,
            s.Spec.TenantRef.Name
        ));
        foreach (var name in names.Distinct())
        {
            if (
                _caches.Tenants.Store[name] is not { } tenant
                || Validity.Of(tenant).Count > 0
                || (tenant.Metadata.IsBeingDeleted && _tenantBook.IdOf(name) is null)
            )
                continue;
            var row = TenantBook.RowOf(tenant);
            if (_tenantBook.Has(row))
            {
                if (_refusals.Forget(name))
                    TenantRefusalChanged.Emit(name);
                continue;
            }
            var uids = _caches.SessionsOfTenant(name).Select(s => s.Metadata.Uid!).ToList();
            var another = await _store.IsAnotherTenantAsync(row, uids, ct);
            if (another && await _word.IsAdoptionAllowedAsync(ct))
                another = false;
            else if (another)
                Log.Another(_logger, name);
            await PutTenantAsync(name, row, another, ct);
        }
    }

    private async Task PutTenantAsync(
        NamespacedName name,
        TenantRow row,
        bool another,
        CancellationToken ct
    )
    {
        try
        {
            _tenantBook.Put(await _store.PutTenantAsync(row, another, ct), row);
        }
        catch (PostgresException e) when (DatabaseFailure.IsOfData(e))
        {
            if (!_refusals.Add(row, e))
                return;
            Log.TenantRefused(_logger, name, e.MessageText);
            TenantRefusalChanged.Emit(name);
            return;
        }
        if (_refusals.Forget(name))
            TenantRefusalChanged.Emit(name);
    }

    /// <summary>
    /// A number is exclusive once its phone was linked. A session that is not gives it up after a while to another one that asks.
    /// </summary>
    private async Task DisplaceAsync(IEnumerable<WhatsAppSession> asking, CancellationToken ct)
    {
        foreach (var session in asking)
        {
            if (
                _book.Find(session.Metadata.Uid)?.Stored is not null
                || _book.HolderOf(session.Spec.PhoneNumber) is not { } uid
                || uid == session.Metadata.Uid
                || _book.Find(uid) is not { Stored: { } stored } holder
                || holder.Observed?.State.Paired == true
                || _caches.Sessions.Store[holder.Name]?.Metadata.CreationTimestamp is not { } made
                || _time.GetUtcNow() - made < _unpairedLimit
            )
                continue;
            await _store.RemoveSessionsAsync([stored.Id], ct);
            Log.Displaced(_logger, holder.Name, Mask.Phone(session.Spec.PhoneNumber));
            Hint(holder);
            _book.Update(
                uid,
                holder.Name,
                f =>
                    f with
                    {
                        Stored = null,
                        Shard = null,
                        Waits = null,
                        Observed = null,
                        Code = null,
                    }
            );
            _book.GiveBackPhone(uid);
            Enqueue(holder.Name);
        }
    }

    /// <summary>Decides about a session; returns its row if that is to be written.</summary>
    private SessionRow? Admit(WhatsAppSession session)
    {
        var (uid, name) = (session.Metadata.Uid!, NamespacedName.Of(session));
        var made = _book.Find(uid)?.Stored?.Row;
        var tenant = new NamespacedName(name.Namespace, session.Spec.TenantRef.Name);
        var holder = made is null ? _book.HolderOf(session.Spec.PhoneNumber) : null;
        var admitted = Admission.Decide(
            new(
                session,
                made,
                _caches.Tenants.Store[tenant],
                _tenantBook.IdOf(tenant),
                _caches.PoolFor(session, made?.PoolUid)?.Metadata.Uid,
                holder is null || holder == uid ? null : _book.Find(holder)?.Name
            )
        );
        if (made is null && admitted.Row is { } first)
            _book.TakePhone(first.Phone, uid);
        else if (made is null)
            FreePhone(uid);
        var facts = _book.Update(
            uid,
            name,
            f =>
                f with
                {
                    Trouble =
                        admitted.Trouble
                        ?? _refusals.Of(admitted.Row)
                        ?? (admitted.Row is null ? TenantRefusal(tenant) : null),
                    Suspended = admitted.Row is { } row && IsSuspended(row.TenantId),
                    NeedsFinalizer =
                        admitted.Row is not null
                        && !session.Metadata.HasFinalizer(WhatsAppFinalizers.Session),
                    MayGo = false,
                }
        );
        return admitted.Row == made || (made is null && facts.NeedsFinalizer) ? null : admitted.Row;
    }

    private bool IsSuspended(long tenantId) =>
        _tenantBook.NameOf(tenantId) is { } name
        && _caches.Tenants.Store[name]?.Spec.Suspended == true;

    private async Task PutAsync(List<SessionRow> rows, CancellationToken ct)
    {
        // What was refused before is tried by itself: the others need not be halved for it again.
        var again = rows.Where(r => _refusals.Of(r) is not null).ToList();
        foreach (
            var batch in again
                .Select(r => new List<SessionRow> { r })
                .Prepend([.. rows.Except(again)])
        )
            await Halving.WriteAsync(batch, r => WriteAsync(r, ct), Decline);
    }

    private async Task WriteAsync(List<SessionRow> rows, CancellationToken ct)
    {
        var byUid = rows.ToDictionary(r => r.Uid, StringComparer.Ordinal);
        foreach (var result in await _store.PutSessionsAsync(rows, ct))
        {
            var row = byUid[result.Uid];
            if (result.Id is { } id)
                Put(row, id);
            else
                Refuse(row, result.HeldBy);
        }
    }

    /// <summary>PostgreSQL refuses the row. A session that is stored continues as it was; one that is not keeps its number from no other.</summary>
    private void Decline(SessionRow row, PostgresException why)
    {
        var (name, before) = (new NamespacedName(row.Namespace, row.Name), _refusals.Of(row));
        var trouble = _refusals.Add(row, why);
        if (before != trouble)
            Log.Declined(_logger, name, why.MessageText);
        if (_book.Update(row.Uid, name, f => f with { Trouble = trouble }).Stored is null)
            FreePhone(row.Uid);
    }

    private void Put(SessionRow row, long id)
    {
        var refused = _refusals.Of(row);
        _refusals.Forget(row.Uid);
        var adopted = _retained.Remove(id, out var seen);
        var facts = _book.Update(
            row.Uid,
            new(row.Namespace, row.Name),
            f =>
                f with
                {
                    Stored = new(id, row),
                    Trouble = f.Trouble == refused ? null : f.Trouble,
                    Observed = adopted
                        ? seen is null
                            ? null
                            : seen with
                            {
                                Uid = row.Uid,
                                Namespace = row.Namespace,
                                Name = row.Name,
                            }
                        : f.Observed,
                }
        );
        Log.Projected(_logger, facts.Name, Mask.Phone(row.Phone), row.Desired, adopted);
        Hint(facts);
    }

    private void Refuse(SessionRow row, string? heldBy)
    {
        var name = new NamespacedName(row.Namespace, row.Name);
        // Others who want the phone are not told: it is not free, and each would be refused and tell the next.
        _book.GiveBackPhone(row.Uid);
        if (_caches.Sessions.Store[name] is { } session)
            _book.Update(
                row.Uid,
                name,
                f =>
                    f with
                    {
                        Trouble = Admission.Conflict(session, NamespacedName.Parse(heldBy ?? "")),
                    }
            );
    }

    /// <summary>Takes the next step of each deletion; returns rows that are to be written for it.</summary>
    private async Task<List<SessionRow>> DeleteAsync(
        List<WhatsAppSession> sessions,
        CancellationToken ct
    )
    {
        var rows = new List<SessionRow>();
        var gone = new List<SessionFacts>();
        foreach (var session in sessions)
        {
            var facts = _book.Update(
                session.Metadata.Uid!,
                NamespacedName.Of(session),
                f => f with { DeletingSince = f.DeletingSince ?? _time.GetTimestamp() }
            );
            if (facts.Stored is not { } stored)
            {
                LetGo(facts);
                continue;
            }
            var since = _time.GetElapsedTime(facts.DeletingSince!.Value);
            switch (SessionDeletion.Decide(session, facts, since))
            {
                case DeletionStep.Retain:
                    await _store.RetainSessionAsync(stored.Id, ct);
                    _retained[stored.Id] = facts.Observed;
                    LetGo(facts);
                    break;
                case DeletionStep.GiveUp:
                    _events.Tell(
                        session,
                        new(
                            true,
                            Reasons.UnlinkFailed,
                            $"its device could not be unlinked within {SessionDeletion.UnlinkLimit.TotalSeconds:0} s and may still be on the phone's list of devices: remove it there"
                        )
                    );
                    gone.Add(facts);
                    break;
                case DeletionStep.Remove:
                    gone.Add(facts);
                    break;
                case DeletionStep.AskUnlink:
                    rows.Add(stored.Row with { Desired = DesiredState.Deleting });
                    LookAgain(facts.Name, SessionDeletion.UnlinkLimit - since);
                    break;
                default:
                    break;
            }
        }
        if (gone.Count > 0)
            await _store.RemoveSessionsAsync([.. gone.Select(f => f.Stored!.Id)], ct);
        gone.ForEach(LetGo);
        return rows;
    }

    /// <summary>Nothing of the session is left in the database: a session that waited for its phone may have it.</summary>
    private void LetGo(SessionFacts facts)
    {
        Hint(facts);
        _refusals.Forget(facts.Uid);
        _book.Update(
            facts.Uid,
            facts.Name,
            f =>
                f with
                {
                    Stored = null,
                    Shard = null,
                    Waits = null,
                    NeedsFinalizer = false,
                    MayGo = true,
                }
        );
        FreePhone(facts.Uid);
    }

    /// <summary>
    /// The resource is gone. If that is news, someone took our finalizer off: its keys are kept, for nothing told us to
    /// wipe them.
    /// </summary>
    private async Task ForgetAsync(SessionFacts facts, CancellationToken ct)
    {
        if (facts.Stored is { } stored)
        {
            Log.Orphaned(_logger, facts.Name);
            await _store.RetainSessionAsync(stored.Id, ct);
            _retained[stored.Id] = facts.Observed;
            Hint(facts);
        }
        FreePhone(facts.Uid);
        _brake.Forget(facts.Uid);
        _refusals.Forget(facts.Uid);
        _book.Remove(facts.Uid);
    }

    /// <summary>A session that waited for the phone of this one may have it.</summary>
    private void FreePhone(string uid)
    {
        if (_book.GiveBackPhone(uid) is { } account)
            foreach (var other in _caches.SessionsOfPhone(account))
                if (other.Metadata.Uid != uid)
                    Enqueue(NamespacedName.Of(other));
    }

    private void LookAgain(NamespacedName name, TimeSpan delay) =>
        _ = Task.Delay(delay, _time).ContinueWith(_ => Enqueue(name), TaskScheduler.Default);

    private void Hint(SessionFacts facts)
    {
        if (facts.Shard is { } shard)
            _hints.Publish(HintChannels.Placement(shard));
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.SessionProjectorProjected,
            LogLevel.Information,
            "{Session} (phone {Phone}) is projected as {Desired}; kept keys adopted: {Adopted}"
        )]
        public static partial void Projected(
            ILogger logger,
            NamespacedName session,
            string phone,
            DesiredState desired,
            bool adopted
        );

        [LoggerMessage(
            EventIds.SessionProjectorAnother,
            LogLevel.Warning,
            "Tenant {Tenant} is a different object from the one that had its name before: it gets neither that one's kept keys nor its API keys"
        )]
        public static partial void Another(ILogger logger, NamespacedName tenant);

        [LoggerMessage(
            EventIds.SessionProjectorDisplaced,
            LogLevel.Warning,
            "{Session} was never paired or no longer is; its number {Phone} is given to another session that asks for it"
        )]
        public static partial void Displaced(ILogger logger, NamespacedName session, string phone);

        [LoggerMessage(
            EventIds.SessionProjectorDeclined,
            LogLevel.Warning,
            "PostgreSQL refuses the row of {Session}; the others are written: {Why}"
        )]
        public static partial void Declined(ILogger logger, NamespacedName session, string why);

        [LoggerMessage(
            EventIds.SessionProjectorTenantRefused,
            LogLevel.Warning,
            "PostgreSQL refuses the row of tenant {Tenant}; the others are written: {Why}"
        )]
        public static partial void TenantRefused(ILogger logger, NamespacedName tenant, string why);

        [LoggerMessage(
            EventIds.SessionProjectorHeld,
            LogLevel.Warning,
            "{Count} sessions are held: {Why}"
        )]
        public static partial void Held(ILogger logger, int count, string why);

        [LoggerMessage(
            EventIds.SessionProjectorOrphaned,
            LogLevel.Warning,
            "{Session} is gone although its finalizer was not ours to remove; its keys are kept and are adopted by a session of the same tenant and phone"
        )]
        public static partial void Orphaned(ILogger logger, NamespacedName session);
    }
}
