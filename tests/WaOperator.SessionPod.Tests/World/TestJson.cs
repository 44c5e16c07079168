using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Tests.World;

/// <summary>As the simulator's control API writes.</summary>
internal static class TestJson
{
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerDefaults.Web)
        {
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
        };
}
