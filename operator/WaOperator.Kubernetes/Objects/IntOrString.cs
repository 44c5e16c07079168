using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Objects;

/// <summary>A number or a text such as <c>25%</c> or the name of a port.</summary>
[JsonConverter(typeof(IntOrStringConverter))]
public readonly record struct IntOrString
{
    /// <summary>The text, when it is no number.</summary>
    public string? Text { get; }

    /// <summary>The number; 0 when it is a text.</summary>
    public int Number { get; }

    public IntOrString(int number) => Number = number;

    public IntOrString(string text) => Text = text;

    public static implicit operator IntOrString(int number) => new(number);

    public static implicit operator IntOrString(string text) => new(text);

    /// <inheritdoc/>
    public override string ToString() => Text ?? Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A JSON number or string.</summary>
public sealed class IntOrStringConverter : JsonConverter<IntOrString>
{
    public override IntOrString Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) =>
        reader.TokenType == JsonTokenType.Number
            ? new(reader.GetInt32())
            : new(reader.GetString() ?? "");

    public override void Write(
        Utf8JsonWriter writer,
        IntOrString value,
        JsonSerializerOptions options
    )
    {
        if (value.Text is { } text)
            writer.WriteStringValue(text);
        else
            writer.WriteNumberValue(value.Number);
    }
}
