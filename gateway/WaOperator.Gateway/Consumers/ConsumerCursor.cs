using System.Globalization;
using WaOperator.Gateway.Streams;

namespace WaOperator.Gateway.Consumers;

/// <summary>
/// What a reader acknowledges: how far it is, of which consumer it is the reader, and which one. It proves nothing: PostgreSQL takes it
/// from the last reader alone, and no further than there are events. Pure.
/// </summary>
/// <param name="Consumer">The consumer's key in the database.</param>
/// <param name="Reader">Which of its readers.</param>
/// <param name="Position">How far it is in each session.</param>
internal sealed record ConsumerCursor(long Consumer, long Reader, StreamCursor Position)
{
    /// <summary>Writes it: letters, digits, ., - and _.</summary>
    public string Write() =>
        string.Create(CultureInfo.InvariantCulture, $"{Consumer}.{Reader}.{Position.Write()}");

    /// <summary>Reads it.</summary>
    /// <returns>Null: it is none.</returns>
    public static ConsumerCursor? Read(string? text)
    {
        if (
            text?.Split('.', 4) is [var consumer, var reader, var position]
            && TryNumber(consumer, out var id)
            && TryNumber(reader, out var number)
            && StreamCursor.Read(position) is { } read
        )
            return new(id, number, read);
        return null;
    }

    private static bool TryNumber(string text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
