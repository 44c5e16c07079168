using System.Text.Json.Nodes;

namespace WaOperator.Resources.Tests.Schemas;

/// <summary>A node of an OpenAPI schema with its place in the object.</summary>
/// <param name="Path">With <c>[]</c> for the items of a list and <c>{}</c> for the values of a map.</param>
public sealed record Schema(string Path, JsonObject Node, bool Required)
{
    public string? Type => Node["type"]?.GetValue<string>();
    public string? Format => Node["format"]?.GetValue<string>();
    public JsonNode? Default => Node["default"];
    public bool IntOrString => Flag("x-kubernetes-int-or-string");
    public bool Opaque => Flag("x-kubernetes-preserve-unknown-fields");
    public string Name => Path[(Path.LastIndexOf('.') + 1)..];

    public IEnumerable<Schema> Properties =>
        (Node["properties"]?.AsObject() ?? []).Select(p => new Schema(
            Path.Length == 0 ? p.Key : $"{Path}.{p.Key}",
            p.Value!.AsObject(),
            RequiredNames.Contains(p.Key, StringComparer.Ordinal)
        ));

    public Schema? Items =>
        Node["items"] is JsonObject items ? new($"{Path}[]", items, true) : null;

    public Schema? Values =>
        Node["additionalProperties"] is JsonObject values ? new($"{Path}{{}}", values, true) : null;

    public IReadOnlyList<string> RequiredNames => Strings("required");

    public Schema this[string name] => Properties.Single(p => p.Name == name);

    /// <summary>This node and all below it.</summary>
    public IEnumerable<Schema> Walk() =>
        new[] { this }.Concat(
            Properties.Append(Items).Append(Values).OfType<Schema>().SelectMany(s => s.Walk())
        );

    /// <summary>The value in an object: of the first item of a list and of the first entry of a map. Null when it has none.</summary>
    public JsonNode? In(JsonObject root) =>
        Steps().Aggregate((JsonNode?)root, (at, step) => at is null ? null : Step(at, step));

    /// <summary>Puts a value where <see cref="In"/> finds one; null takes it out.</summary>
    public void Put(JsonObject root, JsonNode? value)
    {
        var steps = Steps().ToList();
        var parent = steps.SkipLast(1).Aggregate((JsonNode)root, (at, step) => Step(at, step)!);
        if (parent is JsonArray list)
            list[0] = value;
        else
        {
            var key = steps[^1] == "{}" ? parent.AsObject().First().Key : steps[^1];
            if (value is null)
                parent.AsObject().Remove(key);
            else
                parent[key] = value;
        }
    }

    private IEnumerable<string> Steps() =>
        Path.Replace("[]", ".[]", StringComparison.Ordinal)
            .Replace("{}", ".{}", StringComparison.Ordinal)
            .Split('.');

    private static JsonNode? Step(JsonNode at, string step) =>
        step switch
        {
            "[]" => at.AsArray().FirstOrDefault(),
            "{}" => at.AsObject().FirstOrDefault().Value,
            _ => at[step],
        };

    public IReadOnlyList<string> Strings(string keyword) =>
        [.. (Node[keyword]?.AsArray() ?? []).Select(v => v!.GetValue<string>())];

    public long? Number(string keyword) => Node[keyword]?.GetValue<long>();

    private bool Flag(string keyword) => Node[keyword]?.GetValue<bool>() == true;

    public override string ToString() => Path;
}
