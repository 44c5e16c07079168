using System.Security.Cryptography;
using System.Text;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Events;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Leading;
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
    private readonly Dictionary<NamespacedName, string> _told = [];
    private readonly IKubernetes _client;
    private readonly DesiredStore _store;
    private readonly TenantBook _book;
    private readonly Caches _caches;
    private readonly IEventRecorder _events;
    private readonly TimeProvider _time;
    private long _roundBegan;

    public ApiKeys(
        IKubernetes client,
        DesiredStore store,
        TenantBook book,
        Caches caches,
        IEventRecorder events,
        ILogger logger,
        TimeProvider time
    )
    {
        (_client, _store, _book, _caches, _events) = (client, store, book, caches, events);
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

    /// <summary>The tenant changed, or has a row only now.</summary>
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
            return;
        var hashes = new List<byte[]>();
        var problems = new List<string>();
        foreach (var key in tenant.Spec.ApiKeySecretRefs ?? [])
        {
            var secret = await _client.GetAsync<Secret>(key.Name, name.Namespace, ct);
            if (ApiKey.Hash(secret?.Data?.GetValueOrDefault(key.Key)) is { } hash)
                hashes.Add(hash);
            else
                problems.Add(
                    $"Secret {key.Name} has no usable API key under {key.Key}: it must hold {ApiKey.MinLength} to {ApiKey.MaxLength} printable ASCII characters without spaces, as random as `openssl rand -hex 32` makes them"
                );
        }
        await _store.PutApiKeysAsync(id, hashes, ct);
        Tell(tenant, name, string.Join("; ", problems));
    }

    private void Tell(WhatsAppTenant tenant, NamespacedName name, string problem)
    {
        if (problem.Length > 0 && _told.GetValueOrDefault(name) != problem)
            _events.Warning(tenant, Reasons.SecretInvalid, problem);
        _told[name] = problem;
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
