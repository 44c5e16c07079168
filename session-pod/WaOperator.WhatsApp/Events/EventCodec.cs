using System.Text.Json;
using Google.Protobuf;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Events;

/// <summary>An event as it is stored.</summary>
/// <param name="Type">One of <see cref="EventTypes"/>.</param>
/// <param name="Bytes">Opaque; to be encrypted at rest.</param>
public readonly record struct EncodedEvent(string Type, byte[] Bytes);

/// <summary>
/// The stored form of events: a byte with the form's version, then a protobuf (Proto/event.proto). Earlier versions wrote JSON,
/// which is read, too: it begins with '{', which is the number of no version.
/// </summary>
public static class EventCodec
{
    private const byte Version = 1;

    /// <summary>The stored form. Of an <see cref="UnreadableEvent"/>, what it was read from.</summary>
    public static EncodedEvent Encode(SessionEvent e)
    {
        if (e is UnreadableEvent unreadable)
            return new(unreadable.Of, unreadable.Raw.ToArray());
        var stored = EventSchema.Write(e);
        var bytes = new byte[1 + stored.CalculateSize()];
        bytes[0] = Version;
        stored.WriteTo(bytes.AsSpan(1));
        return new(e.Type, bytes);
    }

    /// <summary>Reads the stored form. Total: whatever the bytes, there is an event, an <see cref="UnreadableEvent"/> if need be.</summary>
    /// <param name="type">The type that was stored beside them.</param>
    /// <param name="bytes">The bytes; the event may keep them.</param>
    public static SessionEvent Decode(string type, byte[] bytes)
    {
        try
        {
            return DecodeKnown(type, bytes);
        }
        catch (Exception e)
        {
            // Nothing is known to get here; what does costs its reader this event, not those behind it.
            return new UnreadableEvent(type, $"it cannot be read: {e.Message}", bytes);
        }
    }

    /// <summary>As <see cref="Decode"/>, without the net below it.</summary>
    internal static SessionEvent DecodeKnown(string type, byte[] bytes)
    {
        try
        {
            var e = bytes switch
            {
                [(byte)'{', ..] => JsonRows.Read(type, bytes),
                [Version, ..] => EventSchema.Read(Stored.Event.Parser.ParseFrom(bytes.AsSpan(1))),
                [] => throw new FormatException("It is empty."),
                _ => throw new FormatException(
                    $"It begins with {bytes[0]}, which no version known here writes."
                ),
            };
            return e.Type == type
                ? e
                : throw new FormatException($"Its bytes are of the type '{e.Type}'.");
        }
        // InvalidOperationException: a JSON text with half a surrogate pair.
        catch (Exception e)
            when (e is JsonException or FormatException or InvalidOperationException
                || ProtobufFault.Is(e)
            )
        {
            return new UnreadableEvent(type, $"its stored form is damaged: {e.Message}", bytes);
        }
    }
}
