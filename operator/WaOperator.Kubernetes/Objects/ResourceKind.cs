using System.Text.Json.Serialization.Metadata;

namespace WaOperator.Kubernetes.Objects;

/// <summary>Where the API serves a type, and its source-generated JSON contract.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">Version, such as <c>v1</c>.</param>
/// <param name="Kind">Kind, such as <c>Pod</c>.</param>
/// <param name="Plural">Name in the URL, such as <c>pods</c>.</param>
/// <param name="Namespaced">Whether its objects live in namespaces.</param>
/// <param name="TypeInfo">Must write no nulls: <c>DefaultIgnoreCondition = WhenWritingNull</c>.</param>
public sealed record ResourceKind<T>(
    string Group,
    string Version,
    string Kind,
    string Plural,
    bool Namespaced,
    JsonTypeInfo<T> TypeInfo
)
    where T : class
{
    /// <summary><c>group/version</c>, or the version alone for the core group.</summary>
    public string ApiVersion { get; } = Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <inheritdoc/>
    public override string ToString() => Group.Length == 0 ? Plural : $"{Plural}.{Group}";
}
