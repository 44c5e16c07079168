using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Events;

/// <summary>An account calls this one. What is said in calls is not heard here: they can be rejected, or answered on the phone.</summary>
public sealed record CallOffered : SessionEvent
{
    /// <summary>The call, by the id that its caller gave it.</summary>
    public required string Id { get; init; }

    /// <summary>The account that calls.</summary>
    public required Jid From { get; init; }

    /// <summary>The caller's other address (phone number or LID), where it is known.</summary>
    public Jid? FromOther { get; init; }

    /// <summary>The group that is called; null: it is a call of two, or the server did not name the group.</summary>
    public Jid? Group { get; init; }

    /// <summary>With pictures.</summary>
    public bool Video { get; init; }

    /// <summary>When it began, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <summary>It waited while the device was away, and most likely rings no more.</summary>
    public bool Offline { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.Call;

    /// <summary>Keeps an offer that comes again from being told twice.</summary>
    public override MessageKey? Completes => KeyOf(From, Id);

    internal static MessageKey KeyOf(Jid from, string id) => new(from.ToString(), "call", id);
}

/// <summary>A call that was told as <see cref="CallOffered"/> rings no more, or is over.</summary>
public sealed record CallEnded : SessionEvent
{
    /// <summary>The reason of calls that were rejected: by <see cref="WhatsAppDevice.RejectCallAsync"/>, or by another device.</summary>
    public const string Rejected = "rejected";

    /// <summary>The call.</summary>
    public required string Id { get; init; }

    /// <summary>The account that called.</summary>
    public required Jid From { get; init; }

    /// <summary>The caller's other address (phone number or LID), where it is known.</summary>
    public Jid? FromOther { get; init; }

    /// <summary>The group that was called, where the server names it.</summary>
    public Jid? Group { get; init; }

    /// <summary><see cref="Rejected"/>, or the server's word, such as timeout; null: it gave none, as where the caller hung up.</summary>
    public string? Reason { get; init; }

    /// <summary>When it ended, in Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <summary>It waited while the device was away.</summary>
    public bool Offline { get; init; }

    /// <inheritdoc/>
    public override string Type => EventTypes.CallEnded;

    /// <summary>Keeps an end that comes again from being told twice.</summary>
    public override MessageKey? Completes => KeyOf(From, Id);

    internal static MessageKey KeyOf(Jid from, string id) => new(from.ToString(), "call-end", id);
}
