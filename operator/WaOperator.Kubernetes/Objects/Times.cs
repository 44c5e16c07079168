using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace WaOperator.Kubernetes.Objects;

/// <summary>
/// The API's <c>Time</c>: RFC 3339 in UTC with whole seconds. The server cuts fractions off, so a value that was
/// written with them would never compare equal to what comes back.
/// </summary>
public sealed class TimeConverter : JsonConverter<DateTimeOffset?>
{
    /// <inheritdoc/>
    public override DateTimeOffset? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => reader.TokenType == JsonTokenType.Null ? null : reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(
        Utf8JsonWriter writer,
        DateTimeOffset? value,
        JsonSerializerOptions options
    ) => Times.Write(writer, value, "yyyy-MM-dd'T'HH:mm:ss'Z'");
}

/// <summary>The API's <c>MicroTime</c>: RFC 3339 in UTC with exactly six digits of fraction; the server refuses any other number.</summary>
public sealed class MicroTimeConverter : JsonConverter<DateTimeOffset?>
{
    /// <inheritdoc/>
    public override DateTimeOffset? Read(
        ref Utf8JsonReader reader,
        Type typeToConvert,
        JsonSerializerOptions options
    ) => reader.TokenType == JsonTokenType.Null ? null : reader.GetDateTimeOffset();

    /// <inheritdoc/>
    public override void Write(
        Utf8JsonWriter writer,
        DateTimeOffset? value,
        JsonSerializerOptions options
    ) => Times.Write(writer, value, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'");
}

/// <summary>Arithmetic on the API's times.</summary>
public static class Times
{
    /// <summary>Cuts to whole seconds, the precision that the API keeps.</summary>
    public static DateTimeOffset ToSeconds(this DateTimeOffset time) =>
        new(time.Ticks - time.Ticks % TimeSpan.TicksPerSecond, time.Offset);

    internal static void Write(Utf8JsonWriter writer, DateTimeOffset? value, string format)
    {
        if (value is { } time)
            writer.WriteStringValue(
                time.UtcDateTime.ToString(format, CultureInfo.InvariantCulture)
            );
        else
            writer.WriteNullValue();
    }
}
