using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Tests;

/// <summary>A kind that no server serves, in a group that the tests' server does serve.</summary>
public sealed record Gadget : IKubernetesObject<Gadget>
{
    public static ResourceKind<Gadget> Resource { get; } =
        new(
            "test.example.com",
            "v1",
            "Gadget",
            "gadgets",
            Namespaced: true,
            WidgetJson.Default.Gadget
        );
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata { get; init; } = new();
}
