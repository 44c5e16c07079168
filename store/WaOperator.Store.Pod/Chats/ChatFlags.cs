namespace WaOperator.Store.Pod;

/// <summary>How a chat is shown on all devices of the account. Null: not known, or in a change: as it was.</summary>
public sealed record ChatFlags
{
    /// <summary>Nothing is known.</summary>
    public static ChatFlags None { get; } = new();

    /// <summary>Whether it is archived.</summary>
    public bool? Archived { get; init; }

    /// <summary>Whether it is pinned.</summary>
    public bool? Pinned { get; init; }

    /// <summary>Whether a person marked it as unread.</summary>
    public bool? Unread { get; init; }

    /// <summary>Whether it is muted.</summary>
    public bool? Muted { get; init; }

    /// <summary>Until when it is muted; null: for ever, where it is.</summary>
    public DateTimeOffset? MutedUntil { get; init; }

    /// <summary>This, and then a change.</summary>
    public ChatFlags Then(ChatFlags change) =>
        new()
        {
            Archived = change.Archived ?? Archived,
            Pinned = change.Pinned ?? Pinned,
            Unread = change.Unread ?? Unread,
            Muted = change.Muted ?? Muted,
            MutedUntil = change.Muted is null ? MutedUntil : change.MutedUntil,
        };
}

/// <summary>What a commit changes of how a chat is shown.</summary>
/// <param name="Chat">Keyed hash of its address, as <see cref="ChatRow.Chat"/>.</param>
/// <param name="Flags">What changes.</param>
public sealed record ChatFlagRow(RecordName Chat, ChatFlags Flags)
{
    /// <summary>This and what came after it as one.</summary>
    public ChatFlagRow Then(ChatFlagRow next) => this with { Flags = Flags.Then(next.Flags) };
}
