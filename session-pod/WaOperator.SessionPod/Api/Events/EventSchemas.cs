using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using WaOperator.Domain;
using WaOperator.SessionPod.Webhooks;

namespace WaOperator.SessionPod.Api.Events;

/// <summary>
/// What each type of event says, for the description of the API: the envelope that webhooks post, and that streams and consumers show. Made
/// from the types that make the JSON; which types there are is <see cref="EventNames"/>' and <see cref="WebhookEvents"/>' to say.
/// </summary>
internal static class EventSchemas
{
    private const string Envelope = "EventEnvelope";
    private const string Json = "application/json";

    /// <summary>The data of each type of event, as it is made.</summary>
    public static IReadOnlyDictionary<string, Type> Data { get; } =
        EventDataContext
            .Default.StreamedEvents.Properties.SelectMany(
                p => EventNames.TypesOf(p.Name),
                (p, type) => KeyValuePair.Create(type, p.PropertyType)
            )
            .ToDictionary(StringComparer.Ordinal);

    /// <summary>Lets the description of the API show them as webhooks.</summary>
    public static void ShowEvents(this OpenApiOptions options) =>
        options.AddDocumentTransformer(
            (document, _, _) =>
            {
                document.AddComponent(Envelope, OfEnvelope());
                document.Webhooks = Data.OrderBy(d => d.Key, StringComparer.Ordinal)
                    .ToDictionary(
                        d => d.Key,
                        d => (IOpenApiPathItem)Of(document, d.Key, d.Value.Name),
                        StringComparer.Ordinal
                    );
                return Task.CompletedTask;
            }
        );

    private static OpenApiPathItem Of(OpenApiDocument document, string type, string data) =>
        new()
        {
            Operations = new Dictionary<HttpMethod, OpenApiOperation>
            {
                [HttpMethod.Post] = new()
                {
                    OperationId = $"on.{type}",
                    Summary = $"An event of type {type}",
                    Description = WebhookEvents.Passing.Contains(type)
                        ? "Shown by streams alone, to those who read at that moment: it is stored nowhere, and neither posted nor fetched."
                        : "Signed as Standard Webhooks. Streams and consumers show the same object. Webhooks of format Thin leave data out.",
                    RequestBody = new OpenApiRequestBody
                    {
                        Required = true,
                        Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                        {
                            [Json] = new()
                            {
                                Schema = new OpenApiSchema
                                {
                                    AllOf =
                                    [
                                        new OpenApiSchemaReference(Envelope, document),
                                        new OpenApiSchema
                                        {
                                            Type = JsonSchemaType.Object,
                                            // What is stored nowhere has no number.
                                            Required = WebhookEvents.Passing.Contains(type)
                                                ? null
                                                : new HashSet<string>(StringComparer.Ordinal)
                                                {
                                                    "sequence",
                                                },
                                            Properties = new Dictionary<string, IOpenApiSchema>(
                                                StringComparer.Ordinal
                                            )
                                            {
                                                ["type"] = new OpenApiSchema
                                                {
                                                    Type = JsonSchemaType.String,
                                                    Const = type,
                                                },
                                                ["data"] = new OpenApiSchemaReference(
                                                    data,
                                                    document
                                                ),
                                            },
                                        },
                                    ],
                                },
                            },
                        },
                    },
                    Responses = new()
                    {
                        ["2XX"] = new OpenApiResponse { Description = "Taken." },
                        ["410"] = new OpenApiResponse
                        {
                            Description =
                                "There is no such endpoint any more: the webhook is disabled.",
                        },
                    },
                },
            },
        };

    private static OpenApiSchema OfEnvelope() =>
        new()
        {
            Type = JsonSchemaType.Object,
            Description =
                "An event: CloudEvents 1.0 in structured mode, which is a payload of Standard Webhooks as well. Later versions add fields and types: ignore what you do not know.",
            Required = new HashSet<string>(StringComparer.Ordinal)
            {
                "specversion",
                "id",
                "source",
                "type",
                "time",
                "timestamp",
                "datacontenttype",
                "tenant",
                "session",
            },
            Properties = new Dictionary<string, IOpenApiSchema>(StringComparer.Ordinal)
            {
                ["specversion"] = Text("The version of CloudEvents.", constant: "1.0"),
                ["id"] = Text(
                    "The same however often the event comes: what came before is known by it.",
                    pattern: "^(evt_[0-9a-f]+_(gap_)?[0-9]+|pas_[0-9a-f]{32})$"
                ),
                ["source"] = Text("The session, as a URI.", pattern: "^urn:wa:[^/]+/[^/]+$"),
                ["type"] = Text("What happened."),
                ["subject"] = Text("The chat, where the event is of one."),
                ["time"] = Text("When it was recorded.", format: "date-time"),
                ["timestamp"] = Text("The same, for Standard Webhooks.", format: "date-time"),
                ["datacontenttype"] = Text("The type of data.", constant: Json),
                ["tenant"] = Text("The tenant's name."),
                ["session"] = Text("The session, as NAMESPACE/NAME.", pattern: "^[^/]+/[^/]+$"),
                ["sequence"] = Text(
                    "The event's number in its session, which orders them. What is stored nowhere has none.",
                    pattern: "^[0-9]+$"
                ),
            },
        };

    private static OpenApiSchema Text(
        string description,
        string? constant = null,
        string? pattern = null,
        string? format = null
    )
    {
        var schema = new OpenApiSchema
        {
            Type = JsonSchemaType.String,
            Description = description,
            Pattern = pattern,
            Format = format,
        };
        // A constant that is set to nothing is the constant null.
        if (constant is not null)
            schema.Const = constant;
        return schema;
    }
}
