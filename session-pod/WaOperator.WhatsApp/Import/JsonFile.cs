using System.Text.Json;

namespace WaOperator.WhatsApp.Import;

/// <summary>JSON in files that may be damaged.</summary>
internal static class JsonFile
{
    /// <summary>The largest file that is read: a session whose peer skipped thousands of messages has a few hundred kB.</summary>
    public const int MaxSize = 16 * 1024 * 1024;

    private const int MaxDepth = 16;

    /// <exception cref="ImportException">No JSON.</exception>
    public static JsonDocument Parse(string file, string field, ReadOnlyMemory<byte> json)
    {
        if (json.Length > MaxSize)
            throw new ImportException(file, field, $"is larger than {MaxSize} bytes");
        if (json.Span.IsEmpty)
            throw new ImportException(file, field, "is empty");
        try
        {
            return JsonDocument.Parse(json, new() { MaxDepth = MaxDepth });
        }
        catch (JsonException e)
        {
            throw new ImportException(file, field, $"is no JSON: {e.Message}", e);
        }
    }
}
