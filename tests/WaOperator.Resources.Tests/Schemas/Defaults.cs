using System.Text.Json.Nodes;

namespace WaOperator.Resources.Tests.Schemas;

/// <summary>Fills in defaults as the API server does.</summary>
internal static class Defaults
{
    public static JsonObject Filled(Crd crd, JsonObject o)
    {
        var filled = o.DeepClone().AsObject();
        Fill(crd.Schema, filled);
        return filled;
    }

    private static void Fill(Schema schema, JsonNode? value)
    {
        if (value is JsonArray list && schema.Items is { } items)
            foreach (var item in list)
                Fill(items, item);
        if (value is not JsonObject o)
            return;
        foreach (var property in schema.Properties)
        {
            if (!o.ContainsKey(property.Name) && property.Default is { } missing)
                o[property.Name] = missing.DeepClone();
            Fill(property, o[property.Name]);
        }
        if (schema.Values is { } values)
            foreach (var (_, inner) in o)
                Fill(values, inner);
    }
}
