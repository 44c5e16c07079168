using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>A page of a list.</summary>
/// <param name="Metadata">The list's resourceVersion and the token of the next page.</param>
/// <param name="Items">The objects.</param>
public sealed record KubernetesList<T>(ListMeta Metadata, IReadOnlyList<T> Items);

/// <summary>What happened to an object.</summary>
public enum WatchEventType
{
    /// <summary>It is new (or part of the initial state).</summary>
    Added,

    /// <summary>It changed.</summary>
    Modified,

    /// <summary>It is gone; the event carries its last state.</summary>
    Deleted,

    /// <summary>Nothing, but everything up to <see cref="WatchEvent{T}.ResourceVersion"/> was sent.</summary>
    Bookmark,
}

/// <summary>One event of a watch.</summary>
/// <param name="Type">What happened.</param>
/// <param name="Object">The object; null for a bookmark.</param>
/// <param name="ResourceVersion">Where in the history the watch stands now.</param>
/// <param name="InitialEventsEnd">The bookmark that ends the initial state of a watch-list.</param>
public readonly record struct WatchEvent<T>(
    WatchEventType Type,
    T? Object,
    string ResourceVersion,
    bool InitialEventsEnd = false
)
    where T : class;
