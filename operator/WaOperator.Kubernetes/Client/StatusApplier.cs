using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>Server-side apply of statuses without writes that would change nothing, so that an operator at rest is silent.</summary>
/// <param name="client">The API.</param>
/// <param name="fieldManager">The status is owned by this with <c>-status</c> appended (see
/// <see cref="IKubernetes.ApplyStatusAsync"/>).</param>
public sealed class StatusApplier(IKubernetes client, string fieldManager)
{
    /// <summary>
    /// Applies the status unless it is exactly so already: a status has one owner, so a field that is there and not
    /// desired is a change, too.
    /// </summary>
    /// <param name="live">The object as the cache has it.</param>
    /// <param name="desired">Usually <c>live with { Status = ... }</c>: only the status is sent, and the version makes it
    /// a conflict if the decision was made on an old state.</param>
    /// <param name="ct">Ends the call.</param>
    /// <returns>The object as it is now; <paramref name="live"/> itself when nothing was written.</returns>
    public async Task<T> ApplyIfChangedAsync<T>(T live, T desired, CancellationToken ct = default)
        where T : class, IKubernetesObject<T> =>
        JsonNode.DeepEquals(StatusOf(live), StatusOf(desired))
            ? live
            : await client.ApplyStatusAsync(desired, $"{fieldManager}-status", force: true, ct);

    private static JsonNode StatusOf<T>(T obj)
        where T : class, IKubernetesObject<T> =>
        JsonSerializer.SerializeToNode(obj, T.Resource.TypeInfo)!["status"] ?? new JsonObject();
}
