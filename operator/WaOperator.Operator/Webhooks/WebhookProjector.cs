using System.Collections.Concurrent;
using Npgsql;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Options;
using WaOperator.Operator.Projection;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Tenants;
using WaOperator.Resources;
using WaOperator.Store;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Webhooks;

/// <summary>
/// Writes the rows of webhooks, with their secrets sealed, and removes those whose object is gone. One that changed is looked at at once;
/// a Secret that changed by itself is found by a slow round, as those of API keys are: at most ten webhooks are looked at a second.
/// </summary>
internal sealed partial class WebhookProjector
{
    private const int RoundPerStep = 10;

    /// <summary>How long until those are looked at again that wait for the first pod.</summary>
    private static readonly TimeSpan WaitingEvery = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly HashSet<NamespacedName> _due = [];
    private readonly HashSet<NamespacedName> _waiting = [];
    private readonly Queue<NamespacedName> _round = [];
    private readonly ConcurrentDictionary<NamespacedName, WebhookVerdict> _verdicts = [];
    private readonly IKubernetes _client;
    private readonly DesiredStore _store;
    private readonly ObservedStore _observed;
    private readonly TenantBook _book;
    private readonly TenantProjection _tenants;
    private readonly WebhookSecretReader _secrets;
    private readonly Caches _caches;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _roundEvery;
    private long? _roundBegan;

    public WebhookProjector(
        IKubernetes client,
        DesiredStore store,
        ObservedStore observed,
        TenantBook book,
        TenantProjection tenants,
        Caches caches,
        OperatorOptions.ApiKeysOptions options,
        ILogger logger,
        TimeProvider time
    )
    {
        (_client, _store, _observed, _secrets) = (client, store, observed, new(client, time));
        (_book, _tenants, _caches) = (book, tenants, caches);
        (_logger, _time) = (logger, time);
        _roundEvery = TimeSpan.FromSeconds(options.RoundSeconds);
        Loop = new(
            "webhooks",
            _roundEvery,
            TimeSpan.FromMilliseconds(100),
            StepAsync,
            logger,
            time
        );
        caches.Webhooks.AddEventHandler(
            ObjectChanges.Of<WhatsAppWebhook>(w => Enqueue(NamespacedName.Of(w)))
        );
        caches.Tenants.AddEventHandler(
            ObjectChanges.Of<WhatsAppTenant>(t => EnqueueOf(NamespacedName.Of(t)))
        );
        book.Written.Subscribe(EnqueueOf);
        tenants.RefusalChanged.Subscribe(EnqueueOf);
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>What became of a webhook is something else than before.</summary>
    public Signal<NamespacedName> Changed { get; } = new();

    /// <summary>What became of a webhook, as of the last look; null before the first.</summary>
    public WebhookVerdict? VerdictOf(NamespacedName webhook) =>
        _verdicts.GetValueOrDefault(webhook);

    private void EnqueueOf(NamespacedName tenant)
    {
        foreach (var webhook in _caches.WebhooksOfTenant(tenant))
            Enqueue(NamespacedName.Of(webhook));
    }

    private void Enqueue(NamespacedName webhook)
    {
        lock (_lock)
            _due.Add(webhook);
        Loop.Wake();
    }

    private async Task StepAsync(CancellationToken ct)
    {
        lock (_lock)
        {
            _due.UnionWith(_waiting);
            _waiting.Clear();
        }
        while (Take() is { } name)
            try
            {
                await ProjectAsync(name, ct);
            }
            catch (KubernetesException e)
            {
                // Of this one alone, as where a namespace goes with the right to look into it: the round comes by again.
                Log.Refused(_logger, name.Namespace, name.Name, e.Message);
            }
            catch
            {
                lock (_lock)
                    _due.Add(name);
                throw;
            }
        if (
            _round.Count == 0
            && (_roundBegan is not { } began || _time.GetElapsedTime(began) >= _roundEvery)
        )
        {
            // What has gone while no operator ran is found by the first round.
            await EndOfMissingAsync(ct);
            if (_roundBegan is not null)
                foreach (var webhook in _caches.Webhooks.Store)
                    _round.Enqueue(NamespacedName.Of(webhook));
            _roundBegan = _time.GetTimestamp();
        }
        for (var i = 0; i < RoundPerStep && _round.TryDequeue(out var name); i++)
            try
            {
                await ProjectAsync(name, ct);
            }
            catch (KubernetesException e)
            {
                Log.Refused(_logger, name.Namespace, name.Name, e.Message);
            }
        Loop.Interval =
            _round.Count > 0 ? TimeSpan.FromSeconds(1)
            : _waiting.Count > 0 && WaitingEvery < _roundEvery ? WaitingEvery
            : _roundEvery;
    }

    /// <summary>Taken out first: a change during the look counts for the next one.</summary>
    private NamespacedName? Take()
    {
        lock (_lock)
        {
            if (_due.Count == 0)
                return null;
            var name = _due.First();
            _due.Remove(name);
            return name;
        }
    }

    private async Task ProjectAsync(NamespacedName name, CancellationToken ct)
    {
        if (
            _caches.Webhooks.Store[name]
            is not { Metadata: { IsBeingDeleted: false, Uid: { } uid } } webhook
        )
        {
            await EndAsync(name, ct);
            return;
        }
        var tenant = _caches.Tenants.Store[Caches.TenantOf(webhook)];
        var isSuspended = tenant?.Spec.Suspended == true;
        try
        {
            var (isDecided, trouble) = await DecideAsync(webhook, tenant, isSuspended, ct);
            if (isDecided)
                Tell(name, new(uid, webhook.Metadata.Generation ?? 0, trouble, isSuspended));
        }
        catch (PostgresException e) when (DatabaseFailure.IsOfData(e))
        {
            var refused = new Trouble(
                Reasons.ValueRefused,
                $"PostgreSQL refuses to store what is declared: {e.MessageText} ({e.SqlState})"
            );
            Tell(name, new(uid, webhook.Metadata.Generation ?? 0, refused, isSuspended));
        }
    }

    /// <summary>Not decided: the tenant's row is yet to be written, and wakes this then.</summary>
    private async Task<(bool IsDecided, Trouble? Trouble)> DecideAsync(
        WhatsAppWebhook webhook,
        WhatsAppTenant? tenant,
        bool isSuspended,
        CancellationToken ct
    )
    {
        var of = Caches.TenantOf(webhook);
        var invalid = Validity.Of(webhook) is { Count: > 0 } broken
            ? new Trouble(Reasons.InvalidSpec, Violation.Describe(broken))
            : null;
        if (tenant is { Metadata.IsBeingDeleted: true })
        {
            // Its rows go with the tenant's own; until then its deletion may be held back.
            if (_book.IdOf(of) is { } leaving)
                await PauseAsync(WebhookVerdict.RowOf(webhook, leaving, isSuspended: true), ct);
            return (true, invalid ?? Without(of, tenant));
        }
        if (tenant is null)
        {
            if (await _client.GetAsync<WhatsAppTenant>(of.Name, of.Namespace, ct) is not null)
                return (false, null);
            await _store.RemoveWebhookAsync(
                webhook.Metadata.Namespace!,
                webhook.Metadata.Name!,
                ct: ct
            );
            return (true, invalid ?? Without(of, tenant));
        }
        // What was handed over before stays.
        if (invalid is not null)
            return (true, invalid);
        if (Validity.Of(tenant) is { Count: > 0 } tenantBroken)
            return (
                true,
                new(
                    Reasons.InvalidSpec,
                    $"tenant \"{of.Name}\" is invalid: {Violation.Describe(tenantBroken)}"
                )
            );
        if (_tenants.Refusal(of) is { } refusal)
            return (true, refusal with { Message = $"tenant \"{of.Name}\": {refusal.Message}" });
        if (_book.IdOf(of) is not { } id || !_book.IsOf(of, tenant.Metadata.Uid))
            return (false, null);
        return (
            true,
            await WriteAsync(webhook, WebhookVerdict.RowOf(webhook, id, isSuspended), ct)
        );
    }

    private async Task PauseAsync(WebhookRow row, CancellationToken ct)
    {
        var (_, before) = await _observed.SeeWebhookAsync(row, ct);
        if (before is { IsPaused: false } && before.IsOf(row))
            await _store.PutWebhookAsync(row, null, ct);
    }

    private static Trouble Without(NamespacedName name, WhatsAppTenant? tenant) =>
        tenant is null
            ? new(
                Reasons.TenantNotFound,
                $"there is no tenant \"{name.Name}\" in namespace \"{name.Namespace}\"; a webhook belongs to a tenant of its own namespace"
            )
            : new(Reasons.TenantDeleting, $"tenant \"{name.Name}\" is being deleted");

    private async Task<Trouble?> WriteAsync(
        WhatsAppWebhook webhook,
        WebhookRow row,
        CancellationToken ct
    )
    {
        var (key, before) = await _observed.SeeWebhookAsync(row, ct);
        if (
            before?.Uid == row.Uid
            && WebhookValidation.ValidateUpdate(before.TenantName, webhook.Spec)
                is { Count: > 0 } changed
        )
            return new(
                Reasons.ImmutableFieldChanged,
                $"{Violation.Describe(changed)}. The webhook stays as it was created"
            );
        if (key is null)
        {
            lock (_lock)
                _waiting.Add(NamespacedName.Of(webhook));
            return new(Reasons.WaitingForPods, Reasons.WaitingForPods.Meaning);
        }
        var (secrets, trouble) = await _secrets.ReadAsync(webhook, ct);
        try
        {
            var box = secrets is null ? null : WebhookSecretValues.Seal(secrets, key);
            // While its secrets cannot be read it stays as it was, but may be paused.
            if (
                before?.Is(row, box) == true
                || (before is null && box is null)
                || !await _store.PutWebhookAsync(row, box, ct)
            )
                return Keeping(secrets, trouble, before?.IsOf(row) == true);
            Log.Written(_logger, row.Namespace, row.Name, row.Generation);
            return Keeping(secrets, trouble, box is null);
        }
        finally
        {
            WebhookSecretReader.Wipe(secrets);
        }
    }

    private static Trouble? Keeping(WebhookSecrets? read, Trouble? trouble, bool hasOthers) =>
        trouble is null || read is not null || !hasOthers
            ? trouble
            : trouble with
            {
                Message =
                    $"{trouble.Message}. Until then it stays as it was, with the secrets that were read before; it can be paused",
            };

    /// <summary>The object is gone, or about to.</summary>
    private async Task EndAsync(NamespacedName name, CancellationToken ct)
    {
        _verdicts.TryRemove(name, out _);
        if (
            _caches.Webhooks.Store[name] is null
            && await _client.GetAsync<WhatsAppWebhook>(name.Name, name.Namespace, ct) is not null
        )
            return;
        if (await _store.RemoveWebhookAsync(name.Namespace, name.Name, ct: ct))
            Log.Ended(_logger, name.Namespace, name.Name);
    }

    private async Task EndOfMissingAsync(CancellationToken ct)
    {
        if (!_caches.Webhooks.HasSynced)
            return;
        foreach (
            var stored in (await _observed.ReadWebhooksAsync(ct)).Where(s =>
                _caches.Watches(s.Namespace)
                && _caches.Webhooks.Store.Get(s.Namespace, s.Name)?.Metadata.Uid != s.Uid
            )
        )
            try
            {
                if (
                    (await _client.GetAsync<WhatsAppWebhook>(stored.Name, stored.Namespace, ct))
                        ?.Metadata
                        .Uid != stored.Uid
                    && await _store.RemoveWebhookAsync(
                        stored.Namespace,
                        stored.Name,
                        stored.Uid,
                        ct
                    )
                )
                    Log.Ended(_logger, stored.Namespace, stored.Name);
            }
            catch (KubernetesException e)
            {
                Log.Refused(_logger, stored.Namespace, stored.Name, e.Message);
            }
    }

    private void Tell(NamespacedName name, WebhookVerdict verdict)
    {
        if (VerdictOf(name) == verdict)
            return;
        _verdicts[name] = verdict;
        Changed.Emit(name);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.WebhookProjectorWritten,
            LogLevel.Information,
            "Webhook {Namespace}/{Name} is handed to the pods as of generation {Generation}"
        )]
        public static partial void Written(
            ILogger logger,
            string @namespace,
            string name,
            long generation
        );

        [LoggerMessage(
            EventIds.WebhookProjectorEnded,
            LogLevel.Information,
            "Webhook {Namespace}/{Name} is gone; nothing is posted for it any more"
        )]
        public static partial void Ended(ILogger logger, string @namespace, string name);

        [LoggerMessage(
            EventIds.WebhookProjectorRefused,
            LogLevel.Warning,
            "Webhook {Namespace}/{Name} could not be looked at, which the next round tries again: {Error}"
        )]
        public static partial void Refused(
            ILogger logger,
            string @namespace,
            string name,
            string error
        );
    }
}
