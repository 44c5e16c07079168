using System.Text.Encodings.Web;
using System.Text.Json;

namespace WaOperator.Client;

/// <summary>Writes one JSON object per line, each with "event" first, and at once.</summary>
internal sealed class JsonLines(TextWriter output)
{
    private static readonly JsonSerializerOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
    private readonly Lock _lock = new();

    /// <summary>Writes an event; fields without a value are left out.</summary>
    public void Write(string name, params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        var line = new Dictionary<string, object?>(StringComparer.Ordinal) { ["event"] = name };
        foreach (var (field, value) in fields)
        {
            if (value is not null)
                line[field] = value;
        }
        var text = JsonSerializer.Serialize(line, Options);
        lock (_lock)
        {
            output.WriteLine(text);
            output.Flush();
        }
    }

    /// <summary>Writes an error with what to do about it.</summary>
    public void Error(string kind, int? code, string message, string hint) =>
        Write("error", ("kind", kind), ("code", code), ("message", message), ("hint", hint));
}
