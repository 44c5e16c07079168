using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Cel;

namespace WaOperator.Resources.Tests.Schemas;

/// <summary>A CEL rule of a schema: a relation between fields, or between an object and what it was before.</summary>
/// <param name="Crd">The definition.</param>
/// <param name="Schema">Where the rule stands.</param>
/// <param name="Rule">The expression.</param>
/// <param name="Message">What people are told who break it.</param>
internal sealed partial record Relation(Crd Crd, Schema Schema, string Rule, string Message)
{
    private static readonly CelEnvironment Cel = new(null, "");
    private readonly CelProgramDelegate _program = Cel.Compile(Rule);

    /// <summary>An object and what it was before.</summary>
    internal sealed record Case(JsonObject Before, JsonObject Now);

    /// <summary>All rules of a definition.</summary>
    public static IReadOnlyList<Relation> Of(Crd crd) =>
        [
            .. from schema in crd.Schema.Walk()
            from rule in schema.Node["x-kubernetes-validations"]?.AsArray() ?? []
            select new Relation(crd, schema, rule["rule"]!.ToString(), rule["message"]!.ToString()),
        ];

    /// <summary>Whether it looks back at what the object was.</summary>
    public bool IsOfChange => Rule.Contains("oldSelf", StringComparison.Ordinal);

    /// <summary>What the rule says, with the defaults that the server fills in.</summary>
    public bool Holds(Case of)
    {
        var (before, now) = (Defaults.Filled(Crd, of.Before), Defaults.Filled(Crd, of.Now));
        if (Schema.In(now) is not { } self)
            return true;
        var old = Schema.In(before);
        if (IsOfChange && old is null)
            return true;
        return (bool)
            _program.Invoke(
                new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    ["self"] = Value(self),
                    ["oldSelf"] = Value(old),
                }
            )!;
    }

    /// <summary>
    /// Changes of the examples in the fields that the rule names: every combination of their borders, of each other's values and of
    /// what is next to those, and of leaving them out.
    /// </summary>
    public IEnumerable<Case> Cases() =>
        Crd.Examples().SelectMany(e => Objects(e).Select(now => new Case(e, now)));

    private IEnumerable<JsonObject> Objects(JsonObject example)
    {
        var without = example.DeepClone().AsObject();
        if (!Schema.Required)
        {
            Schema.Put(without, null);
            yield return without;
        }
        var fields = Fields().ToList();
        var choices = fields.Select(f => Choices(f, fields, example).ToList()).ToList();
        foreach (var combination in Product(choices))
        {
            var changed = example.DeepClone().AsObject();
            if (Schema.In(changed) is null)
                Schema.Put(changed, new JsonObject());
            foreach (var (field, value) in fields.Zip(combination))
                field.Put(changed, value?.DeepClone());
            yield return changed;
        }
    }

    /// <summary>The fields that the rule is about: those it names, or the whole value.</summary>
    private IEnumerable<Schema> Fields()
    {
        var named = Names()
            .Matches(Rule)
            .Select(m => m.Groups["name"].Value)
            .Distinct(StringComparer.Ordinal)
            .Select(name => Schema[name])
            .ToList();
        return named.Count > 0 ? named : [Schema];
    }

    private IEnumerable<JsonNode?> Choices(
        Schema field,
        IReadOnlyList<Schema> fields,
        JsonObject example
    )
    {
        if (!field.Required)
            yield return null;
        if (field.Strings("enum") is { Count: > 0 } values)
            foreach (var value in values)
                yield return value;
        else if (field.Type == "integer")
        {
            var around = fields
                .SelectMany(f =>
                    Crd.Examples().Select(e => f.In(e)).Append(f.Default).OfType<JsonNode>()
                )
                .SelectMany(v => new[] { (long)v - 1, (long)v, (long)v + 1 })
                .Append(field.Number("minimum")!.Value)
                .Append(field.Number("maximum")!.Value)
                .Distinct();
            foreach (var number in around)
                if (number >= field.Number("minimum") && number <= field.Number("maximum"))
                    yield return number;
        }
        else
            foreach (var value in Crd.Examples().Select(e => field.In(e)).OfType<JsonNode>())
            {
                yield return value;
                yield return Another(field, value);
            }
    }

    /// <summary>A valid value that differs.</summary>
    private static JsonNode Another(Schema field, JsonNode value)
    {
        if (value is not JsonObject of)
            return value.ToString()[..^1] + (value.ToString()[^1] == '1' ? '2' : '1');
        var another = of.DeepClone().AsObject();
        var first = field.Properties.First(p => another[p.Name] is not null);
        another[first.Name] = Another(first, another[first.Name]!);
        return another;
    }

    private static IEnumerable<IReadOnlyList<JsonNode?>> Product(
        IReadOnlyList<List<JsonNode?>> choices
    ) =>
        choices.Aggregate(
            (IEnumerable<IReadOnlyList<JsonNode?>>)
                [
                    [],
                ],
            (made, next) =>
                made.SelectMany(m => next.Select(n => (IReadOnlyList<JsonNode?>)[.. m, n]))
        );

    private static object? Value(JsonNode? node) =>
        node switch
        {
            JsonObject o => o.ToDictionary(p => p.Key, p => Value(p.Value), StringComparer.Ordinal),
            JsonArray list => list.Select(Value).ToList(),
            JsonValue v when v.TryGetValue<long>(out var number) => number,
            JsonValue v when v.TryGetValue<bool>(out var flag) => flag,
            _ => node?.ToString(),
        };

    public override string ToString() => $"{Crd} {Schema}: {Message}";

    [GeneratedRegex(@"\bself\.(?<name>\w+)", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();
}
