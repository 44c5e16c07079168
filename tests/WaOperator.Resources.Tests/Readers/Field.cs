using System.Reflection;
using WaOperator.Kubernetes.Objects;
using WaOperator.Resources.Tests.Schemas;

namespace WaOperator.Resources.Tests.Readers;

/// <summary>A field of a schema and the property that holds it.</summary>
internal sealed record Field(Schema Schema, PropertyInfo Property)
{
    /// <summary>The fields right below an object; those of a list's items and of a map's values are below the list and the map.</summary>
    public static IEnumerable<Field> Of(Schema schema, Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if ((schema.Items ?? schema.Values) is { } inner)
            return Of(inner, type.GetGenericArguments()[^1]);
        var properties = JsonFields.Of(type);
        return schema.Properties.Select(p => new Field(p, properties[p.Name]));
    }

    /// <summary>The fields below this one.</summary>
    public IEnumerable<Field> Below => Of(Schema, Property.PropertyType);

    /// <summary>This field and all below it.</summary>
    public IEnumerable<Field> Walk() => Below.SelectMany(f => f.Walk()).Prepend(this);

    /// <summary>What is below is handed through to Kubernetes as it is, which acts on it.</summary>
    public bool IsOfKubernetes =>
        Property
            .PropertyType.GenericTypeArguments.Append(Property.PropertyType)
            .Any(t => t.Assembly == typeof(Condition).Assembly);

    /// <summary>A text that nothing is decided by and that a column shows to people.</summary>
    public bool IsShown(Crd crd) =>
        Schema is { Type: "string", Format: null }
        && Schema.Node["enum"] is null
        && Schema.Node["pattern"] is null
        && (crd.Version["additionalPrinterColumns"]?.AsArray() ?? []).Any(c =>
            c!["jsonPath"]!.ToString() == $".{Schema.Path}"
        );

    public override string ToString() => Schema.Path;
}
