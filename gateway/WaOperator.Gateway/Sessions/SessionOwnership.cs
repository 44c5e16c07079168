using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources;

namespace WaOperator.Gateway.Sessions;

/// <summary>A field of a resource.</summary>
/// <param name="Path">Its names from the outside in, such as spec, state.</param>
internal sealed record ResourceField(params string[] Path)
{
    /// <summary>Whether it is an annotation, which programs that manage an object leave alone where they do not declare it.</summary>
    public bool IsAnnotation => Path is ["metadata", "annotations", ..];
}

/// <summary>
/// Who manages a session elsewhere. A change over the API would be undone by that program, or would make it report a difference, so it is
/// refused. Pure.
/// </summary>
internal static class SessionOwnership
{
    /// <summary>The name under which the gateway writes.</summary>
    public const string Manager = "wa-gateway";

    private const string Instance = "app.kubernetes.io/instance";
    private const string ArgoTracking = "argocd.argoproj.io/tracking-id";
    private const string HelmRelease = "meta.helm.sh/release-name";
    private const string HelmNamespace = "meta.helm.sh/release-namespace";

    /// <summary>Who manages the fields, for people; null: no other manager does, and they may be changed.</summary>
    /// <param name="meta">Of the session.</param>
    /// <param name="touched">What is to be changed; a deletion touches the whole spec.</param>
    public static string? OwnerOf(ManagedMeta meta, params IReadOnlyList<ResourceField> touched)
    {
        var whole = touched.All(f => f.IsAnnotation)
            ? null
            : OfController(meta) ?? OfArgoCd(meta) ?? OfHelm(meta) ?? OfFlux(meta);
        return whole ?? OfApplier(meta, touched);
    }

    private static string? OfController(ManagedMeta meta) =>
        meta.OwnerReferences switch
        {
            null or [] => null,
            var owners => (owners.FirstOrDefault(o => o.Controller == true) ?? owners[0]) is var o
                ? $"{o.Kind} {o.Name}"
                : null,
        };

    private static string? OfArgoCd(ManagedMeta meta)
    {
        // APPLICATION:GROUP/KIND:NAMESPACE/NAME
        if (meta.Annotation(ArgoTracking) is { } tracking)
            return $"Argo CD (application {tracking.Split(':')[0]})";
        // By label, as Argo CD did before version 3. Others set this label, too.
        return
            meta.Label(Instance) is { } instance
            && meta.ManagedFields?.Any(m =>
                m.Manager?.StartsWith("argocd", StringComparison.Ordinal) == true
            ) == true
            ? $"Argo CD (application {instance})"
            : null;
    }

    private static string? OfHelm(ManagedMeta meta)
    {
        if (meta.Annotation(HelmRelease) is { } release)
            return meta.Annotation(HelmNamespace) is { } ns
                ? $"Helm (release {ns}/{release})"
                : $"Helm (release {release})";
        return meta.Label(Labels.ManagedBy) == "Helm" ? "Helm" : null;
    }

    private static string? OfFlux(ManagedMeta meta)
    {
        foreach (var by in (string[])["kustomize", "helm"])
            if (meta.Label($"{by}.toolkit.fluxcd.io/name") is { } name)
                return $"Flux ({name})";
        return null;
    }

    private static string? OfApplier(ManagedMeta meta, IReadOnlyList<ResourceField> touched) =>
        meta.ManagedFields?.FirstOrDefault(m =>
            m is { Operation: "Apply", Subresource: null or "", Manager: { } name }
            && !IsOurs(name)
            && touched.Any(f => Has(m.Fields, f))
        )
            is { Manager: var manager }
            ? $"the field manager {manager}"
            : null;

    private static bool IsOurs(string manager) =>
        manager == Manager || manager.StartsWith(Labels.ManagedByValue, StringComparison.Ordinal);

    private static bool Has(JsonObject? fields, ResourceField field)
    {
        JsonNode? at = fields;
        foreach (var name in field.Path)
        {
            at = (at as JsonObject)?[$"f:{name}"];
            if (at is null)
                return false;
        }
        return true;
    }
}
