using System.Text;
using System.Text.Json;
using WaOperator.Api;

namespace WaOperator.Gateway.Forwarding;

/// <summary>A body whose messages have ids.</summary>
/// <param name="Bytes">The body, as it is sent to pods.</param>
/// <param name="Id">The id of its one message; null for a batch, or where none could be fixed.</param>
/// <param name="Fixed">Each message has an id: the body may be sent twice.</param>
internal readonly record struct IdentifiedBody(byte[] Bytes, string? Id, bool Fixed);

/// <summary>
/// Gives messages their ids before a pod is asked, so that one that is sent to a second pod is queued once. Nothing else of a body is
/// touched: what is wrong with it is for the pod to say.
/// </summary>
internal static class MessageIds
{
    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Fixes the id of a message. Pure but for <paramref name="next"/>; any bytes give a body.</summary>
    /// <param name="body">JSON in UTF-8.</param>
    /// <param name="next">Gives the id for a message that has none.</param>
    public static IdentifiedBody Fix(byte[] body, Func<string> next)
    {
        var begin = body.AsSpan().StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
        try
        {
            return Find(body, begin) switch
            {
                { Given: { } given } => new(body, given, true),
                { At: { } at } place => Insert(body, at, place, next()),
                _ => new(body, null, false),
            };
        }
        catch (JsonException)
        {
            return new(body, null, false);
        }
        catch (InvalidOperationException)
        {
            // A text that is not Unicode.
            return new(body, null, false);
        }
    }

    /// <summary>Fixes the ids of a batch, a message a line. Any bytes give a body.</summary>
    /// <param name="body">NDJSON in UTF-8.</param>
    /// <param name="next">Gives the id for the message of a line, which is counted from 0.</param>
    public static IdentifiedBody FixBatch(byte[] body, Func<int, string> next)
    {
        using var all = new MemoryStream(body.Length + 256);
        var (line, isFixed) = (0, true);
        foreach (var range in body.AsSpan().Split((byte)'\n'))
        {
            if (line > 0)
                all.WriteByte((byte)'\n');
            var number = line++;
            var part = body[range];
            if (part.AsSpan().Trim(" \t\r"u8).IsEmpty)
            {
                all.Write(part);
                continue;
            }
            var one = Fix(part, () => next(number));
            isFixed &= one.Fixed;
            all.Write(one.Bytes);
        }
        return new(all.ToArray(), null, isFixed);
    }

    private static Place Find(byte[] body, int begin)
    {
        var reader = new Utf8JsonReader(body.AsSpan(begin));
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return default;
        var place = new Place(begin + (int)reader.BytesConsumed, 0, IsEmpty: true, null);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            place = place with { IsEmpty = false };
            var isId = reader.ValueTextEquals("id"u8);
            reader.Read();
            if (isId && reader.TokenType != JsonTokenType.Null)
                // What is no text is for the pod to refuse.
                return reader.TokenType == JsonTokenType.String
                    ? place with
                    {
                        Given = reader.GetString(),
                    }
                    : default;
            if (isId)
                place = place with
                {
                    At = begin + (int)reader.TokenStartIndex,
                    OfNull = "null"u8.Length,
                };
            reader.Skip();
        }
        // What follows the object makes it no JSON.
        return reader.Read() ? default : place;
    }

    private static IdentifiedBody Insert(byte[] body, int at, Place place, string id)
    {
        var text =
            place.OfNull > 0 ? $"\"{id}\""
            : place.IsEmpty ? $"\"id\":\"{id}\""
            : $"\"id\":\"{id}\",";
        return new(
            [
                .. body.AsSpan(0, at),
                .. Encoding.ASCII.GetBytes(text),
                .. body.AsSpan(at + place.OfNull),
            ],
            id,
            true
        );
    }

    /// <param name="At">Where an id is written; null where it cannot be.</param>
    /// <param name="OfNull">How many bytes it replaces: those of a null.</param>
    /// <param name="IsEmpty">The object has no members.</param>
    /// <param name="Given">The id that is there already.</param>
    private readonly record struct Place(int? At, int OfNull, bool IsEmpty, string? Given);
}
