using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
using WaOperator.Operator.Sessions;
using WaOperator.Resources;
using WaOperator.Store.Desired;

namespace WaOperator.Operator.Tenants;

/// <summary>
/// Brings the hashes of tenants' API keys into their rows. A tenant that changed is looked at at once; a Secret that changed by
/// itself is found by a slow round, for Secrets are neither listed nor watched: at most ten are read a second.
/// </summary>
internal sealed class ApiKeys
{
    private const int RoundPerStep = 10;
    private static readonly TimeSpan RoundEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly HashSet<NamespacedName> _due = [];
    private readonly Queue<NamespacedName> _round = [];
    private readonly ConcurrentDictionary<NamespacedName, Trouble> _troubles = [];
    private readonly IKubernetes _client;
    private readonly DesiredStore _store;
    private readonly TenantBook _book;
    private readonly Caches _caches;
    private readonly TimeProvider _time;
    private long _roundBegan;

    public ApiKeys(
        IKubernetes client,
        DesiredStore store,
        TenantBook book,
        Caches caches,
        ILogger logger,
        TimeProvider time
    )
    {
        (_client, _store, _book, _caches) = (client, store, book, caches);
        _time = time;
        _roundBegan = time.GetTimestamp();
        Loop = new(
            "API keys of tenants",
            RoundEvery,
            TimeSpan.FromMilliseconds(100),
            StepAsync,
            logger,
            time
        );
    }

    /// <summary>Runs it.</summary>
    public Loop Loop { get; }

    /// <summary>Called when what is wrong with a tenant's keys changed.</summary>
    public Action<NamespacedName>? TroubleChanged { get; set; }

    /// <summary>What is wrong with a tenant's keys, as of the last look.</summary>
    public Trouble? TroubleOf(NamespacedName tenant) => _troubles.GetValueOrDefault(tenant);

    /// <summary>The tenant changed, or got its row.</summary>
    public void Enqueue(NamespacedName tenant)
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
        if (_round.Count == 0 && _time.GetElapsedTime(_roundBegan) >= RoundEvery)
        {
            _roundBegan = _time.GetTimestamp();
            foreach (var tenant in _caches.Tenants.Store)
                _round.Enqueue(NamespacedName.Of(tenant));
        }
        for (var i = 0; i < RoundPerStep && _round.TryDequeue(out var name); i++)
            await ProjectAsync(name, ct);
        Loop.Interval = _round.Count > 0 ? TimeSpan.FromSeconds(1) : RoundEvery;
    }

    private NamespacedName? Next()
    {
        lock (_lock)
            return _due.Count == 0 ? null : _due.First();
    }

    private async Task ProjectAsync(NamespacedName name, CancellationToken ct)
    {
        // Without a session there is nothing that a key could open.
        if (
            _book.IdOf(name) is not { } id
            || _caches.Tenants.Store[name] is not { Metadata.IsBeingDeleted: false } tenant
        )
        {
            _troubles.TryRemove(name, out _);
            return;
        }
        var hashes = new List<byte[]>();
        var troubles = new List<Trouble>();
        foreach (var key in tenant.Spec.ApiKeySecretRefs ?? [])
        {
            Secret? secret = null;
            if (
                await Refusal.TellAsync<Secret>(
                    "read",
                    key.Name,
                    async () =>
                        secret = await _client.GetAsync<Secret>(key.Name, name.Namespace, ct)
                ) is
                { } refused
            )
                troubles.Add(refused);
            else if (ApiKey.Hash(secret?.Data?.GetValueOrDefault(key.Key)) is { } hash)
                hashes.Add(hash);
            else
                troubles.Add(
                    new(
                        Reasons.SecretInvalid,
                        $"Secret {key.Name} has no usable API key under {key.Key}: it must hold {ApiKey.MinLength} to {ApiKey.MaxLength} printable ASCII characters without spaces, as random as `openssl rand -hex 32` makes them"
                    )
                );
        }
        // A Secret that may not be read says nothing about its key: what was known of it stays.
        if (troubles.All(t => t.Reason != Reasons.ObjectRefused))
            await _store.PutApiKeysAsync(id, hashes, ct);
        Tell(name, Refusal.Merge(troubles));
    }

    private void Tell(NamespacedName name, Trouble? trouble)
    {
        if (TroubleOf(name) == trouble)
            return;
        if (trouble is null)
            _troubles.TryRemove(name, out _);
        else
            _troubles[name] = trouble;
        TroubleChanged?.Invoke(name);
    }
}

/// <summary>What counts as an API key.</summary>
public static class ApiKey
{
    /// <summary>Characters at least: a key is stored as a plain hash, so nobody may be able to try them all.</summary>
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
