using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Limits;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>Which of a session's messages that were given up (Failed) are meant.</summary>
/// <param name="Chat">To this account or group; null: to any.</param>
/// <param name="From">Given up at this time or later; null: at any.</param>
/// <param name="To">Given up before this time; null: at any.</param>
/// <param name="Reason">What their error holds; null: any.</param>
/// <param name="Most">How many of them, 1 or more.</param>
internal sealed record DeadLetters(
    Jid? Chat,
    DateTimeOffset? From,
    DateTimeOffset? To,
    string? Reason,
    int Most
)
{
    /// <summary>Those with these ids, at most <see cref="SessionOutbox.RetryStep"/>; null: whichever.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Whether one that was given up within the time is meant. Pure.</summary>
    public bool Fit(OutboundMessage message) =>
        (Reason is null || message.Error?.Contains(Reason, StringComparison.Ordinal) == true)
        && (Chat is not { } chat || ChatNames.Same(Jid.Parse(message.Chat), chat));
}

/// <summary>What became of messages that are to be sent again.</summary>
/// <param name="Outcome">Done, Elsewhere or Unknown; what is counted here was queued all the same.</param>
internal sealed record Retrial(ChangeOutcome Outcome)
{
    /// <summary>How many are queued again.</summary>
    public int Retried { get; init; }

    /// <summary>How many would not be sent: they expired, the tenant may not write there, or they are damaged.</summary>
    public int Skipped { get; init; }

    /// <summary>Whether others that are meant were left.</summary>
    public bool More { get; init; }

    /// <summary>From which time of being given up on those are that were not looked at; null: all were.</summary>
    public DateTimeOffset? Next { get; init; }

    /// <summary>Why it stopped before its end, or left a chat out; null: it did not.</summary>
    public SendRefusal? Refusal { get; init; }

    /// <summary>The session's own queue is full.</summary>
    public bool Full { get; init; }
}
