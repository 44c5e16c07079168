using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Sessions;
using WaOperator.Operator.Shards;
using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>
/// Removes the objects of pods that are being deleted and of which nothing acts any more, so that the StatefulSet makes the
/// next pod at once. Kubelet may take a minute for it, and a kubelet without power for ever.
/// </summary>
internal sealed class PodRemover(PoolTools with)
{
    /// <summary>Removes what may be removed.</summary>
    /// <returns>What stands in the way.</returns>
    public async Task<Trouble?> RemoveAsync(WhatsAppSessionPool pool, CancellationToken ct)
    {
        Trouble? trouble = null;
        foreach (var shard in with.Shards.OfPool(pool.Metadata.Uid!).Where(s => s.IsPodOver))
            if (with.Caches.PodOf(pool, shard.Id.Ordinal) is { } pod && pod.Metadata.IsBeingDeleted)
                trouble =
                    await Refusal.TellAsync<Pod>(
                        "remove",
                        shard.Pod,
                        () => RemoveAsync(pool, pod, shard, ct)
                    ) ?? trouble;
        return trouble;
    }

    private async Task RemoveAsync(
        WhatsAppSessionPool pool,
        Pod pod,
        ShardEntry shard,
        CancellationToken ct
    )
    {
        await with.Client.DeleteAsync<Pod>(
            shard.Pod,
            pool.Metadata.Namespace,
            new() { Uid = pod.Metadata.Uid, GracePeriodSeconds = 0 },
            ct
        );
        if (
            pod.Spec?.NodeName is { } node
            && PodWatch.IsOutOfService(with.Caches.Nodes?.Store[new NamespacedName("", node)])
        )
            with.Events.Tell(
                pool,
                new(
                    false,
                    Reasons.PodRemoved,
                    $"removed the pod of shard {shard.Id.Ordinal}, whose node {node} has the taint {PodWatch.OutOfService}"
                )
            );
    }
}
