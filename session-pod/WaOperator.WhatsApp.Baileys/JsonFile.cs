using System.Text.Json;
using System.Text.Unicode;

namespace WaOperator.WhatsApp.Baileys;

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
        if (!Utf8.IsValid(json.Span))
            throw new ImportException(file, field, "is not text in UTF-8");
        try
        {
            CheckTexts(json.Span);
            return JsonDocument.Parse(json, new() { MaxDepth = MaxDepth });
        }
        catch (JsonException e)
        {
            throw new ImportException(file, field, $"is not JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new ImportException(file, field, "holds a text that is not Unicode", e);
        }
    }

    /// <summary>JSON can name half of a character, which no text can hold: found here, not wherever it is looked at first.</summary>
    /// <exception cref="InvalidOperationException">It does.</exception>
    private static void CheckTexts(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\u"u8) < 0)
            return;
        var reader = new Utf8JsonReader(json, new() { MaxDepth = MaxDepth });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName)
                reader.GetString();
        }
    }
}
