using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Resources;

/// <summary>
/// An amount as Kubernetes writes it: <c>64Ki</c>, <c>1.5G</c>, <c>250m</c>, <c>1e3</c> or a plain number. The text is kept
/// as it was given and is read only when its value is asked for, so that one bad text in a stored object fails its
/// validation and not the reading of a whole list.
/// </summary>
[JsonConverter(typeof(QuantityJsonConverter))]
public readonly record struct Quantity
{
    private readonly string? _text;

    /// <summary>Keeps <paramref name="text"/>; <see cref="TryGetValue"/> says whether it is a quantity.</summary>
    public Quantity(string text) => _text = text;

    /// <summary>A number of bytes, written in the largest binary unit that fits without a fraction.</summary>
    public static Quantity FromBytes(long bytes)
    {
        string[] units = ["", "Ki", "Mi", "Gi", "Ti", "Pi"];
        var unit = 0;
        while (bytes != 0 && bytes % 1024 == 0 && unit < units.Length - 1)
        {
            bytes /= 1024;
            unit++;
        }
        return new(bytes.ToString(CultureInfo.InvariantCulture) + units[unit]);
    }

    /// <summary>The text as it was given.</summary>
    public override string ToString() => _text ?? "0";

    /// <summary>The value in the base unit (bytes, cores); the largest number there is when a unit takes it beyond that.</summary>
    /// <returns>False when the text is no quantity.</returns>
    public bool TryGetValue(out decimal value)
    {
        var text = ToString();
        var end = text.Length;
        while (end > 0 && !char.IsAsciiDigit(text[end - 1]) && text[end - 1] != '.')
            end--;
        const NumberStyles style =
            NumberStyles.AllowDecimalPoint
            | NumberStyles.AllowLeadingSign
            | NumberStyles.AllowExponent;
        value = 0;
        if (
            Factor(text.AsSpan(end)) is not { } factor
            || !decimal.TryParse(
                text.AsSpan(0, end),
                style,
                CultureInfo.InvariantCulture,
                out var number
            )
        )
            return false;
        try
        {
            value = number * factor;
        }
        catch (OverflowException)
        {
            value = number < 0 ? decimal.MinValue : decimal.MaxValue;
        }
        return true;
    }

    /// <summary>The value in whole bytes, rounded up; the largest number when it is beyond that.</summary>
    /// <exception cref="FormatException">The text is no quantity: validate the object first.</exception>
    public long ToBytes()
    {
        if (!TryGetValue(out var value))
            throw new FormatException(
                $"'{ToString()}' is not a quantity such as 64Ki, 512Mi or 65536"
            );
        var whole = decimal.Ceiling(value);
        return whole >= long.MaxValue ? long.MaxValue
            : whole <= long.MinValue ? long.MinValue
            : (long)whole;
    }

    private static decimal? Factor(ReadOnlySpan<char> suffix) =>
        suffix switch
        {
            "" => 1m,
            "n" => 1e-9m,
            "u" => 1e-6m,
            "m" => 1e-3m,
            "k" => 1e3m,
            "M" => 1e6m,
            "G" => 1e9m,
            "T" => 1e12m,
            "P" => 1e15m,
            "E" => 1e18m,
            "Ki" => 1024m,
            "Mi" => 1024m * 1024,
            "Gi" => 1024m * 1024 * 1024,
            "Ti" => 1024m * 1024 * 1024 * 1024,
            "Pi" => 1024m * 1024 * 1024 * 1024 * 1024,
            "Ei" => 1024m * 1024 * 1024 * 1024 * 1024 * 1024,
            _ => null,
        };
}

internal sealed class QuantityJsonConverter : JsonConverter<Quantity>
{
    public override Quantity Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) =>
        reader.TokenType switch
        {
            JsonTokenType.String => new(reader.GetString()!),
            JsonTokenType.Number => new(reader.GetDecimal().ToString(CultureInfo.InvariantCulture)),
            _ => throw new JsonException(
                $"a quantity is a text or a number, not {reader.TokenType}"
            ),
        };

    public override void Write(
        Utf8JsonWriter writer,
        Quantity value,
        JsonSerializerOptions options
    ) => writer.WriteStringValue(value.ToString());
}
