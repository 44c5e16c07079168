using WaOperator.Kubernetes.Objects;
using WaOperator.Operator.Shards;

namespace WaOperator.Operator.Pools;

/// <summary>A shard's pod as a rollout sees it.</summary>
/// <param name="Ordinal">Ordinal.</param>
/// <param name="Uid">UID of the pod.</param>
/// <param name="IsUpdated">It was made from the present template.</param>
/// <param name="IsReady">It answers its readiness probe.</param>
/// <param name="IsGoing">It is being deleted.</param>
/// <param name="Broken">Why it does not start, if it does not.</param>
/// <param name="State">State of its shard.</param>
/// <param name="IsSettled">The sessions on it have come back.</param>
internal sealed record RolloutPod(
    int Ordinal,
    string Uid,
    bool IsUpdated,
    bool IsReady,
    bool IsGoing,
    string? Broken,
    ShardState State,
    bool IsSettled
);

/// <summary>How a rollout stands.</summary>
internal enum RolloutState
{
    /// <summary>All pods are made from the present template and fare well.</summary>
    Done,

    /// <summary>It continues, or waits for a pod.</summary>
    Progressing,

    /// <summary>A new pod does not start: no other is touched before the template changes again.</summary>
    Stopped,
}

/// <summary>What to do next.</summary>
/// <param name="State">How it stands.</param>
/// <param name="Message">For people; empty when done.</param>
/// <param name="Replace">The pod to delete now, if any.</param>
internal sealed record RolloutStep(RolloutState State, string Message, RolloutPod? Replace);

/// <summary>
/// Replaces pods of an old template one after the other: a pure function. The next goes only when the one before serves
/// again and its sessions are back. A pod that does not start stops it; a template that was put back undoes it, since then
/// the pod that does not start is the outdated one, and such a pod is replaced first.
/// </summary>
internal static class Rollout
{
    /// <summary>The next step.</summary>
    /// <param name="pods">The pods that exist, of ordinals that are to stay.</param>
    /// <param name="wanted">How many there should be.</param>
    /// <param name="maySuspectPods">
    /// The operator itself reaches the database: a pod that is not ready has a fault of its own. Otherwise none is touched,
    /// for all are silent and keep their sockets.
    /// </param>
    public static RolloutStep Decide(
        IReadOnlyList<RolloutPod> pods,
        int wanted,
        bool maySuspectPods
    )
    {
        var broken = pods.FirstOrDefault(p => p.IsUpdated && p.Broken is not null);
        var outdated = pods.Where(p => !p.IsUpdated && !p.IsGoing)
            .OrderByDescending(p => p.Ordinal)
            .ToList();
        if (outdated.Count == 0 && broken is null)
            return pods.Count < wanted || pods.Any(p => p.IsGoing)
                ? Wait("pods are being made")
                : new(RolloutState.Done, "", null);
        if (pods.Any(p => p.IsGoing) || pods.Count < wanted)
            return broken is null ? Wait("waits for a pod that is being replaced") : Stop(broken);
        if (!maySuspectPods)
            return Wait("waits for the database");
        if (outdated.Find(Idles) is { } idle)
            return Replace(idle);
        if (broken is not null)
            return Stop(broken);
        if (pods.FirstOrDefault(p => p.IsUpdated && !(p.IsReady && p.IsSettled)) is { } young)
            return Wait($"waits until the sessions of shard {young.Ordinal} are back");
        if (pods.FirstOrDefault(p => !p.IsReady && p != outdated[0]) is { } down)
            return Wait($"waits for shard {down.Ordinal}");
        return Replace(outdated[0]);
    }

    /// <summary>
    /// Why a pod does not start; null when it does, or has not been tried yet. Kubelet's words change with every attempt
    /// (pulling and backing off, running and crashing); these stay the same while nothing changes.
    /// </summary>
    public static string? WhyBroken(Pod pod) =>
        pod.Status?.ContainerStatuses?.Select(WhyBroken).FirstOrDefault(why => why is not null);

    private static string? WhyBroken(ContainerStatus container) =>
        container.State?.Waiting?.Reason switch
        {
            "ImagePullBackOff" or "ErrImagePull" or "ErrImageNeverPull" or "InvalidImageName" =>
                $"its image {container.Image} cannot be pulled",
            "CreateContainerConfigError" or "CreateContainerError" =>
                $"its container cannot be made: {container.State.Waiting.Message}",
            "RunContainerError" => "its container cannot be started",
            _ when container is { RestartCount: >= Crashes, Ready: not true } =>
                $"its process ended {Crashes} times or more without serving, see its log",
            _ => null,
        };

    private const int Crashes = 3;

    /// <summary>It serves no one, so replacing it costs no one anything.</summary>
    private static bool Idles(RolloutPod pod) =>
        !pod.IsReady && pod.State is not (ShardState.Serving or ShardState.Draining);

    private static RolloutStep Wait(string why) => new(RolloutState.Progressing, why, null);

    private static RolloutStep Replace(RolloutPod pod) =>
        new(RolloutState.Progressing, $"replaces the pod of shard {pod.Ordinal}", pod);

    private static RolloutStep Stop(RolloutPod pod) =>
        new(
            RolloutState.Stopped,
            $"the pod of shard {pod.Ordinal} does not start ({pod.Broken}); no other pod is replaced until the pool is corrected",
            null
        );
}
