using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Describes what may stand as a text or as an object: of a type with a converter of its own the description knows nothing.</summary>
internal static class ShapeSchemas
{
    /// <summary>Lets the description of the API show both forms.</summary>
    public static void ShowShapes(this OpenApiOptions options) =>
        options.AddSchemaTransformer(
            async (schema, context, ct) =>
            {
                var type = context.JsonTypeInfo.Type;
                var parts =
                    type == typeof(TextBody) ? typeof(TextParts)
                    : type == typeof(MessageName) ? typeof(MessageNameParts)
                    : null;
                if (parts is null)
                    return;
                schema.OneOf =
                [
                    new OpenApiSchema { Type = JsonSchemaType.String },
                    await context.GetOrCreateSchemaAsync(parts, cancellationToken: ct),
                ];
            }
        );
}
