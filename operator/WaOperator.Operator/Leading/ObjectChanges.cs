using WaOperator.Kubernetes.Cache;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Operator.Leading;

/// <summary>Which changes of objects count for those that watch them: what people change, and not our own statuses.</summary>
internal static class ObjectChanges
{
    /// <summary>Calls <paramref name="act"/> when an object comes, goes, or differs in more than its status.</summary>
    public static IResourceEventHandler<T> Of<T>(Action<T> act)
        where T : class, IKubernetesObject =>
        new ResourceEventHandler<T>
        {
            Added = (obj, _) => act(obj),
            Updated = (old, obj) =>
            {
                if (IsMore(old, obj))
                    act(obj);
            },
            Deleted = (obj, _) => act(obj),
        };

    /// <summary>Whether a change is more than one of the status; comings and goings are.</summary>
    public static bool IsMore<T>(T? old, T? now)
        where T : class, IKubernetesObject =>
        old is null || now is null || !IsStatusOnly(old.Metadata, now.Metadata);

    /// <summary>Whether the object changed, and neither came nor went.</summary>
    public static bool IsUpdate<T>(T? old, T? now)
        where T : class, IKubernetesObject => old is not null && now is not null;

    /// <summary>Whether the object is gone.</summary>
    public static bool IsGone<T>(T? old, T? now)
        where T : class, IKubernetesObject => now is null;

    /// <summary>Whether the object is there, new or changed.</summary>
    public static bool IsPresent<T>(T? old, T? now)
        where T : class, IKubernetesObject => now is not null;

    private static bool IsStatusOnly(ObjectMeta old, ObjectMeta now) =>
        old.Uid == now.Uid
        && old.Generation == now.Generation
        && old.DeletionTimestamp == now.DeletionTimestamp
        && Same(old.Annotations, now.Annotations)
        && Same(old.Labels, now.Labels)
        && (old.Finalizers ?? []).SequenceEqual(now.Finalizers ?? [], StringComparer.Ordinal);

    private static bool Same(
        IReadOnlyDictionary<string, string>? a,
        IReadOnlyDictionary<string, string>? b
    ) =>
        (a?.Count ?? 0) == (b?.Count ?? 0)
        && (a ?? new Dictionary<string, string>()).All(p =>
            b!.TryGetValue(p.Key, out var value) && value == p.Value
        );
}
