using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace WaOperator.Resources.Tests.Schemas;

/// <summary>A place in an object where a border of the schema is tried.</summary>
/// <param name="Border">Which.</param>
/// <param name="Path">The schema's path of what is told when the object is past it.</param>
/// <param name="Value">What was put there.</param>
internal sealed record Attempt(string Border, string Path, string Value);

/// <summary>An object that is valid but for the values that are tried in it.</summary>
/// <param name="Example">The valid object that it was made from.</param>
/// <param name="Object">What is judged.</param>
/// <param name="Attempts">What is tried.</param>
internal sealed partial record Trial(
    JsonObject Example,
    JsonObject Object,
    IReadOnlyList<Attempt> Attempts
)
{
    /// <summary>Trials on both sides of every border of a schema.</summary>
    public static IEnumerable<Trial> Of(Crd crd) =>
        crd.Examples().SelectMany(e => OfValues(crd, e).Concat(OfStructure(crd, e)));

    /// <summary>
    /// A path in an object as servers of all versions name it: without the indexes of lists, and with <c>{}</c> for each key of a map.
    /// </summary>
    public static string Path(Crd crd, string path)
    {
        path = Indexes().Replace(path, "");
        foreach (var map in crd.Schema.Walk().Where(s => s.Values is not null))
            if (path.StartsWith($"{Path(map)}.", StringComparison.Ordinal))
                return $"{Path(map)}{{}}";
        return path;
    }

    /// <summary>The same of a schema.</summary>
    public static string Path(Schema schema) =>
        schema.Path.Replace("[]", "", StringComparison.Ordinal);

    /// <summary>Values do not depend on each other: each object tries one in every field.</summary>
    private static IEnumerable<Trial> OfValues(Crd crd, JsonObject example)
    {
        var fields = crd.Schema["spec"]
            .Walk()
            .Select(s => (Schema: s, Allowed: s.In(example)))
            .Where(f => f.Allowed is not null)
            .Select(f => (f.Schema, Values: Values.Of(f.Schema, f.Allowed!).ToList()))
            .Where(f => f.Values.Count > 0)
            .ToList();
        for (var round = 0; round < fields.Max(f => f.Values.Count); round++)
        {
            var changed = example.DeepClone().AsObject();
            var tried = fields.Where(f => round < f.Values.Count).ToList();
            foreach (var (schema, values) in tried)
                schema.Put(changed, values[round].DeepClone());
            yield return new(
                example,
                changed,
                [
                    .. tried.Select(f => new Attempt(
                        $"{f.Schema}: value",
                        Path(f.Schema),
                        Shown(f.Values[round].ToJsonString())
                    )),
                ]
            );
        }
    }

    private static string Shown(string value) =>
        value.Length > 100 ? $"{value[..100]}... ({value.Length} characters)" : value;

    private static IEnumerable<Trial> OfStructure(Crd crd, JsonObject example) =>
        crd.Schema["spec"]
            .Walk()
            .Where(s => s.In(example) is not null)
            .SelectMany(s =>
                s.Node.SelectMany(keyword => OfKeyword(s, keyword.Key, s.In(example)!))
                    .Select(t =>
                    {
                        var changed = example.DeepClone().AsObject();
                        s.Put(changed, t.Value);
                        return new Trial(
                            example,
                            changed,
                            [new($"{s}: {t.Border}", Path(s) + t.Below, "")]
                        );
                    })
            );

    private sealed record Change(string Border, string Below, JsonNode Value);

    /// <summary>What is tried for a keyword of the schema that is about more than one value.</summary>
    /// <exception cref="NotSupportedException">Nothing is known of the keyword.</exception>
    private static IEnumerable<Change> OfKeyword(Schema schema, string keyword, JsonNode value)
    {
        switch (keyword)
        {
            case "maxItems":
                yield return new(keyword, "", Items(schema, value, Most()));
                yield return new(keyword, "", Items(schema, value, Most() + 1));
                break;
            case "minItems":
                yield return new(keyword, "", Items(schema, value, Most()));
                yield return new(keyword, "", Items(schema, value, Most() - 1));
                break;
            case "x-kubernetes-list-type":
                var twice = value.DeepClone().AsArray();
                twice.Add(twice[0]!.DeepClone());
                yield return new(keyword, "", twice);
                // Only then is an item the same as another.
                if (value.AsArray()[0] is JsonObject)
                    foreach (var key in schema.Strings("x-kubernetes-list-map-keys"))
                        yield return new(keyword, "", With(twice, key));
                break;
            case "maxProperties":
                yield return new(keyword, "", Entries(value, Most()));
                yield return new(keyword, "", Entries(value, Most() + 1));
                break;
            case "properties":
                foreach (var property in schema.Properties.Where(p => value[p.Name] is not null))
                {
                    var without = value.DeepClone().AsObject();
                    without.Remove(property.Name);
                    yield return new($"without {property.Name}", $".{property.Name}", without);
                }
                break;
            // Tried with the values, or for people and types alone.
            case "type" or "format" or "minimum" or "maximum" or "minLength" or "maxLength":
            case "pattern" or "enum" or "anyOf" or "x-kubernetes-int-or-string":
            case "required" or "items" or "additionalProperties" or "default" or "description":
            case "x-kubernetes-list-map-keys" or "x-kubernetes-preserve-unknown-fields":
            // See Relation.
            case "x-kubernetes-validations":
                break;
            default:
                throw new NotSupportedException($"{schema}: nothing tries the keyword {keyword}");
        }

        int Most() => (int)schema.Number(keyword)!;
    }

    /// <summary>So many items that differ.</summary>
    private static JsonArray Items(Schema schema, JsonNode value, int count) =>
        [
            .. Enumerable
                .Range(0, count)
                .Select(i =>
                    Another(value.AsArray()[^1]!, schema.Strings("x-kubernetes-list-map-keys"), i)
                ),
        ];

    private static JsonNode Another(JsonNode item, IReadOnlyList<string> keys, int number)
    {
        if (item.GetValueKind() == JsonValueKind.Number)
            return 1000 + number;
        if (item is not JsonObject)
            return IPNetwork.TryParse(item.ToString(), out _)
                ? $"10.{number}.0.0/16"
                : Numbered(item.ToString(), number);
        var another = item.DeepClone();
        foreach (var key in keys)
            another[key] = Numbered(item[key]!.ToString(), number);
        return another;
    }

    private static string Numbered(string text, int number) =>
        (text.Length > 8 ? text[..^4] : text)
        + number.ToString("0000", CultureInfo.InvariantCulture);

    private static JsonArray With(JsonArray twice, string key)
    {
        var differ = twice.DeepClone().AsArray();
        differ[^1]![key] = Numbered(differ[^1]![key]!.ToString(), 1);
        return differ;
    }

    private static JsonObject Entries(JsonNode value, int count) =>
        new(
            Enumerable
                .Range(0, count)
                .Select(i =>
                    KeyValuePair.Create(
                        $"k{i}",
                        (JsonNode?)value.AsObject().First().Value!.DeepClone()
                    )
                )
        );

    [GeneratedRegex(@"\[\d+\]", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Indexes();
}
