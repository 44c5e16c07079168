using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>How far a broadcast of the session has come. Told by the pod itself and not by WhatsApp.</summary>
/// <param name="Id">The broadcast.</param>
/// <param name="Name">What the tenant calls it.</param>
/// <param name="State">Its state.</param>
/// <param name="Reason">Of one that is Stopped why, in a word; null: it is not.</param>
/// <param name="Recipients">How many it has.</param>
/// <param name="Counts">How many of them are in each state.</param>
internal sealed record BroadcastProgress(
    string Id,
    string Name,
    string State,
    string? Reason,
    int Recipients,
    ProgressCounts Counts
) : HostEvent
{
    /// <summary>What stands beside its bytes in the journal, and what readers of a session's stream see.</summary>
    public const string TypeName = "broadcast";

    private const byte Version = 1;

    /// <inheritdoc/>
    [JsonIgnore]
    public override string Type => TypeName;

    /// <summary>The stored form: a byte with its version, then JSON.</summary>
    public byte[] ToBytes() =>
        [
            Version,
            .. JsonSerializer.SerializeToUtf8Bytes(this, ProgressJson.Default.BroadcastProgress),
        ];

    /// <summary>Reads the stored form. Total: what cannot be read is an <see cref="UnreadableEvent"/>.</summary>
    public static SessionEvent Read(byte[] bytes)
    {
        if (bytes is not [Version, ..])
            return Unreadable("no version known here writes it");
        try
        {
            return
                JsonSerializer.Deserialize(bytes.AsSpan(1), ProgressJson.Default.BroadcastProgress)
                    is { Id: not null, Name: not null, State: not null, Counts: not null } read
                ? read
                : Unreadable("it lacks what such an event has");
        }
        catch (JsonException e)
        {
            return Unreadable(e.Message);
        }

        UnreadableEvent Unreadable(string why) =>
            new(TypeName, $"its stored form is damaged: {why}", bytes);
    }
}

/// <summary>How many recipients of a broadcast are in each state.</summary>
/// <param name="Pending">Wait for their turn.</param>
/// <param name="Queued">Their message is in the outbox.</param>
/// <param name="Sent">WhatsApp has their message.</param>
/// <param name="Delivered">A device of theirs has it.</param>
/// <param name="Read">They read it.</param>
/// <param name="Failed">It was refused, or expired.</param>
/// <param name="Skipped">They are not written to.</param>
internal sealed record ProgressCounts(
    long Pending,
    long Queued,
    long Sent,
    long Delivered,
    long Read,
    long Failed,
    long Skipped
)
{
    /// <summary>From the database.</summary>
    public static ProgressCounts Of(RecipientCounts counts) =>
        new(
            counts[RecipientState.Pending],
            counts[RecipientState.Queued],
            counts[RecipientState.Sent],
            counts[RecipientState.Delivered],
            counts[RecipientState.Read],
            counts[RecipientState.Failed],
            counts[RecipientState.Skipped]
        );
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(BroadcastProgress))]
internal sealed partial class ProgressJson : JsonSerializerContext;
