using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using WaOperator.Gateway.Cloud;

namespace WaOperator.Gateway.Description;

/// <summary>
/// The body that an endpoint takes, for the description of the API alone. What a type of body says by Accepts takes part in routing: a
/// request of another type, or of none, would go to what brings requests to pods.
/// </summary>
/// <param name="Type">What the body says, as JSON.</param>
/// <param name="Required">Whether there must be one.</param>
internal sealed record TakenBody(Type Type, bool Required);

/// <summary>Describes bodies.</summary>
internal static class TakenBodies
{
    /// <summary>Describes the endpoint's body.</summary>
    /// <param name="endpoint">The endpoint, which reads its body by itself.</param>
    /// <param name="required">Whether there must be one.</param>
    public static RouteHandlerBuilder Taking<T>(
        this RouteHandlerBuilder endpoint,
        bool required = true
    ) => endpoint.WithMetadata(new TakenBody(typeof(T), required));

    /// <summary>Describes what may stand as an object or as a text of it: of a type with a converter of its own the description knows nothing.</summary>
    public static void ShowActions(this OpenApiOptions options) =>
        options.AddSchemaTransformer(
            async (schema, context, ct) =>
            {
                if (context.JsonTypeInfo.Type == typeof(CloudAction))
                    schema.OneOf =
                    [
                        await context.GetOrCreateSchemaAsync(
                            typeof(CloudActionParts),
                            cancellationToken: ct
                        ),
                        new OpenApiSchema { Type = JsonSchemaType.String },
                    ];
            }
        );

    /// <summary>Lets the description of the API show them.</summary>
    public static void ShowTakenBodies(this OpenApiOptions options) =>
        options.AddOperationTransformer(
            async (operation, context, ct) =>
            {
                var body = context
                    .Description.ActionDescriptor.EndpointMetadata.OfType<TakenBody>()
                    .FirstOrDefault();
                if (body is null)
                    return;
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = body.Required,
                    Content = new Dictionary<string, OpenApiMediaType>(StringComparer.Ordinal)
                    {
                        ["application/json"] = new()
                        {
                            Schema = await context.GetOrCreateSchemaAsync(
                                body.Type,
                                cancellationToken: ct
                            ),
                        },
                    },
                };
            }
        );
}
