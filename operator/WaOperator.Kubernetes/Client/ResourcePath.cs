using System.Text;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Client;

/// <summary>URLs of the API.</summary>
internal static class ResourcePath
{
    public static string Collection<T>(string? ns)
        where T : class, IKubernetesObject<T>
    {
        var kind = T.Resource;
        var path = new StringBuilder(
            kind.Group.Length == 0 ? "/api/" : $"/apis/{kind.Group}/"
        ).Append(kind.Version);
        if (kind.Namespaced && ns is { Length: > 0 })
            path.Append("/namespaces/").Append(Uri.EscapeDataString(ns));
        return path.Append('/').Append(kind.Plural).ToString();
    }

    public static string Object<T>(string name, string? ns, string? subresource = null)
        where T : class, IKubernetesObject<T>
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (T.Resource.Namespaced)
            ArgumentException.ThrowIfNullOrEmpty(ns);
        var path = $"{Collection<T>(ns)}/{Uri.EscapeDataString(name)}";
        return subresource is null ? path : $"{path}/{subresource}";
    }

    public static string WithQuery(
        string path,
        params ReadOnlySpan<(string Name, string? Value)> query
    )
    {
        var text = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in query)
        {
            if (value is null)
                continue;
            text.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }
        return text.ToString();
    }
}
