using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>Messages that were read.</summary>
internal sealed record ReadRequest
{
    /// <summary>The chat: a phone number, or an address as events give it; status@broadcast tells the author of a status that it was seen. Left out: where the one message was received, within the retention.</summary>
    public string? Chat { get; init; }

    /// <summary>Who sent them; needed in groups and for a status, with the chat.</summary>
    public string? From { get; init; }

    /// <summary>The ids of 1 to 100 messages, all of one sender.</summary>
    public IReadOnlyList<string?>? Messages { get; init; }

    /// <summary>Whether they were listened to, which voice notes show apart.</summary>
    public bool Played { get; init; }
}

/// <summary>What a chat is shown.</summary>
internal sealed record TypingRequest
{
    /// <summary>The chat: a phone number, or an address as events give it.</summary>
    public string? Chat { get; init; }

    /// <summary>In place of the chat, the id of a message that was received in it, within the retention.</summary>
    public string? Message { get; init; }

    /// <summary>composing, recording or paused.</summary>
    public string? State { get; init; }
}

/// <summary>Whether the account is shown as online.</summary>
internal sealed record PresenceRequest
{
    /// <summary>True: it is online, and the phone stays silent meanwhile.</summary>
    public bool? Available { get; init; }
}

/// <summary>Whose presence is asked for.</summary>
internal sealed record SubscribeRequest
{
    /// <summary>1 to 100 accounts: phone numbers, or addresses as events give them.</summary>
    public IReadOnlyList<string?>? Contacts { get; init; }
}

/// <summary>How others see the account.</summary>
internal sealed record ProfileRequest
{
    /// <summary>The name that stands with its messages, 1 to 25 characters without @.</summary>
    public string? Name { get; init; }

    /// <summary>What the account says about itself, at most 139 characters; empty: nothing.</summary>
    public string? About { get; init; }
}

/// <summary>How a chat is to be shown on all devices of the account; what is left out stays as it is.</summary>
internal sealed record ChatChange
{
    /// <summary>Whether it is put away. A chat that is archived is unpinned, too.</summary>
    public bool? Archived { get; init; }

    /// <summary>Whether it stands on top.</summary>
    public bool? Pinned { get; init; }

    /// <summary>Whether it is marked as unread; others hear nothing of it.</summary>
    public bool? Unread { get; init; }

    /// <summary>Whether it makes no sound: for ever, or until mutedUntil.</summary>
    public bool? Muted { get; init; }

    /// <summary>Until when it makes no sound.</summary>
    public DateTimeOffset? MutedUntil { get; init; }
}

/// <summary>What a label is to be.</summary>
internal sealed record SaveLabelRequest
{
    /// <summary>Its name, 1 to 100 characters.</summary>
    public string? Name { get; init; }

    /// <summary>Its colour by WhatsApp's number, 0 to 19. Default 0.</summary>
    public int? Color { get; init; }
}

/// <summary>What a quick reply is to be.</summary>
internal sealed record SaveQuickReplyRequest
{
    /// <summary>What is typed for it, without the slash: 1 to 100 characters.</summary>
    public string? Shortcut { get; init; }

    /// <summary>What it stands for, 1 to 4096 characters.</summary>
    public string? Text { get; init; }
}

/// <summary>Which older messages of a chat the phone is asked for.</summary>
internal sealed record OlderRequest
{
    /// <summary>The id of a message of the chat that was sent or received, within the retention: the oldest that you have.</summary>
    public string? Before { get; init; }

    /// <summary>How many before it, 1 to 50. Default 50.</summary>
    public int? Count { get; init; }
}

/// <summary>The phone was asked for older messages of a chat.</summary>
internal sealed record OlderAnswer
{
    /// <summary>What the event history.synced that tells of them names in its field request.</summary>
    public required string Request { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(ReadRequest))]
[JsonSerializable(typeof(TypingRequest))]
[JsonSerializable(typeof(PresenceRequest))]
[JsonSerializable(typeof(SubscribeRequest))]
[JsonSerializable(typeof(ProfileRequest))]
[JsonSerializable(typeof(ChatChange))]
[JsonSerializable(typeof(OlderRequest))]
[JsonSerializable(typeof(OlderAnswer))]
[JsonSerializable(typeof(SaveLabelRequest))]
[JsonSerializable(typeof(SaveQuickReplyRequest))]
internal sealed partial class ChatJson : JsonSerializerContext;
