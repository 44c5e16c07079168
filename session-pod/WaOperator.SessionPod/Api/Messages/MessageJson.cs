using System.Text.Json.Serialization;
using WaOperator.Api;
using WaOperator.SessionPod.Api.Events;
using WaOperator.SessionPod.Messages;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>How far a message has come.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Scheduled, Queued, Encrypted (and perhaps sent), Acked (the server has it); or Failed, Expired, Cancelled. In a chat's history also Received.</param>
/// <param name="To">Recipient.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="QueuedAt">When it was accepted.</param>
/// <param name="SettledAt">When it was acked, failed, expired or was cancelled.</param>
/// <param name="SendAt">While Scheduled, when it is to be queued.</param>
/// <param name="ExpiresAt">When it is of no use any more.</param>
/// <param name="Metadata">What was given with it.</param>
internal sealed record MessageAnswer(
    string Id,
    string State,
    string? To = null,
    string? Error = null,
    DateTimeOffset? QueuedAt = null,
    DateTimeOffset? SettledAt = null,
    DateTimeOffset? SendAt = null,
    DateTimeOffset? ExpiresAt = null,
    IReadOnlyDictionary<string, string>? Metadata = null
)
{
    /// <summary>When a device of a recipient first had it, where one message is asked for; for each member of a group see its receipts.</summary>
    public DateTimeOffset? Delivered { get; init; }

    /// <summary>When a recipient first read it, as for delivered.</summary>
    public DateTimeOffset? Read { get; init; }

    /// <summary>When a recipient first played it, as for delivered.</summary>
    public DateTimeOffset? Played { get; init; }

    /// <summary>In a chat's history its chat.</summary>
    public string? Chat { get; init; }

    /// <summary>In a chat's history when it was sent, as far as it was.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>In a chat's history whether this account sent it, here or on another device.</summary>
    public bool? FromMe { get; init; }

    /// <summary>In a chat's history who sent it; left out: this session did.</summary>
    public PersonAnswer? From { get; init; }

    /// <summary>In a chat's history true for a message from before this session was linked, which the phone gave (spec.history); left out else. Its file cannot be loaded.</summary>
    public bool? Past { get; init; }

    /// <summary>In a chat's history what it says, as in events.</summary>
    public ContentData? Content { get; init; }

    /// <summary>A stored message.</summary>
    public static MessageAnswer Of(StoredMessage stored)
    {
        var particulars = Particulars.Read(stored.Message.Note);
        return new(
            stored.Message.Id,
            stored.State.ToString(),
            stored.Message.Chat,
            stored.Message.Error,
            stored.QueuedAt,
            stored.SettledAt,
            stored.DueAt,
            particulars?.ExpiresAt,
            particulars?.Metadata
        );
    }
}

/// <summary>A page of messages.</summary>
/// <param name="Data">Those that are not settled first, each newest first; in a chat's history also those that were received. A page with a filter may have fewer than asked for, and others behind it.</param>
/// <param name="Next">Gets the next page, as "after"; left out at the end.</param>
internal sealed record MessagePage(IReadOnlyList<MessageAnswer> Data, string? Next);

/// <summary>A change of a message that is not sent yet.</summary>
internal sealed record MessageChange
{
    /// <summary>When it is to be sent, at most 30 days ahead.</summary>
    public DateTimeOffset? SendAt { get; init; }
}

/// <summary>Which messages that were given up (Failed) are queued again: those that all of what is given fits.</summary>
internal sealed record RetryRequest
{
    /// <summary>Messages where no limit is given.</summary>
    public const int DefaultLimit = 100;

    /// <summary>Messages at most.</summary>
    public const int MostLimit = 1000;

    /// <summary>Ids at most.</summary>
    public const int MostIds = SessionOutbox.RetryStep;

    /// <summary>Characters of a reason at most.</summary>
    public const int MostReason = 200;

    /// <summary>Those with these ids, 1 to 100; not together with after and before.</summary>
    public IReadOnlyList<string>? Ids { get; init; }

    /// <summary>Those to this phone number, account or group.</summary>
    public string? Chat { get; init; }

    /// <summary>Those that were given up at this time or later (their settledAt).</summary>
    public DateTimeOffset? After { get; init; }

    /// <summary>Those that were given up before this time.</summary>
    public DateTimeOffset? Before { get; init; }

    /// <summary>Those whose error has this text in it, such as (463).</summary>
    public string? Reason { get; init; }

    /// <summary>How many at most, 1 to 1,000; default 100.</summary>
    public int? Limit { get; init; }
}

/// <summary>What became of messages that are to be sent again.</summary>
/// <param name="Retried">How many are queued again.</param>
/// <param name="Skipped">How many were left as they are since they would not be sent: they have expired, spec.phoneRules do not allow them, or they are damaged.</param>
/// <param name="More">Whether there may be others: ask again.</param>
/// <param name="Next">Where there is more and this is given: from which time on; "after" of the next request.</param>
internal sealed record RetryAnswer(
    int Retried,
    int Skipped,
    bool More,
    DateTimeOffset? Next = null
);

/// <summary>What became of a line of a batch.</summary>
/// <param name="Line">Its number, from 1; empty lines count.</param>
/// <param name="Status">The status that it would have had as a request.</param>
/// <param name="Message">The message, if it was accepted.</param>
/// <param name="Problem">Why it was not, else.</param>
internal sealed record BatchLine(
    int Line,
    int Status,
    MessageAnswer? Message = null,
    Problem? Problem = null
);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(SendRequest))]
[JsonSerializable(typeof(TextParts))]
[JsonSerializable(typeof(MessageNameParts))]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(ReceiptPage))]
[JsonSerializable(typeof(MessageChange))]
[JsonSerializable(typeof(RetryRequest))]
[JsonSerializable(typeof(RetryAnswer))]
[JsonSerializable(typeof(BatchLine))]
[JsonSerializable(typeof(LimitsAnswer))]
internal sealed partial class MessageJson : JsonSerializerContext;
