using System.Text.Json;
using System.Text.Json.Nodes;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>Checks JSON against the schemas of an OpenAPI document, more strictly than they say: what they do not name must not be there.</summary>
internal sealed class JsonSchema(JsonNode document)
{
    /// <summary>The schema that a reference leads to.</summary>
    public JsonNode Resolve(JsonNode schema)
    {
        while ((string?)schema["$ref"] is { } reference)
        {
            var at = document;
            foreach (var part in reference.TrimStart('#', '/').Split('/'))
                at = at[part] ?? throw new InvalidOperationException($"{reference} leads nowhere");
            schema = at;
        }
        return schema;
    }

    public void Check(JsonNode schema, JsonNode? value, string path)
    {
        schema = Resolve(schema);
        if (schema["oneOf"] is JsonArray alternatives)
        {
            var fitting = alternatives.Single(a =>
                a!["$ref"] is not null || !IsNull((string?)a["type"])
            )!;
            Check(fitting, value, path);
            return;
        }
        var type = value?.GetValueKind() switch
        {
            JsonValueKind.Object => "object",
            JsonValueKind.Array => "array",
            JsonValueKind.String => "string",
            JsonValueKind.True or JsonValueKind.False => "boolean",
            JsonValueKind.Number => value.ToJsonString().Contains('.', StringComparison.Ordinal)
                ? "number"
                : "integer",
            _ => "null",
        };
        string[] types = schema["type"] switch
        {
            JsonArray several => [.. several.Select(t => (string)t!)],
            { } one => [(string)one!],
            // Any JSON; but not of a schema that says more.
            null when schema["enum"] is JsonArray => ["string"],
            null => schema["properties"] is null ? [type] : ["object"],
        };
        (types.Contains(type) || (type == "integer" && types.Contains("number"))).ShouldBeTrue(
            $"{path} is {type}, not {string.Join(" or ", types)}"
        );
        if (schema["enum"] is JsonArray values)
            values.Select(v => (string?)v).ShouldContain((string?)value, path);
        if (value is JsonArray items && schema["items"] is { } item)
            for (var i = 0; i < items.Count; i++)
                Check(item, items[i], $"{path}[{i}]");
        if (value is JsonObject members && schema["properties"] is JsonObject properties)
        {
            foreach (var (name, member) in members)
                Check(
                    properties[name].ShouldNotBeNull($"{path}.{name} is in the schema"),
                    member,
                    $"{path}.{name}"
                );
            foreach (var name in schema["required"] as JsonArray ?? [])
                members
                    .ContainsKey((string)name!)
                    .ShouldBeTrue($"{path} has {name}: {value.ToJsonString()}");
        }
        else if (value is JsonObject map && schema["additionalProperties"] is JsonObject each)
            foreach (var (name, member) in map)
                Check(each, member, $"{path}.{name}");
    }

    private static bool IsNull(string? type) => type == "null";
}
