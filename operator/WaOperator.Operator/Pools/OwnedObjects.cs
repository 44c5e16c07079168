using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Client;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Operator.Pools;

/// <summary>An object of that name belongs to someone else.</summary>
internal sealed class NameTakenException(string kind, NamespacedName name)
    : Exception($"{kind} {name} exists and does not belong to this pool; delete or rename it");

/// <summary>
/// Applies owned objects, and only when they differ. What was applied last stands as a hash on the object itself, so that
/// not even a restart of the operator writes anything; a change by someone else shows in the object's generation and is
/// undone.
/// </summary>
internal sealed class OwnedObjects(IKubernetes client)
{
    private const string Hash = $"{WhatsAppApi.Group}/applied";
    private readonly ConcurrentDictionary<string, string> _seen = new(StringComparer.Ordinal);

    /// <summary>Makes the object as desired.</summary>
    /// <param name="live">The object as the cache has it; null when it has none.</param>
    /// <param name="desired">All that is ours of it, with its owner.</param>
    /// <param name="ct">Ends the call.</param>
    /// <returns>The object as it is now; <paramref name="live"/> itself when nothing was written.</returns>
    /// <exception cref="NameTakenException">The object of that name has another owner.</exception>
    public async Task<T> EnsureAsync<T>(T? live, T desired, CancellationToken ct)
        where T : class, IKubernetesObject<T>
    {
        var name = NamespacedName.Of(desired);
        // The cache sees labelled objects only: one without our label may be there all the same.
        live ??= await client.GetAsync<T>(name.Name, name.Namespace, ct);
        if (live is not null && live.Metadata.Controller?.Uid != desired.Metadata.Controller?.Uid)
            throw new NameTakenException(desired.Kind, name);
        var (stamped, hash) = Stamp(desired);
        if (live?.Metadata.Annotation(Hash) == hash && IsUntouched(live))
            return live;
        var now = await client.ApplyAsync(stamped, Labels.ManagedByValue, force: true, ct);
        _seen[now.Metadata.Uid!] = VersionOf(now);
        return now;
    }

    private bool IsUntouched<T>(T live)
        where T : class, IKubernetesObject<T> =>
        _seen.GetOrAdd(live.Metadata.Uid!, VersionOf(live)) == VersionOf(live);

    /// <summary>What changes with the specification: the generation, or for kinds without one the version.</summary>
    private static string VersionOf(IKubernetesObject obj) =>
        obj.Metadata.Generation?.ToString(System.Globalization.CultureInfo.InvariantCulture)
        ?? obj.Metadata.ResourceVersion
        ?? "";

    private static (T Stamped, string Hash) Stamp<T>(T desired)
        where T : class, IKubernetesObject<T>
    {
        var node = JsonSerializer.SerializeToNode(desired, T.Resource.TypeInfo)!.AsObject();
        var hash = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(node.ToJsonString()))
        )[..32];
        var metadata = node["metadata"]!.AsObject();
        if (metadata["annotations"] is not JsonObject annotations)
            metadata["annotations"] = annotations = [];
        annotations[Hash] = hash;
        return (node.Deserialize(T.Resource.TypeInfo)!, hash);
    }
}
