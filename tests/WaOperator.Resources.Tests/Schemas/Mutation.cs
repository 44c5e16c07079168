using System.Text.Json.Nodes;

namespace WaOperator.Resources.Tests.Schemas;

/// <summary>A valid example with one rule of its schema broken.</summary>
/// <param name="Name">Which rule, and where.</param>
/// <param name="Path">Where the violation must be reported.</param>
public sealed record Mutation(string Name, string Path, JsonObject Broken)
{
    /// <summary>One mutation per rule of the schema of what people write: the spec and the name.</summary>
    public static IEnumerable<Mutation> Of(Crd crd)
    {
        var root = crd.Schema;
        return root["spec"]
            .Walk()
            .Append(root["metadata"]["name"])
            .SelectMany(schema => Values(schema, crd).Select(bad => Make(crd, schema, bad)));
    }

    /// <summary>Objects with one value at its limit, which are valid as far as that value goes.</summary>
    public static IEnumerable<Mutation> AtLimits(Crd crd) =>
        crd.Schema["spec"].Walk().SelectMany(s => Limits(s).Select(l => Make(crd, s, l)));

    private static IEnumerable<Bad> Limits(Schema schema)
    {
        static Bad Set(string rule, JsonNode? to) =>
            new(rule, "", (parent, value) => Replace(parent, value, to));
        foreach (var bound in new[] { "minimum", "maximum" })
            if (schema.Number(bound) is { } number)
                yield return Set(bound, number);
        foreach (var allowed in schema.Strings("enum"))
            yield return Set(allowed, allowed);
        if (schema.Number("maxLength") is { } longest && schema.Node["pattern"] is null)
            yield return Set("longest", string.Concat(Enumerable.Repeat("😀", (int)longest)));
    }

    private sealed record Bad(string Rule, string Suffix, Action<JsonNode, JsonNode?> Apply);

    private static Mutation Make(Crd crd, Schema schema, Bad bad)
    {
        var (example, parent, value, path) = Find(crd, schema.Path);
        bad.Apply(parent, value);
        return new($"{schema.Path}: {bad.Rule}", path + bad.Suffix, example);
    }

    private static IEnumerable<Bad> Values(Schema schema, Crd crd)
    {
        var max = schema.Number("maxLength");
        static Bad Set(string rule, JsonNode? to) =>
            new(rule, "", (parent, value) => Replace(parent, value, to));
        if (schema.IntOrString)
        {
            yield return Set("number too small", schema.Number("minimum") - 1);
            yield return Set("bad text", "lots");
            yield return Set("negative text", "-1Mi");
        }
        else if (schema.Type == "string" && schema.Strings("enum").Count > 0)
            yield return Set("not in enum", "Bogus");
        else if (schema.Type == "string")
        {
            if (schema.Number("minLength") is > 0 and var min)
                yield return Set("too short", new string('a', (int)min - 1));
            yield return Set("too long", new string('1', (int)max! + 1));
            if (schema.Node["pattern"] is not null)
                yield return Set("does not match", "é ");
        }
        else if (schema.Type == "integer")
        {
            yield return Set("too small", schema.Number("minimum") - 1);
            if (schema.Number("maximum") is { } top)
                yield return Set("too large", top + 1);
        }
        else if (schema.Type == "array")
        {
            yield return new(
                "too many",
                "",
                (_, list) => Fill(list!.AsArray(), (int)schema.Number("maxItems")! + 1)
            );
            if (schema.Node["x-kubernetes-list-type"]!.GetValue<string>() != "atomic")
                yield return new(
                    "twice",
                    $"[{Find(crd, schema.Path).Value.AsArray().Count}]",
                    (_, list) => Fill(list!.AsArray(), list.AsArray().Count + 1)
                );
        }
        else if (schema.Values is not null)
            yield return new(
                "too many",
                "",
                (_, map) =>
                {
                    for (var i = 0; i <= schema.Number("maxProperties"); i++)
                        map![$"k{i}"] = "1";
                }
            );
        foreach (var name in schema.RequiredNames)
            yield return new(
                $"without {name}",
                $".{name}",
                (_, value) => value!.AsObject().Remove(name)
            );
    }

    private static void Fill(JsonArray list, int count)
    {
        while (list.Count < count)
            list.Add(list[0]!.DeepClone());
    }

    private static void Replace(JsonNode parent, JsonNode? value, JsonNode? to)
    {
        if (parent is JsonArray list)
            list[list.IndexOf(value)] = to;
        else
            parent[value!.GetPropertyName()] = to;
    }

    /// <summary>Follows a schema's path through the first example that has it: the first item of lists and maps.</summary>
    private static (JsonObject Example, JsonNode Parent, JsonNode Value, string Path) Find(
        Crd crd,
        string schemaPath
    )
    {
        foreach (var example in crd.Examples())
            if (Find(example, schemaPath) is { Value: { } value } found)
                return (example, found.Parent, value, found.Path);
        throw new InvalidOperationException(
            $"no example of {crd} has {schemaPath}: every field needs an example"
        );
    }

    private static (JsonNode Parent, JsonNode? Value, string Path) Find(
        JsonObject root,
        string schemaPath
    )
    {
        JsonNode parent = root;
        JsonNode? at = root;
        var path = "";
        foreach (
            var step in schemaPath
                .Replace("[]", ".[]", StringComparison.Ordinal)
                .Replace("{}", ".{}", StringComparison.Ordinal)
                .Split('.')
        )
        {
            if (at is null)
                break;
            parent = at;
            var key = step == "{}" ? parent.AsObject().First().Key : step;
            at = step == "[]" ? parent.AsArray()[0] : parent[key];
            path +=
                step == "[]" ? "[0]"
                : path.Length == 0 ? key
                : $".{key}";
        }
        return (parent, at, path);
    }
}
