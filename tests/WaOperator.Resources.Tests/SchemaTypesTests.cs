using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources.Tests.Schemas;

namespace WaOperator.Resources.Tests;

/// <summary>The C# types and the schemas are the same thing said twice; these tests keep them so.</summary>
public sealed class SchemaTypesTests
{
    private static readonly NullabilityInfoContext Nullability = new();

    [Fact]
    public void Every_definition_has_its_type_and_its_validation() =>
        Directory
            .EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "crds"))
            .Select(f => Path.GetFileNameWithoutExtension(f))
            .ShouldBe(Crd.All.Select(c => c.Plural), ignoreOrder: true);

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void Types_have_the_fields_of_the_schema(string plural)
    {
        var crd = Crd.Of(plural);
        var problems = new List<string>();
        Compare(crd.Schema["spec"], crd.Type.GetProperty("Spec")!.PropertyType, problems);
        Compare(crd.Schema["status"], crd.Type.GetProperty("Status")!.PropertyType, problems);
        problems.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void Types_have_the_defaults_of_the_schema(string plural)
    {
        var crd = Crd.Of(plural);
        var spec = crd.Type.GetProperty("Spec")!.PropertyType;
        var read = JsonSerializer.Deserialize("{}", spec, ResourcesJsonContext.Default)!;
        var written = JsonSerializer.SerializeToNode(read, spec, ResourcesJsonContext.Default)!;
        foreach (var schema in crd.Schema["spec"].Walk().Where(s => s.Default is not null))
        {
            var value = schema.Path.Split('.').Skip(1).Aggregate(written, (at, name) => at?[name]!);
            if (schema.Default is not JsonObject)
                value?.ToString().ShouldBe(schema.Default!.ToString(), schema.Path);
            value.ShouldNotBeNull(schema.Path);
        }
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void The_default_of_an_object_is_that_of_its_fields(string plural)
    {
        foreach (var schema in Crd.Of(plural).Schema.Walk())
            if (schema.Default is JsonObject spelt)
            {
                var fields = new JsonObject(
                    schema
                        .Properties.Where(p => p.Default is not null)
                        .Select(p => KeyValuePair.Create(p.Name, p.Default?.DeepClone()))
                );
                // The server checks rules on the default as it stands, before it fills in the fields' own.
                if (spelt.Count > 0 || schema.Node["x-kubernetes-validations"] is not null)
                    JsonNode.DeepEquals(spelt, fields).ShouldBeTrue($"{schema}: {spelt}");
            }
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void Names_are_those_of_the_type(string plural)
    {
        var crd = Crd.Of(plural);
        var resource = crd.Type.GetProperty("Resource")!.GetValue(null)!;
        string Of(string property) =>
            (string)resource.GetType().GetProperty(property)!.GetValue(resource)!;
        var spec = crd.Document["spec"]!;
        var name = $"{plural}.{WhatsAppApi.Group}";
        crd.Document["metadata"]!["name"]!.ToString().ShouldBe(name);
        resource.ToString().ShouldBe(name);
        spec["group"]!.ToString().ShouldBe(Of("Group"));
        crd.Version["name"]!.ToString().ShouldBe(Of("Version"));
        spec["names"]!["kind"]!.ToString().ShouldBe(Of("Kind"));
        spec["names"]!["plural"]!.ToString().ShouldBe(Of("Plural"));
        spec["names"]!["categories"]!.AsArray().Select(c => c!.ToString()).ShouldBe(["wa"]);
        spec["scope"]!.ToString().ShouldBe("Namespaced");
        crd.Version["subresources"]!["status"].ShouldNotBeNull();
    }

    [Theory]
    [MemberData(nameof(Crd.Names), MemberType = typeof(Crd))]
    public void Every_field_is_described_and_bounded(string plural)
    {
        foreach (var schema in Crd.Of(plural).Schema.Walk().Where(s => s.Path.StartsWith('s')))
        {
            if (schema.Type == "string" && schema.Format != "date-time")
                (schema.Node["enum"] ?? schema.Node["maxLength"]).ShouldNotBeNull(schema.Path);
            if (schema.Type == "array")
            {
                schema.Node["maxItems"].ShouldNotBeNull(schema.Path);
                schema.Node["x-kubernetes-list-type"].ShouldNotBeNull(schema.Path);
            }
            if (schema.Values is not null)
                schema.Node["maxProperties"].ShouldNotBeNull(schema.Path);
            if (schema.Type == "integer")
            {
                schema.Node["minimum"].ShouldNotBeNull(schema.Path);
                schema.Format.ShouldNotBeNull(schema.Path);
            }
            var ofPodSpec = schema.Path.Contains("podTemplate.to", StringComparison.Ordinal);
            if (!schema.Path.EndsWith(']') && !schema.Path.EndsWith('}') && !ofPodSpec)
                schema.Node["description"].ShouldNotBeNull(schema.Path);
        }
    }

    private static void Compare(Schema schema, Type type, List<string> problems)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        var expected = Expected(schema);
        if (expected is not null)
        {
            if (type != expected)
                problems.Add($"{schema}: is {type.Name}, the schema says {expected.Name}");
        }
        else if (schema.Opaque) { }
        else if (schema.Items is { } items)
            CompareInner(items, type, typeof(IReadOnlyList<>), problems);
        else if (schema.Values is { } values)
            CompareInner(values, type, typeof(IReadOnlyDictionary<,>), problems);
        else
            CompareFields(schema, type, problems);
    }

    private static void CompareInner(Schema inner, Type type, Type wanted, List<string> problems)
    {
        if (type.IsGenericType && type.GetGenericTypeDefinition() == wanted)
            Compare(inner, type.GetGenericArguments()[^1], problems);
        else
            problems.Add($"{inner}: is in {type.Name}, the schema says {wanted.Name}");
    }

    private static void CompareFields(Schema schema, Type type, List<string> problems)
    {
        var fields = JsonFields.Of(type);
        foreach (
            var missing in fields.Keys.Except(
                schema.Properties.Select(p => p.Name),
                StringComparer.Ordinal
            )
        )
            problems.Add($"{schema.Path}.{missing}: is in {type.Name} and not in the schema");
        foreach (var property in schema.Properties)
            if (!fields.TryGetValue(property.Name, out var field))
                problems.Add($"{property}: is in the schema and not in {type.Name}");
            else
            {
                Compare(property, field.PropertyType, problems);
                // What the API server always sends is never null here. The types of PodSpec follow Kubernetes' rule
                // that everything may be absent, and counts in a status are 0 when they are.
                var always = property.Required || property.Default is not null;
                var nullable = Nullability.Create(field).ReadState == NullabilityState.Nullable;
                var falsy =
                    property.Type == "boolean"
                    || property.Path.StartsWith("status", StringComparison.Ordinal);
                if (
                    type.Assembly == typeof(WhatsAppApi).Assembly
                    && always == nullable
                    && !(falsy && !nullable)
                )
                    problems.Add(
                        $"{property}: {(nullable ? "may" : "may not")} be null in {type.Name}"
                    );
            }
    }

    private static Type? Expected(Schema schema) =>
        schema switch
        {
            { IntOrString: true } => typeof(Quantity),
            { Type: "string", Format: "date-time" } => typeof(DateTimeOffset),
            { Type: "string" } => typeof(string),
            { Type: "boolean" } => typeof(bool),
            { Type: "integer", Format: "int32" } => typeof(int),
            { Type: "integer", Format: "int64" } => typeof(long),
            { Type: "object" or "array" } => null,
            _ => throw new InvalidOperationException($"{schema}: no C# type for {schema.Node}"),
        };
}
