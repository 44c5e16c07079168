using System.Text.Json.Serialization;
using WaOperator.Kubernetes.Objects;

namespace WaOperator.Kubernetes.Tests;

/// <summary>A custom resource of these tests, defined as any user of the library would.</summary>
public sealed record Widget : IKubernetesObject<Widget>
{
    public const string Definition = """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          name: widgets.test.example.com
        spec:
          group: test.example.com
          scope: Namespaced
          names: {kind: Widget, listKind: WidgetList, plural: widgets, singular: widget}
          versions:
          - name: v1
            served: true
            storage: true
            subresources: {status: {}}
            schema:
              openAPIV3Schema:
                type: object
                required: [spec]
                properties:
                  spec:
                    type: object
                    required: [size]
                    properties:
                      size: {type: integer, minimum: 0}
                      colour: {type: string, default: red}
                      parts: {type: array, items: {type: string}}
                  status:
                    type: object
                    properties:
                      phase: {type: string}
                      observedGeneration: {type: integer}
                      conditions:
                        type: array
                        items:
                          type: object
                          properties:
                            type: {type: string}
                            status: {type: string}
                            reason: {type: string}
                            message: {type: string}
                            lastTransitionTime: {type: string, format: date-time}
        """;

    public static ResourceKind<Widget> Resource { get; } =
        new(
            "test.example.com",
            "v1",
            "Widget",
            "widgets",
            Namespaced: true,
            WidgetJson.Default.Widget
        );
    public string ApiVersion => Resource.ApiVersion;
    public string Kind => Resource.Kind;
    public ObjectMeta Metadata { get; init; } = new();
    public WidgetSpec? Spec { get; init; }
    public WidgetStatus? Status { get; init; }

    public static Widget Named(string name, string ns, int size = 1) =>
        new()
        {
            Metadata = new() { Name = name, Namespace = ns },
            Spec = new() { Size = size },
        };
}

public sealed record WidgetSpec
{
    public int? Size { get; init; }
    public string? Colour { get; init; }
    public IReadOnlyList<string>? Parts { get; init; }
}

public sealed record WidgetStatus
{
    public string? Phase { get; init; }
    public long? ObservedGeneration { get; init; }
    public IReadOnlyList<Condition>? Conditions { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(Widget))]
[JsonSerializable(typeof(Gadget))]
internal sealed partial class WidgetJson : JsonSerializerContext;
