using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Resources.Tests.Schemas;

/// <summary>The properties of a type by their names in JSON.</summary>
internal static class JsonFields
{
    public static IReadOnlyDictionary<string, PropertyInfo> Of(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(p => p.GetCustomAttribute<JsonIgnoreAttribute>() is null)
            .ToDictionary(
                p =>
                    p.GetCustomAttribute<JsonPropertyNameAttribute>()?.Name
                    ?? JsonNamingPolicy.CamelCase.ConvertName(p.Name),
                StringComparer.Ordinal
            );
}
