using WaOperator.Store.Pod;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Chats;

/// <summary>How a chat is shown. Pure.</summary>
internal static class ChatShown
{
    /// <summary>A chat that was deleted comes back with its next message, as a new one does.</summary>
    public static ChatFlags Deleted { get; } =
        new()
        {
            Archived = false,
            Pinned = false,
            Unread = false,
        };

    /// <summary>What another device of the account changed of it.</summary>
    public static ChatFlags Of(ChatChanged change) =>
        change.Deleted
            ? Deleted
            : new()
            {
                Archived = change.Archived,
                Pinned = change.Pinned,
                Unread = change.Unread,
                Muted = change.Muted,
                MutedUntil =
                    change is { Muted: true, MutedUntil: >= 0 and { } until }
                    && until <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
                        ? DateTimeOffset.FromUnixTimeMilliseconds(until)
                        : null,
            };

    /// <summary>As it is now: what was muted until a time that has come is muted no more.</summary>
    public static ChatFlags At(this ChatFlags flags, DateTimeOffset now) =>
        flags is { Muted: true, MutedUntil: { } until } && until <= now
            ? flags with
            {
                Muted = false,
                MutedUntil = null,
            }
            : flags;
}
