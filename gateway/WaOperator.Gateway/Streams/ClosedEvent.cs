using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Gateway.Streams;

/// <summary>The last of a stream that it is no use to open again.</summary>
/// <param name="Type">Always <see cref="ClosedEvent.Type"/>.</param>
/// <param name="Reason">Why.</param>
internal sealed record Closed(string Type, string Reason);

/// <summary>With what a WebSocket's client continues.</summary>
/// <param name="Cursor">As the parameter of that name.</param>
internal sealed record CursorFrame(string Cursor);

/// <summary>Makes it.</summary>
internal static class ClosedEvent
{
    /// <summary>Its type.</summary>
    public const string Type = "closed";

    /// <summary>JSON in UTF-8.</summary>
    public static byte[] Json(string reason) =>
        JsonSerializer.SerializeToUtf8Bytes(new Closed(Type, reason), StreamJson.Default.Closed);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Closed))]
[JsonSerializable(typeof(CursorFrame))]
internal sealed partial class StreamJson : JsonSerializerContext;
