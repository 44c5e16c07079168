using System.Text.Json.Serialization;
using WaOperator.SessionPod.Chats;

namespace WaOperator.SessionPod.Api.Chats;

/// <summary>A chat.</summary>
/// <param name="Id">Its address: by phone number where that is known, else by LID; of a group the group's. "to" of a message takes it.</param>
/// <param name="Kind">person or group.</param>
/// <param name="Name">The name that the other account has chosen, or the group's subject; left out: no message and no change told it.</param>
/// <param name="Unread">Messages of others since it was last read or written to, on any device.</param>
/// <param name="LastMessage">Its last message, received or sent.</param>
/// <param name="Archived">Whether it is archived on the account's devices; left out: not known, since it has not changed while the session ran.</param>
/// <param name="Pinned">Whether it is pinned; left out: not known.</param>
/// <param name="Muted">Whether it is muted now; left out: not known.</param>
/// <param name="MutedUntil">Until when it is muted; left out where it is: for ever.</param>
/// <param name="MarkedUnread">Whether a person marked it as unread, which is not the count of messages; left out: not known.</param>
internal sealed record ChatAnswer(
    string Id,
    string Kind,
    string? Name,
    int Unread,
    LastMessageAnswer LastMessage,
    bool? Archived,
    bool? Pinned,
    bool? Muted,
    DateTimeOffset? MutedUntil,
    bool? MarkedUnread
)
{
    /// <summary>A chat as it is listed.</summary>
    public static ChatAnswer Of(ListedChat chat) =>
        new(
            (
                chat.Box.Address.IsLid ? chat.Contact?.Phone ?? chat.Box.Address : chat.Box.Address
            ).ToString(),
            chat.Box.Address.IsGroup ? "group" : "person",
            chat.Contact?.Name,
            chat.Unread,
            new(chat.Box.LastId, chat.At),
            chat.Flags.Archived,
            chat.Flags.Pinned,
            chat.Flags.Muted,
            chat.Flags.MutedUntil,
            chat.Flags.Unread
        );
}

/// <summary>The last message of a chat.</summary>
/// <param name="Id">Its id.</param>
/// <param name="At">When it was sent.</param>
internal sealed record LastMessageAnswer(string Id, DateTimeOffset At);

/// <summary>A page of chats.</summary>
/// <param name="Data">The chat with the last message first.</param>
/// <param name="Next">Gets the next page, as "after"; left out at the end.</param>
internal sealed record ChatPage(IReadOnlyList<ChatAnswer> Data, string? Next);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ChatPage))]
internal sealed partial class ChatListJson : JsonSerializerContext;
