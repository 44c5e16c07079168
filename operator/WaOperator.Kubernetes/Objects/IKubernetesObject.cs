namespace WaOperator.Kubernetes.Objects;

/// <summary>What every resource has: a type and metadata.</summary>
public interface IKubernetesObject
{
    /// <summary>Group and version, such as <c>apps/v1</c>, or <c>v1</c> for the core group.</summary>
    string ApiVersion { get; }

    /// <summary>The kind, such as <c>StatefulSet</c>.</summary>
    string Kind { get; }

    /// <summary>Name, namespace and bookkeeping.</summary>
    ObjectMeta Metadata { get; }
}

/// <summary>
/// A typed resource that the client can handle. Built-in and custom resources are alike: a sealed record with get-only
/// <c>ApiVersion</c> and <c>Kind</c>, everything else nullable and init-only, and its place in the API in
/// <see cref="Resource"/>.
/// </summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IKubernetesObject<TSelf> : IKubernetesObject
    where TSelf : class, IKubernetesObject<TSelf>
{
    /// <summary>Where the API serves this type and how it is read and written.</summary>
    static abstract ResourceKind<TSelf> Resource { get; }
}
