namespace WaOperator.Kubernetes.Objects;

/// <summary>The key of an object within its kind.</summary>
/// <param name="Namespace">Empty for objects that live in no namespace.</param>
/// <param name="Name">The object's name.</param>
public readonly record struct NamespacedName(string Namespace, string Name)
{
    /// <summary>The key of <paramref name="obj"/>.</summary>
    public static NamespacedName Of(IKubernetesObject obj) =>
        new(obj.Metadata.Namespace ?? "", obj.Metadata.Name ?? "");

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static NamespacedName Parse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? new("", text) : new(text[..slash], text[(slash + 1)..]);
    }

    /// <summary><c>namespace/name</c>, or the name alone.</summary>
    public override string ToString() =>
        string.IsNullOrEmpty(Namespace) ? Name : $"{Namespace}/{Name}";
}
