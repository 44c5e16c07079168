using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Options;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store.Operator;

namespace WaOperator.Operator.Tenants;

/// <summary>
/// Brings the hashes of tenants' API keys, and the public keys of those that issue tokens for them, into their rows. A tenant that changed
/// is looked at at once; a Secret that changed by itself is found by a slow round, for Secrets are neither listed nor watched: those of at
/// most ten tenants are read a second. A tenant that is being deleted can only lose keys.
/// </summary>
internal sealed partial class ApiKeys
{
    private const int RoundPerStep = 10;
    private readonly Lock _lock = new();
    private readonly HashSet<NamespacedName> _due = [];
    private readonly Queue<NamespacedName> _round = [];
    private readonly ConcurrentDictionary<NamespacedName, Trouble> _troubles = [];
    private readonly IKubernetes _client;
    private readonly DesiredStore _store;
    private readonly ObservedStore _observed;
    private readonly TenantBook _book;
    private readonly Caches _caches;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly TimeSpan _roundEvery;
    private HashSet<StoredTenant> _missing = [];
    private long _roundBegan;

    public ApiKeys(
        IKubernetes client,
        DesiredStore store,
        ObservedStore observed,
        TenantBook book,
        Caches caches,
        OperatorOptions.ApiKeysOptions options,
        ILogger logger,
        TimeProvider time
    )
    {
        (_client, _store, _observed) = (client, store, observed);
        (_book, _caches, _logger, _time) = (book, caches, logger, time);
        _roundEvery = TimeSpan.FromSeconds(options.RoundSeconds);
        _roundBegan = time.GetTimestamp();
        Loop = new(
            "API keys of tenants",
            _roundEvery,
            TimeSpan.FromMilliseconds(100),
            StepAsync,
            logger,
            time
        );
        caches.Tenants.AddEventHandler(
            ObjectChanges.Of<WhatsAppTenant>(t => Enqueue(NamespacedName.Of(t)))
        );
        book.Written.Subscribe(Enqueue);
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>What is wrong with a tenant's keys changed.</summary>
    public Signal<NamespacedName> TroubleChanged { get; } = new();

    /// <summary>What is wrong with a tenant's keys, as of the last look.</summary>
    public Trouble? TroubleOf(NamespacedName tenant) => _troubles.GetValueOrDefault(tenant);

    private void Enqueue(NamespacedName tenant)
    {
        lock (_lock)
            _due.Add(tenant);
        Loop.Wake();
    }

    private async Task StepAsync(CancellationToken ct)
    {
        while (Next() is { } name)
        {
            await ProjectAsync(name, ct);
            lock (_lock)
                _due.Remove(name);
        }
        if (_round.Count == 0 && _time.GetElapsedTime(_roundBegan) >= _roundEvery)
        {
            _roundBegan = _time.GetTimestamp();
            await EndOfMissingAsync(ct);
            foreach (var tenant in _caches.Tenants.Store)
                _round.Enqueue(NamespacedName.Of(tenant));
        }
        for (var i = 0; i < RoundPerStep && _round.TryDequeue(out var name); i++)
            await ProjectAsync(name, ct);
        Loop.Interval = _round.Count > 0 ? TimeSpan.FromSeconds(1) : _roundEvery;
    }

    private NamespacedName? Next()
    {
        lock (_lock)
            return _due.Count == 0 ? null : _due.First();
    }

    private async Task ProjectAsync(NamespacedName name, CancellationToken ct)
    {
        // Without a session there is nothing that a key could open. A row that this leader has not written may be there all the same:
        // a tenant that is being deleted, or is invalid now, gets none.
        if (
            _caches.Tenants.Store[name] is not { } tenant
            || (_book.IdOf(name) ?? await _observed.FindTenantAsync(name.Namespace, name.Name, ct))
                is not { } id
        )
        {
            _troubles.TryRemove(name, out _);
            return;
        }
        var (hashes, unread, troubles) = await ReadAsync(tenant, ct);
        var issuers = await ReadIssuersAsync(tenant, troubles, ct);
        await _store.PutApiKeysAsync(
            id,
            new ApiKeyReading(hashes, unread, MayHaveKeys(name, tenant))
            {
                Limits = LimitsOf(tenant),
                Issuers = issuers,
            },
            ct
        );
        if (tenant.Metadata.IsBeingDeleted)
            _troubles.TryRemove(name, out _);
        else
            Tell(name, Refusal.Merge(troubles));
    }

    /// <summary>The object may have gone, or be another one, since its Secrets were read.</summary>
    private bool MayHaveKeys(NamespacedName name, WhatsAppTenant read) =>
        _caches.Tenants.Store[name] is { Metadata: { IsBeingDeleted: false, Uid: { } uid } }
        && uid == read.Metadata.Uid
        && _book.IsOf(name, uid);

    private async Task<(
        Dictionary<string, byte[]> Hashes,
        List<string> Unread,
        List<Trouble> Troubles
    )> ReadAsync(WhatsAppTenant tenant, CancellationToken ct)
    {
        var hashes = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        var (unread, troubles) = (new List<string>(), new List<Trouble>());
        foreach (var key in tenant.Spec.ApiKeySecretRefs ?? [])
        {
            var source = $"{key.Name}/{key.Key}";
            var (secret, refused) = await ReadSecretAsync(tenant, key.Name, ct);
            if (refused is not null)
            {
                // It says nothing about its key.
                unread.Add(source);
                troubles.Add(refused);
            }
            else if (ApiKey.Hash(secret?.Data?.GetValueOrDefault(key.Key)) is { } hash)
                hashes[source] = hash;
            else
                troubles.Add(
                    new(
                        Reasons.SecretInvalid,
                        $"Secret {key.Name} has no usable API key under {key.Key}: it must hold {ApiKey.MinLength} to {ApiKey.MaxLength} printable ASCII characters without spaces, as random as `openssl rand -hex 32` makes them"
                    )
                );
        }
        return (hashes, unread, troubles);
    }

    private async Task<List<StoredIssuer>> ReadIssuersAsync(
        WhatsAppTenant tenant,
        List<Trouble> troubles,
        CancellationToken ct
    )
    {
        var issuers = new List<StoredIssuer>();
        foreach (var issuer in tenant.Spec.TokenIssuers ?? [])
        {
            var at = issuer.KeysSecretRef;
            var (secret, refused) = await ReadSecretAsync(tenant, at.Name, ct);
            string? keys = null;
            if (refused is not null)
                troubles.Add(refused);
            else if (
                (keys = IssuerKeys.Read(secret?.Data?.GetValueOrDefault(at.Key), out var wrong))
                is null
            )
            {
                troubles.Add(
                    new(
                        Reasons.SecretInvalid,
                        $"Secret {at.Name} has no usable keys of {issuer.Issuer} under {at.Key}: {wrong}"
                    )
                );
                continue;
            }
            issuers.Add(
                new(
                    issuer.Issuer,
                    issuer.Audience,
                    issuer.Claim ?? TokenIssuer.DefaultClaim,
                    issuer.Scopes is { Count: > 0 } scopes ? scopes : null,
                    at.ToString(),
                    keys
                )
            );
        }
        return issuers;
    }

    private async Task<(Secret? Secret, Trouble? Refused)> ReadSecretAsync(
        WhatsAppTenant tenant,
        string name,
        CancellationToken ct
    )
    {
        Secret? secret = null;
        var refused = await Refusal.TellAsync<Secret>(
            "read",
            name,
            async () => secret = await _client.GetAsync<Secret>(name, tenant.Metadata.Namespace, ct)
        );
        return (secret, refused);
    }

    private static Dictionary<string, ApiKeyLimits> LimitsOf(WhatsAppTenant tenant) =>
        (tenant.Spec.ApiKeySecretRefs ?? [])
            .Where(k =>
                k.Scopes is { Count: > 0 } || k.Sessions is { Count: > 0 } || k.NotAfter is not null
            )
            .ToDictionary(
                k => k.ToString(),
                k => new ApiKeyLimits(
                    k.Scopes is { Count: > 0 } scopes ? scopes : null,
                    k.Sessions is { Count: > 0 } sessions ? sessions : null,
                    k.NotAfter
                ),
                StringComparer.Ordinal
            );

    /// <summary>
    /// Keys end with the tenant's object, whether or not its deletion was seen: without its finalizer it goes unseen while no
    /// operator runs. Missing in two rounds and on the API server's own word.
    /// </summary>
    private async Task EndOfMissingAsync(CancellationToken ct)
    {
        if (!_caches.Tenants.HasSynced)
            return;
        var missing = (await _observed.ReadEndingTenantsAsync(ct))
            .Where(t =>
                _caches.Watches(t.Namespace)
                && _caches.Tenants.Store.Get(t.Namespace, t.Name) is null
            )
            .ToHashSet();
        foreach (var tenant in missing.Where(_missing.Contains))
        {
            if (
                await _client.GetAsync<WhatsAppTenant>(tenant.Name, tenant.Namespace, ct)
                is not null
            )
                continue;
            await _store.RemoveTenantAsync(tenant.Namespace, tenant.Name, tenant.Uid, ct);
            _book.Remove(new(tenant.Namespace, tenant.Name), tenant.Uid);
            Log.Ended(_logger, tenant.Namespace, tenant.Name);
        }
        _missing = missing;
    }

    private void Tell(NamespacedName name, Trouble? trouble)
    {
        if (TroubleOf(name) == trouble)
            return;
        if (trouble is null)
            _troubles.TryRemove(name, out _);
        else
            _troubles[name] = trouble;
        TroubleChanged.Emit(name);
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ApiKeysEnded,
            LogLevel.Warning,
            "Tenant {Namespace}/{Name} is gone although its finalizer was not ours to remove; its API keys end"
        )]
        public static partial void Ended(ILogger logger, string @namespace, string name);
    }
}

/// <summary>What counts as an API key.</summary>
public static class ApiKey
{
    /// <summary>Characters at least: a key is stored as a plain hash, so no one may be able to try them all.</summary>
    public const int MinLength = 32;

    /// <summary>Characters at most.</summary>
    public const int MaxLength = 512;

    /// <summary>SHA-256 of a key as a Secret holds it, line ends aside; null if that is none.</summary>
    public static byte[]? Hash(byte[]? value)
    {
        var text = Encoding.Latin1.GetString(value ?? []).Trim('\r', '\n');
        return
            text.Length is >= MinLength and <= MaxLength && text.All(c => c is > ' ' and < '\x7f')
            ? SHA256.HashData(Encoding.ASCII.GetBytes(text))
            : null;
    }
}
