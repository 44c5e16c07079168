using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>
/// The Kubernetes API. All methods throw <see cref="KubernetesException"/> when the server refuses, and
/// <see cref="HttpRequestException"/>, <see cref="IOException"/> or <see cref="TimeoutException"/> when it cannot be
/// reached. Namespaces are ignored for kinds that have none.
/// </summary>
public interface IKubernetes
{
    /// <summary>Reads one object, or null when there is none (404).</summary>
    Task<T?> GetAsync<T>(string name, string? ns = null, CancellationToken ct = default)
        where T : class, IKubernetesObject<T>;

    /// <summary>Reads one page of a list: all of it unless <see cref="ListOptions.Limit"/> is set.</summary>
    /// <param name="ns">Null: all namespaces.</param>
    /// <param name="options">Selectors, paging, freshness.</param>
    /// <param name="ct">Ends the call.</param>
    Task<KubernetesList<T>> ListAsync<T>(
        string? ns = null,
        ListOptions? options = null,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>;

    /// <summary>
    /// Streams changes until the server ends the watch, which it does after
    /// <see cref="WatchOptions.Timeout"/>. An error that the server sends within the stream is thrown;
    /// <see cref="KubernetesException.IsExpired"/> means that the changes since
    /// <see cref="WatchOptions.ResourceVersion"/> are no longer known and a new list is due. Most callers want an
    /// <see cref="Cache.Informer{T}"/> instead.
    /// </summary>
    IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? ns,
        WatchOptions options,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>;

    /// <summary>Creates the object; <see cref="KubernetesException.IsAlreadyExists"/> when the name is taken.</summary>
    Task<T> CreateAsync<T>(T obj, CancellationToken ct = default)
        where T : class, IKubernetesObject<T>;

    /// <summary>
    /// Replaces the object; a conflict unless its resourceVersion is the current one. What <typeparamref name="T"/> does not
    /// read (unknown fields, kubectl's last-applied annotation) is lost: for objects that are ours alone, such as a Lease.
    /// </summary>
    Task<T> ReplaceAsync<T>(T obj, CancellationToken ct = default)
        where T : class, IKubernetesObject<T>;

    /// <summary>Asks for deletion. False when there is no such object.</summary>
    Task<bool> DeleteAsync<T>(
        string name,
        string? ns = null,
        DeleteOptions? options = null,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>;

    /// <summary>
    /// Server-side apply: creates the object or makes exactly the given fields so, and gives up fields that this manager
    /// applied earlier and that are missing now. A <c>uid</c> or <c>resourceVersion</c> in the metadata is a precondition.
    /// </summary>
    /// <param name="obj">Only the fields that the caller wants to own.</param>
    /// <param name="fieldManager">Who owns the fields.</param>
    /// <param name="force">Take fields over from other managers instead of failing with a conflict.</param>
    /// <param name="ct">Ends the call.</param>
    Task<T> ApplyAsync<T>(
        T obj,
        string fieldManager,
        bool force = true,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>;

    /// <summary>
    /// Server-side apply of the status alone; everything but type, name, preconditions and status is left out of the
    /// request. Use another manager than for <see cref="ApplyAsync"/>: servers before 1.22 keep one set of fields per
    /// manager, and each apply would give up the fields of the other.
    /// </summary>
    /// <inheritdoc cref="ApplyAsync"/>
    Task<T> ApplyStatusAsync<T>(
        T obj,
        string fieldManager,
        bool force = true,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>;

    /// <summary>
    /// JSON merge patch (RFC 7396). A <c>metadata.resourceVersion</c> in the patch is a precondition, needed wherever a
    /// list (such as finalizers) is replaced as a whole.
    /// </summary>
    /// <param name="name">The object's name.</param>
    /// <param name="ns">The object's namespace.</param>
    /// <param name="patch">The changes.</param>
    /// <param name="subresource">Such as <c>status</c>; null: the object itself.</param>
    /// <param name="ct">Ends the call.</param>
    Task<T> PatchMergeAsync<T>(
        string name,
        string? ns,
        JsonNode patch,
        string? subresource = null,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>;

    /// <summary>Whether the server serves the kind in that group and version.</summary>
    Task<bool> IsServedAsync(
        string group,
        string version,
        string kind,
        CancellationToken ct = default
    );

    /// <summary>The server's version; asked once and remembered.</summary>
    Task<ServerVersion> GetServerVersionAsync(CancellationToken ct = default);
}
