using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Pools;

namespace WaOperator.Operator.Shards;

/// <summary>What the API server shows of a shard's pod, reduced to what decides.</summary>
/// <param name="Uid">UID of the pod.</param>
/// <param name="Name">Name of the pod.</param>
/// <param name="IsReady">Its readiness probe answers.</param>
/// <param name="IsGoing">Its deletion was asked for, or it is Failed or Succeeded: kubelet starts no container of it again.</param>
/// <param name="IsDown">Kubelet says that no container of it runs now; it may start one again at any moment.</param>
/// <param name="IsTerminated">
/// Kubelet's own word that every container of this pod UID terminated and none will start again. Only this ends a lease
/// early: a container that merely stopped may be running again before its status says so.
/// </param>
/// <param name="NodeName">Its node, null before it is scheduled.</param>
public sealed record PodFacts(
    string Uid,
    string Name,
    bool IsReady,
    bool IsGoing,
    bool IsDown,
    bool IsTerminated,
    string? NodeName
)
{
    /// <summary>Its deletion was asked for; its object exists until kubelet, or another client that may, removes it.</summary>
    public bool IsBeingDeleted { get; init; }

    /// <summary>It does not start, and will not before someone corrects it. See <see cref="Rollout.WhyBroken(Pod)"/>.</summary>
    public bool IsBroken { get; init; }

    /// <summary>The reason that is written where kubelet did not know: no one's word.</summary>
    public const string Unknown = "ContainerStatusUnknown";

    /// <summary>Reads a pod.</summary>
    public static PodFacts Of(Pod pod)
    {
        var status = pod.Status;
        var containers = status?.ContainerStatuses ?? [];
        var wanted = pod.Spec?.Containers?.Count ?? 0;
        var going = pod.Metadata.IsBeingDeleted || status?.Phase is "Failed" or "Succeeded";
        var complete = wanted > 0 && containers.Count >= wanted;
        return new(
            pod.Metadata.Uid ?? "",
            pod.Metadata.Name ?? "",
            status?.Conditions?.Any(c => c is { Type: "Ready", IsTrue: true }) == true,
            going,
            complete && containers.All(IsContainerDown),
            complete && going && containers.All(c => IsEnd(c.State?.Terminated)),
            pod.Spec?.NodeName
        )
        {
            IsBeingDeleted = pod.Metadata.IsBeingDeleted,
            IsBroken = Rollout.WhyBroken(pod) is not null,
        };
    }

    /// <summary>Its run is over; in a back-off after a crash the next has not begun.</summary>
    private static bool IsContainerDown(ContainerStatus container) =>
        IsEnd(container.State?.Terminated)
        || (container.State?.Waiting is not null && IsEnd(container.LastState?.Terminated));

    private static bool IsEnd(ContainerStateTerminated? end) =>
        end is not null && end.Reason != Unknown;
}
