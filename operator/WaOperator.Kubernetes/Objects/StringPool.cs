using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Objects;

/// <summary>
/// Recently read strings, so that 100,000 objects share one "Connected" and one "app.kubernetes.io/name". A table of fixed
/// size in which a newer string takes the place of an older one: races only cost a copy.
/// </summary>
internal static class StringPool
{
    private const int MaxLength = 128;
    private static readonly string?[] Table = new string?[8192];

    public static string? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return null;
        if (reader.HasValueSequence || reader.ValueSpan.Length > MaxLength)
            return reader.GetString();
        // A byte of UTF-8 becomes at most one char.
        Span<char> chars = stackalloc char[MaxLength];
        return Get(chars[..reader.CopyString(chars)]);
    }

    private static string Get(ReadOnlySpan<char> text)
    {
        ref var slot = ref Table[
            string.GetHashCode(text, StringComparison.Ordinal) & (Table.Length - 1)
        ];
        var known = slot;
        return known is not null && text.SequenceEqual(known) ? known : slot = text.ToString();
    }
}

/// <summary>
/// For properties whose values repeat over many objects (phases, reasons, names of owners): equal strings that are read
/// share memory. Not for what is secret or unique.
/// </summary>
public sealed class SharedStringConverter : JsonConverter<string>
{
    /// <inheritdoc/>
    public override string? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => StringPool.Read(ref reader);

    /// <inheritdoc/>
    public override void Write(
        Utf8JsonWriter writer,
        string value,
        JsonSerializerOptions options
    ) => writer.WriteStringValue(value);
}

/// <summary>Finalizers: one or two, and the same everywhere.</summary>
public sealed class SharedStringListConverter : JsonConverter<IReadOnlyList<string>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<string>? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    )
    {
        var items = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            items.Add(StringPool.Read(ref reader) ?? "");
        return items.ToArray();
    }

    /// <inheritdoc/>
    public override void Write(
        Utf8JsonWriter writer,
        IReadOnlyList<string> value,
        JsonSerializerOptions options
    )
    {
        writer.WriteStartArray();
        foreach (var item in value)
            writer.WriteStringValue(item);
        writer.WriteEndArray();
    }
}

/// <summary>Labels and annotations: small, alike in many objects, read far more often than looked up.</summary>
public sealed class StringMapConverter : JsonConverter<IReadOnlyDictionary<string, string>>
{
    /// <summary>As large as the object itself, and only kubectl reads it.</summary>
    private const string LastApplied = "kubectl.kubernetes.io/last-applied-configuration";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, string>? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    )
    {
        var entries = new List<KeyValuePair<string, string>>();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = StringPool.Read(ref reader)!;
            reader.Read();
            if (key != LastApplied)
                entries.Add(new(key, StringPool.Read(ref reader) ?? ""));
        }
        return new StringMap([.. entries]);
    }

    /// <inheritdoc/>
    public override void Write(
        Utf8JsonWriter writer,
        IReadOnlyDictionary<string, string> value,
        JsonSerializerOptions options
    )
    {
        writer.WriteStartObject();
        foreach (var (key, text) in value)
            writer.WriteString(key, text);
        writer.WriteEndObject();
    }
}
