using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>
/// Server-side apply without writes that would change nothing, so that an operator at rest is silent. The first apply of
/// an object in a process is always sent: only the server knows which fields an earlier version of us applied and this
/// one does not. After that an object is left alone while the same is desired of it and it still is so.
/// </summary>
/// <param name="client">The API.</param>
/// <param name="fieldManager">Who owns the fields; the status is owned by this with <c>-status</c> appended (see
/// <see cref="IKubernetes.ApplyStatusAsync"/>).</param>
public sealed class ServerSideApplier(IKubernetes client, string fieldManager)
{
    private readonly record struct ObjectId(Type Type, NamespacedName Key, string? Uid);

    private sealed record Applied(byte[] Hash, long? Generation);

    private readonly ConcurrentDictionary<ObjectId, Applied> _applied = new();

    /// <summary>Applies unless nothing would change.</summary>
    /// <param name="live">The object as the cache has it; null: it is not there.</param>
    /// <param name="desired">Only the fields to own.</param>
    /// <param name="ct">Ends the call.</param>
    /// <returns>The object as it is now; <paramref name="live"/> itself when nothing was written.</returns>
    public async Task<T> ApplyIfChangedAsync<T>(T? live, T desired, CancellationToken ct = default)
        where T : class, IKubernetesObject<T>
    {
        var wanted = JsonSerializer.SerializeToNode(desired, T.Resource.TypeInfo)!;
        var hash = SHA256.HashData(
            JsonSerializer.SerializeToUtf8Bytes(wanted, ClientJsonContext.Default.JsonNode)
        );
        if (
            live is not null
            && _applied.TryGetValue(IdOf(live), out var last)
            && last.Hash.AsSpan().SequenceEqual(hash)
            && IsSo(live, wanted, last)
        )
            return live;
        var now = await client.ApplyAsync(desired, fieldManager, force: true, ct);
        _applied[IdOf(now)] = new(hash, now.Metadata.Generation);
        return now;
    }

    /// <summary>
    /// Applies the status unless it is exactly so already: a status has one owner, so a field that is there and not
    /// desired is a change, too.
    /// </summary>
    /// <param name="live">The object as the cache has it.</param>
    /// <param name="desired">Usually <c>live with { Status = ... }</c>: only the status is sent, and the version makes it
    /// a conflict if the decision was made on an old state.</param>
    /// <param name="ct">Ends the call.</param>
    /// <returns>The object as it is now; <paramref name="live"/> itself when nothing was written.</returns>
    public async Task<T> ApplyStatusIfChangedAsync<T>(
        T live,
        T desired,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T> =>
        JsonNode.DeepEquals(StatusOf(live), StatusOf(desired))
            ? live
            : await client.ApplyStatusAsync(desired, $"{fieldManager}-status", force: true, ct);

    /// <summary>The object is gone and need not be remembered.</summary>
    public void Forget<T>(T gone)
        where T : class, IKubernetesObject<T> => _applied.TryRemove(IdOf(gone), out _);

    private static bool IsSo<T>(T live, JsonNode wanted, Applied last)
        where T : class, IKubernetesObject<T>
    {
        var there = JsonSerializer.SerializeToNode(live, T.Resource.TypeInfo)!;
        if (JsonSubset.Holds(wanted, there))
            return true;
        // The server writes some values in its own way (0.5 CPU becomes 500m). The generation tells that nobody changed
        // the object since; it does not count metadata.
        return last.Generation is not null
            && last.Generation == live.Metadata.Generation
            && JsonSubset.Holds(wanted["metadata"], there["metadata"]);
    }

    private static JsonNode StatusOf<T>(T obj)
        where T : class, IKubernetesObject<T> =>
        JsonSerializer.SerializeToNode(obj, T.Resource.TypeInfo)!["status"] ?? new JsonObject();

    private static ObjectId IdOf<T>(T obj)
        where T : class, IKubernetesObject<T> =>
        new(typeof(T), NamespacedName.Of(obj), obj.Metadata.Uid);
}
