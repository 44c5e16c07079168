using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>Adding and removing a finalizer without touching those of others.</summary>
public static class Finalizers
{
    /// <summary>Adds the finalizer; nothing is written when it is there.</summary>
    /// <exception cref="KubernetesException">A conflict, when the object is newer than <paramref name="obj"/>: read it again.</exception>
    public static Task<T> AddFinalizerAsync<T>(
        this IKubernetes client,
        T obj,
        string finalizer,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T> =>
        obj.Metadata.HasFinalizer(finalizer)
            ? Task.FromResult(obj)
            : SetAsync(client, obj, [.. obj.Metadata.Finalizers ?? [], finalizer], ct);

    /// <summary>Removes the finalizer; nothing is written when it is not there. False when the object is gone.</summary>
    /// <inheritdoc cref="AddFinalizerAsync"/>
    public static async Task<bool> RemoveFinalizerAsync<T>(
        this IKubernetes client,
        T obj,
        string finalizer,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>
    {
        if (!obj.Metadata.HasFinalizer(finalizer))
            return true;
        try
        {
            await SetAsync(
                client,
                obj,
                [.. obj.Metadata.Finalizers!.Where(f => f != finalizer)],
                ct
            );
            return true;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    private static Task<T> SetAsync<T>(
        IKubernetes client,
        T obj,
        string[] finalizers,
        CancellationToken ct
    )
        where T : class, IKubernetesObject<T>
    {
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                // The list is replaced as a whole: only if no one changed it since it was read.
                ["resourceVersion"] = obj.Metadata.ResourceVersion,
                ["uid"] = obj.Metadata.Uid,
                ["finalizers"] = new JsonArray([.. finalizers.Select(f => (JsonNode)f)]),
            },
        };
        return client.PatchMergeAsync<T>(obj.Metadata.Name!, obj.Metadata.Namespace, patch, ct: ct);
    }
}
