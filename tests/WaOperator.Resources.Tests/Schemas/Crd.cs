using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.Resources.Tests.Schemas;

/// <summary>A CustomResourceDefinition of crds/, with the C# type and the validation that belong to it.</summary>
/// <param name="Plural">Also the name of its file and of its example.</param>
/// <param name="Validate">Reads an object as the operator does and validates it.</param>
public sealed record Crd(
    string Plural,
    Type Type,
    Func<JsonObject, IReadOnlyList<Violation>> Validate
)
{
    public static readonly IReadOnlyList<Crd> All =
    [
        new(
            "whatsapptenants",
            typeof(WhatsAppTenant),
            o =>
                TenantValidation.Validate(
                    o.Deserialize(ResourcesJsonContext.Default.WhatsAppTenant)!
                )
        ),
        new(
            "whatsappsessions",
            typeof(WhatsAppSession),
            o =>
                SessionValidation.Validate(
                    o.Deserialize(ResourcesJsonContext.Default.WhatsAppSession)!
                )
        ),
        new(
            "whatsappsessionpools",
            typeof(WhatsAppSessionPool),
            o =>
                PoolValidation.Validate(
                    o.Deserialize(ResourcesJsonContext.Default.WhatsAppSessionPool)!
                )
        ),
        new(
            "whatsappwebhooks",
            typeof(WhatsAppWebhook),
            o =>
                WebhookValidation.Validate(
                    o.Deserialize(ResourcesJsonContext.Default.WhatsAppWebhook)!
                )
        ),
    ];

    public static TheoryData<string> Names => [.. All.Select(c => c.Plural)];

    public static Crd Of(string plural) => All.Single(c => c.Plural == plural);

    public JsonObject Document { get; } =
        Yaml.Read(
            File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "crds", $"{Plural}.yaml"))
        );

    /// <summary>Valid objects; together they have every field of the spec.</summary>
    public IReadOnlyList<JsonObject> Examples() =>
        [
            .. Yaml.All(
                File.ReadAllText(
                    Path.Combine(AppContext.BaseDirectory, "Examples", $"{Plural}.yaml")
                )
            ),
        ];

    public JsonObject Version => Document["spec"]!["versions"]!.AsArray().Single()!.AsObject();

    public Schema Schema =>
        new("", Version["schema"]!["openAPIV3Schema"]!.AsObject(), Required: true);

    /// <summary>Violations of an object that was another before, as the operator finds them.</summary>
    public IReadOnlyList<Violation> Update(JsonObject before, JsonObject now) =>
        [.. Validate(now), .. Changed(before, now)];

    private IReadOnlyList<Violation> Changed(JsonObject before, JsonObject now) =>
        Type == typeof(WhatsAppSession)
            ? SessionValidation.ValidateUpdate(
                before.Deserialize(ResourcesJsonContext.Default.WhatsAppSession)!,
                now.Deserialize(ResourcesJsonContext.Default.WhatsAppSession)!
            )
        : Type == typeof(WhatsAppWebhook)
            ? WebhookValidation.ValidateUpdate(
                before
                    .Deserialize(ResourcesJsonContext.Default.WhatsAppWebhook)!
                    .Spec.TenantRef.Name,
                now.Deserialize(ResourcesJsonContext.Default.WhatsAppWebhook)!.Spec
            )
        : [];

    /// <summary>What of an object the operator says that it does not do.</summary>
    public IReadOnlyList<Violation> NotSupported(JsonObject o) =>
        (IReadOnlyList<Violation>?)
            typeof(Unsupported)
                .GetMethod(nameof(Unsupported.Of), [Type])
                ?.Invoke(null, [o.Deserialize(Type, ResourcesJsonContext.Default)])
        ?? [];

    /// <summary>The object read into its type and written again.</summary>
    public JsonObject Written(JsonObject o) =>
        JsonSerializer
            .SerializeToNode(
                o.Deserialize(Type, ResourcesJsonContext.Default),
                Type,
                ResourcesJsonContext.Default
            )!
            .AsObject();

    public override string ToString() => Plural;
}
