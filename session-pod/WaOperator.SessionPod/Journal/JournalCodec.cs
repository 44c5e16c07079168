using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using WaOperator.SessionPod.Broadcasts;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Journal;

/// <summary>The stored form of a journal's entries: the library's for events of the device, JSON for those that the pod tells itself.</summary>
internal static class JournalCodec
{
    /// <summary>The stored form.</summary>
    public static EncodedEvent Encode(SessionEvent e) =>
        e switch
        {
            StatusChanged status => new(e.Type, Bytes(status, JournalJson.Default.StatusChanged)),
            PairingStepped step => new(e.Type, Bytes(step, JournalJson.Default.PairingStepped)),
            LimitReached limit => new(e.Type, Bytes(limit, JournalJson.Default.LimitReached)),
            BroadcastProgress told => new(
                e.Type,
                Bytes(told, JournalJson.Default.BroadcastProgress)
            ),
            PassingEvent => throw new ArgumentException(
                $"'{e.Type}' is stored nowhere.",
                nameof(e)
            ),
            _ => EventCodec.Encode(e),
        };

    /// <summary>Reads the stored form. Total: whatever the bytes, there is an event, an <see cref="UnreadableEvent"/> if need be.</summary>
    /// <param name="type">The type that was stored beside them.</param>
    /// <param name="bytes">The bytes; the event may keep them.</param>
    public static SessionEvent Decode(string type, byte[] bytes) =>
        type switch
        {
            StatusChanged.Name => Read(type, bytes, JournalJson.Default.StatusChanged),
            PairingStepped.Name => Read(type, bytes, JournalJson.Default.PairingStepped),
            LimitReached.Name => Read(type, bytes, JournalJson.Default.LimitReached),
            BroadcastProgress.TypeName => Read(type, bytes, JournalJson.Default.BroadcastProgress),
            _ => EventCodec.Decode(type, bytes),
        };

    private static byte[] Bytes<T>(T value, JsonTypeInfo<T> type) =>
        JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static SessionEvent Read<T>(string type, byte[] bytes, JsonTypeInfo<T> form)
        where T : HostEvent
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, form)
                ?? throw new JsonException("It is null.");
        }
        // InvalidOperationException: a JSON text with half a surrogate pair.
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return new UnreadableEvent(type, $"its stored form is damaged: {e.Message}", bytes);
        }
    }
}

/// <summary>
/// JSON of <see cref="JournalCodec"/>. What a former version wrote lacks members that were added since: those must not be required. Nulls
/// are written, for a parameter of a constructor is.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    IgnoreReadOnlyProperties = true,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true
)]
[JsonSerializable(typeof(StatusChanged))]
[JsonSerializable(typeof(PairingStepped))]
[JsonSerializable(typeof(LimitReached))]
[JsonSerializable(typeof(BroadcastProgress))]
internal sealed partial class JournalJson : JsonSerializerContext;
