namespace WaOperator.Kubernetes.Client;

/// <summary>What to list, and how fresh.</summary>
public record ListOptions
{
    /// <summary>Such as <c>app=web,tier!=cache</c>.</summary>
    public string? LabelSelector { get; init; }

    /// <summary>Such as <c>metadata.name=x</c>.</summary>
    public string? FieldSelector { get; init; }

    /// <summary>At most so many objects per page; null: all.</summary>
    public int? Limit { get; init; }

    /// <summary>The token that the last page ended with.</summary>
    public string? Continue { get; init; }

    /// <summary>Null: the latest state. <c>0</c>: any state that the server's cache has, which spares etcd.</summary>
    public string? ResourceVersion { get; init; }
}

/// <summary>What to watch, and since when.</summary>
public sealed record WatchOptions
{
    /// <inheritdoc cref="ListOptions.LabelSelector"/>
    public string? LabelSelector { get; init; }

    /// <inheritdoc cref="ListOptions.FieldSelector"/>
    public string? FieldSelector { get; init; }

    /// <summary>Changes after this version.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>After this long (whole seconds) the server ends the watch.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Ask for the state first, as Added events up to a bookmark with <see cref="WatchEvent{T}.InitialEventsEnd"/>
    /// ("watch-list", on by default from Kubernetes 1.32). Servers without it refuse.
    /// </summary>
    public bool SendInitialEvents { get; init; }
}

/// <summary>How to delete.</summary>
public sealed record DeleteOptions
{
    /// <summary>Delete only the object with this uid, else fail with a conflict.</summary>
    public string? Uid { get; init; }

    /// <summary>Delete only this version of the object, else fail with a conflict.</summary>
    public string? ResourceVersion { get; init; }

    /// <summary>What becomes of dependents; null: the kind's default.</summary>
    public DeletePropagation? Propagation { get; init; }

    /// <summary>Seconds that a pod has to end; null: its own setting; 0: the object goes at once, whatever runs.</summary>
    public int? GracePeriodSeconds { get; init; }
}

/// <summary>What becomes of the objects that a deleted object owns.</summary>
public enum DeletePropagation
{
    /// <summary>They stay.</summary>
    Orphan,

    /// <summary>They are deleted afterwards.</summary>
    Background,

    /// <summary>They are deleted first.</summary>
    Foreground,
}
