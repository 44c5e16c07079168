using System.Text.Json;

namespace TwilioAdapter.WhatsApp;

/// <summary>Reading JSON of which later versions may have more, or less: what is not there, or is null, is null.</summary>
internal static class Json
{
    public static JsonElement? At(this JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind != JsonValueKind.Null
            ? value
            : null;

    public static string? Text(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    public static bool Flag(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.True };

    public static JsonElement? First(this JsonElement json, string name) =>
        json.At(name) is { ValueKind: JsonValueKind.Array } list && list.GetArrayLength() > 0
            ? list[0]
            : null;
}
