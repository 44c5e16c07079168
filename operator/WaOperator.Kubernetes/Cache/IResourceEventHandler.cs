using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Cache;

/// <summary>
/// Is told of every change of a store, in order and after the store shows it. The calls come from the watch itself: they
/// must be quick (put a key into a queue) and not block.
/// </summary>
public interface IResourceEventHandler<in T>
    where T : class, IKubernetesObject
{
    /// <summary>An object is new here.</summary>
    /// <param name="obj">The object.</param>
    /// <param name="isInInitialList">It belongs to the state at the start, not to a change since.</param>
    void OnAdded(T obj, bool isInInitialList);

    /// <summary>An object changed, perhaps several times; changes in between may go unseen.</summary>
    void OnUpdated(T old, T obj);

    /// <summary>An object is gone.</summary>
    /// <param name="obj">Its last known state.</param>
    /// <param name="finalStateUnknown">
    /// The deletion was not seen, only that the object is missing from a new list: it may have changed, or have been
    /// replaced by another of the same name, in between.
    /// </param>
    void OnDeleted(T obj, bool finalStateUnknown);
}

/// <summary>A handler made of delegates.</summary>
public sealed class ResourceEventHandler<T> : IResourceEventHandler<T>
    where T : class, IKubernetesObject
{
    /// <summary>See <see cref="IResourceEventHandler{T}.OnAdded"/>.</summary>
    public Action<T, bool>? Added { get; init; }

    /// <summary>See <see cref="IResourceEventHandler{T}.OnUpdated"/>.</summary>
    public Action<T, T>? Updated { get; init; }

    /// <summary>See <see cref="IResourceEventHandler{T}.OnDeleted"/>.</summary>
    public Action<T, bool>? Deleted { get; init; }

    void IResourceEventHandler<T>.OnAdded(T obj, bool isInInitialList) =>
        Added?.Invoke(obj, isInInitialList);

    void IResourceEventHandler<T>.OnUpdated(T old, T obj) => Updated?.Invoke(old, obj);

    void IResourceEventHandler<T>.OnDeleted(T obj, bool finalStateUnknown) =>
        Deleted?.Invoke(obj, finalStateUnknown);
}
