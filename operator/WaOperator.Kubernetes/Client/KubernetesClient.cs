using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using WaOperator.Kubernetes.Objects;
using KubernetesClientConfiguration = k8s.KubernetesClientConfiguration;

namespace WaOperator.Kubernetes.Client;

/// <summary>The API over HTTP/2. Safe for use from many threads; one per process is enough.</summary>
public sealed class KubernetesClient : IKubernetes, IDisposable
{
    private const string Json = "application/json";
    private readonly ApiTransport _transport;
    private readonly KubernetesClientOptions _options;
    private readonly TimeProvider _time;
    private volatile ServerVersion? _version;

    /// <summary>Makes a client; nothing is connected yet.</summary>
    /// <param name="config">Which server, and as whom.</param>
    /// <param name="options">Times.</param>
    /// <param name="time">The clock of the times.</param>
    /// <param name="handler">What sends the requests, instead of the connection that <paramref name="config"/> describes.</param>
    /// <exception cref="k8s.Exceptions.KubeConfigException">The configuration's client certificate cannot be used.</exception>
    public KubernetesClient(
        KubernetesClientConfiguration config,
        KubernetesClientOptions? options = null,
        TimeProvider? time = null,
        HttpMessageHandler? handler = null
    )
    {
        _options = options ?? new();
        _time = time ?? TimeProvider.System;
        _transport = new(config, _options, _time, handler);
    }

    /// <inheritdoc/>
    public void Dispose() => _transport.Dispose();

    /// <inheritdoc/>
    public async Task<T?> GetAsync<T>(
        string name,
        string? ns = null,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>
    {
        try
        {
            return await CallAsync<T>(
                new(HttpMethod.Get, ResourcePath.Object<T>(name, ns), "get"),
                ct
            );
        }
        catch (KubernetesException e) when (IsMissingObject(e))
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public async Task<KubernetesList<T>> ListAsync<T>(
        string? ns = null,
        ListOptions? options = null,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>
    {
        options ??= new();
        var path = ResourcePath.WithQuery(
            ResourcePath.Collection<T>(ns),
            ("labelSelector", options.LabelSelector),
            ("fieldSelector", options.FieldSelector),
            ("limit", options.Limit?.ToString(CultureInfo.InvariantCulture)),
            ("continue", options.Continue),
            // The token of a page says which version it continues with; the server refuses both.
            ("resourceVersion", options.Continue is null ? options.ResourceVersion : null)
        );
        using var limit = new CancellationTokenSource(_options.ListTimeout, _time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var response = await _transport.SendAsync(
                new(HttpMethod.Get, path, "list"),
                linked.Token
            );
            await using var body = await response.Content.ReadAsStreamAsync(linked.Token);
            return await ListReader.ReadAsync(body, T.Resource.TypeInfo, linked.Token);
        }
        catch (OperationCanceledException e)
            when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new TimeoutException(
                $"the list of {T.Resource} took longer than {_options.ListTimeout.TotalSeconds:0.#} s",
                e
            );
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? ns,
        WatchOptions options,
        [EnumeratorCancellation] CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>
    {
        var path = ResourcePath.WithQuery(
            ResourcePath.Collection<T>(ns),
            ("watch", "true"),
            ("allowWatchBookmarks", "true"),
            ("labelSelector", options.LabelSelector),
            ("fieldSelector", options.FieldSelector),
            ("resourceVersion", options.ResourceVersion),
            (
                "timeoutSeconds",
                Math.Max(1, (long)options.Timeout.TotalSeconds)
                    .ToString(CultureInfo.InvariantCulture)
            ),
            ("sendInitialEvents", options.SendInitialEvents ? "true" : null),
            ("resourceVersionMatch", options.SendInitialEvents ? "NotOlderThan" : null)
        );
        using var response = await _transport.SendAsync(new(HttpMethod.Get, path, "watch"), ct);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        await foreach (
            var e in WatchReader.ReadAsync(body, T.Resource.TypeInfo, $"watch {T.Resource}", ct)
        )
            yield return e;
    }

    /// <inheritdoc/>
    public Task<T> CreateAsync<T>(T obj, CancellationToken ct = default)
        where T : class, IKubernetesObject<T> =>
        CallAsync<T>(
            new(
                HttpMethod.Post,
                ResourcePath.Collection<T>(NamespaceOf<T>(obj)),
                "create",
                Bytes(obj, T.Resource.TypeInfo),
                Json
            ),
            ct
        );

    /// <inheritdoc/>
    public Task<T> ReplaceAsync<T>(T obj, CancellationToken ct = default)
        where T : class, IKubernetesObject<T> =>
        CallAsync<T>(
            new(HttpMethod.Put, PathOf<T>(obj), "update", Bytes(obj, T.Resource.TypeInfo), Json),
            ct
        );

    /// <inheritdoc/>
    public async Task<bool> DeleteAsync<T>(
        string name,
        string? ns = null,
        DeleteOptions? options = null,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            DeleteOptionsBody.From(options ?? new()),
            ClientJsonContext.Default.DeleteOptionsBody
        );
        try
        {
            using var response = await _transport.SendAsync(
                new(HttpMethod.Delete, ResourcePath.Object<T>(name, ns), "delete", body, Json),
                ct
            );
            return true;
        }
        catch (KubernetesException e) when (IsMissingObject(e))
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public Task<T> ApplyAsync<T>(
        T obj,
        string fieldManager,
        bool force = true,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T> =>
        ApplyAsync<T>(PathOf<T>(obj), Bytes(obj, T.Resource.TypeInfo), fieldManager, force, ct);

    /// <inheritdoc/>
    public Task<T> ApplyStatusAsync<T>(
        T obj,
        string fieldManager,
        bool force = true,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T>
    {
        var whole = JsonSerializer.SerializeToNode(obj, T.Resource.TypeInfo)!.AsObject();
        var meta = obj.Metadata;
        var patch = new JsonObject
        {
            ["apiVersion"] = obj.ApiVersion,
            ["kind"] = obj.Kind,
            ["metadata"] = new JsonObject { ["name"] = meta.Name },
            ["status"] = whole["status"]?.DeepClone() ?? new JsonObject(),
        };
        foreach (
            var (field, value) in (ReadOnlySpan<(string, string?)>)
                [
                    ("namespace", meta.Namespace),
                    ("uid", meta.Uid),
                    ("resourceVersion", meta.ResourceVersion),
                ]
        )
            if (value is not null)
                patch["metadata"]![field] = value;
        return ApplyAsync<T>(PathOf<T>(obj, "status"), Bytes(patch), fieldManager, force, ct);
    }

    /// <inheritdoc/>
    public Task<T> PatchMergeAsync<T>(
        string name,
        string? ns,
        JsonNode patch,
        string? subresource = null,
        CancellationToken ct = default
    )
        where T : class, IKubernetesObject<T> =>
        CallAsync<T>(
            new(
                HttpMethod.Patch,
                ResourcePath.Object<T>(name, ns, subresource),
                "patch",
                Bytes(patch),
                "application/merge-patch+json"
            ),
            ct
        );

    /// <inheritdoc/>
    public async Task<bool> IsServedAsync(
        string group,
        string version,
        string kind,
        CancellationToken ct = default
    )
    {
        var path = group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}";
        try
        {
            var list = await CallAsync(
                new(HttpMethod.Get, path, "get"),
                ClientJsonContext.Default.ApiResourceList,
                ct
            );
            return list.Resources?.Any(r => r.Kind == kind) == true;
        }
        catch (KubernetesException e) when (e.IsNotFound)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public async Task<ServerVersion> GetServerVersionAsync(CancellationToken ct = default) =>
        _version ??= ServerVersion.From(
            await CallAsync(
                new(HttpMethod.Get, "/version", "get"),
                ClientJsonContext.Default.VersionInfo,
                ct
            )
        );

    private Task<T> ApplyAsync<T>(
        string path,
        byte[] body,
        string fieldManager,
        bool force,
        CancellationToken ct
    )
        where T : class, IKubernetesObject<T>
    {
        var query = ResourcePath.WithQuery(
            path,
            ("fieldManager", fieldManager),
            ("force", force ? "true" : "false")
        );
        return CallAsync<T>(
            new(HttpMethod.Patch, query, "apply", body, "application/apply-patch+yaml"),
            ct
        );
    }

    private Task<T> CallAsync<T>(ApiRequest request, CancellationToken ct)
        where T : class, IKubernetesObject<T> => CallAsync(request, T.Resource.TypeInfo, ct);

    private async Task<T> CallAsync<T>(
        ApiRequest request,
        JsonTypeInfo<T> type,
        CancellationToken ct
    )
        where T : class
    {
        using var response = await _transport.SendAsync(request, ct);
        await using var body = await response.Content.ReadAsStreamAsync(ct);
        return await JsonSerializer.DeserializeAsync(body, type, ct)
            ?? throw new InvalidDataException($"{request}: the answer was empty");
    }

    /// <summary>A 404 for the object itself. One for its kind (the resource definition is missing) names no object.</summary>
    private static bool IsMissingObject(KubernetesException e) =>
        e.IsNotFound && e.Status.Details?.Name is { Length: > 0 };

    private static string? NamespaceOf<T>(T obj)
        where T : class, IKubernetesObject<T>
    {
        if (T.Resource.Namespaced && string.IsNullOrEmpty(obj.Metadata.Namespace))
            throw new ArgumentException($"a {T.Resource.Kind} needs a namespace", nameof(obj));
        return obj.Metadata.Namespace;
    }

    private static string PathOf<T>(T obj, string? subresource = null)
        where T : class, IKubernetesObject<T> =>
        ResourcePath.Object<T>(obj.Metadata.Name ?? "", NamespaceOf<T>(obj), subresource);

    private static byte[] Bytes<T>(T obj, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(obj, type);

    private static byte[] Bytes(JsonNode node) =>
        JsonSerializer.SerializeToUtf8Bytes(node, ClientJsonContext.Default.JsonNode);
}
