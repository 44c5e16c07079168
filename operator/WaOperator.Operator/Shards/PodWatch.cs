using System.Collections.Concurrent;
using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Controllers;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Operator.Shards;

/// <summary>
/// Remembers of session pods what must outlive their objects: whose containers kubelet declared terminated while the pod
/// existed, and on which node each ran.
/// </summary>
internal sealed class PodWatch : IResourceEventHandler<Pod>
{
    /// <summary>The administrator's word that a node is off: https://kubernetes.io/docs/reference/labels-annotations-taints/.</summary>
    public const string OutOfService = "node.kubernetes.io/out-of-service";

    /// <summary>Pods that are remembered; a lease has a life of seconds, so the oldest are of no use.</summary>
    private const int Memory = 5000;

    private readonly ConcurrentDictionary<string, string> _nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _terminated = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> _order = new();

    /// <summary>A pod changed in a way that may change its shard.</summary>
    public Signal<Pod> Changed { get; } = new();

    /// <summary>Kubelet's word was seen that nothing of this pod runs or will run again.</summary>
    public bool IsTerminated(string uid) => _terminated.ContainsKey(uid);

    /// <summary>The node that the pod ran on, if it is known.</summary>
    public string? NodeOf(string uid) => _nodes.GetValueOrDefault(uid);

    /// <summary>Whether the node bears the taint.</summary>
    public static bool IsOutOfService(Node? node) =>
        node?.Spec?.Taints?.Any(t => t.Key == OutOfService) == true;

    /// <inheritdoc/>
    public void OnAdded(Pod obj, bool isInInitialList) => See(null, obj);

    /// <inheritdoc/>
    public void OnUpdated(Pod old, Pod obj) => See(PodFacts.Of(old), obj);

    /// <inheritdoc/>
    public void OnDeleted(Pod obj, bool finalStateUnknown)
    {
        // The last state that a watch sends with a deletion is what stood in the object; a missing one says nothing new.
        if (!finalStateUnknown)
            See(PodFacts.Of(obj), obj);
        Changed.Emit(obj);
    }

    private void See(PodFacts? before, Pod pod)
    {
        var facts = PodFacts.Of(pod);
        if (facts.Uid.Length == 0)
            return;
        if (facts.NodeName is { } node && _nodes.TryAdd(facts.Uid, node))
            Remember(facts.Uid);
        if (facts.IsTerminated)
            _terminated[facts.Uid] = true;
        if (before != facts)
            Changed.Emit(pod);
    }

    private void Remember(string uid)
    {
        _order.Enqueue(uid);
        while (_order.Count > Memory && _order.TryDequeue(out var oldest))
        {
            _nodes.TryRemove(oldest, out _);
            _terminated.TryRemove(oldest, out _);
        }
    }
}
