using System.Diagnostics.CodeAnalysis;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Api.Events;

/// <summary>How a chat is shown was changed on another device of the account. What did not change is left out.</summary>
internal sealed record ChatChangedData
{
    [SetsRequiredMembers]
    internal ChatChangedData(ChatChanged e)
    {
        Chat = e.Chat.ToString();
        (Muted, Archived, Pinned, Unread) = (e.Muted, e.Archived, e.Pinned, e.Unread);
        MutedUntil = e.MutedUntil is { } until
            ? DateTimeOffset.FromUnixTimeMilliseconds(
                Math.Clamp(until, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds())
            )
            : null;
        (Cleared, Deleted, Timestamp) = (e.Cleared, e.Deleted, e.Timestamp);
    }

    /// <summary>The chat, as the phone addresses it.</summary>
    public required string Chat { get; init; }

    /// <summary>Whether it is muted now.</summary>
    public bool? Muted { get; init; }

    /// <summary>Until when it is muted; left out where it is muted for ever.</summary>
    public DateTimeOffset? MutedUntil { get; init; }

    /// <summary>Whether it is archived now.</summary>
    public bool? Archived { get; init; }

    /// <summary>Whether it is pinned now.</summary>
    public bool? Pinned { get; init; }

    /// <summary>Whether it is marked as unread now.</summary>
    public bool? Unread { get; init; }

    /// <summary>Its messages were deleted for the account.</summary>
    public required bool Cleared { get; init; }

    /// <summary>It was deleted for the account.</summary>
    public required bool Deleted { get; init; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>A message was starred, or deleted for the account alone, on another device of it.</summary>
internal sealed record MarkedData
{
    [SetsRequiredMembers]
    internal MarkedData(MessageMarked e)
    {
        (Chat, Id, FromMe) = (e.Chat.ToString(), e.Id, e.FromMe);
        (Sender, Starred, Deleted) = (e.Sender?.ToString(), e.Starred, e.Deleted);
        Timestamp = e.Timestamp;
    }

    /// <summary>The chat.</summary>
    public required string Chat { get; init; }

    /// <summary>The message.</summary>
    public required string Id { get; init; }

    /// <summary>Whether the account sent it.</summary>
    public required bool FromMe { get; init; }

    /// <summary>Who sent it, in a group.</summary>
    public string? Sender { get; init; }

    /// <summary>Whether it is starred now; left out if that did not change.</summary>
    public bool? Starred { get; init; }

    /// <summary>It was deleted for the account; others keep it.</summary>
    public required bool Deleted { get; init; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>A contact was changed on another device of the account.</summary>
internal sealed record ContactChangedData
{
    [SetsRequiredMembers]
    internal ContactChangedData(ContactChanged e)
    {
        (Contact, Lid) = (e.Contact.ToString(), e.Lid?.ToString());
        (FullName, FirstName) = (e.FullName, e.FirstName);
        (Removed, Timestamp) = (e.Removed, e.Timestamp);
    }

    /// <summary>The contact, as the phone addresses it.</summary>
    public required string Contact { get; init; }

    /// <summary>Its LID, where the phone told.</summary>
    public string? Lid { get; init; }

    /// <summary>Its whole name.</summary>
    public string? FullName { get; init; }

    /// <summary>Its first name.</summary>
    public string? FirstName { get; init; }

    /// <summary>It is no contact any more.</summary>
    public required bool Removed { get; init; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>A label was changed, put on or taken off, on another device of the account.</summary>
internal sealed record LabelData
{
    [SetsRequiredMembers]
    internal LabelData(LabelChanged e)
    {
        (Id, Name, Color, Deleted) = (e.Id, e.Name, e.Color, e.Deleted);
        (Chat, MessageId, On) = (e.Chat?.ToString(), e.MessageId, e.On);
        Timestamp = e.Timestamp;
    }

    /// <summary>The label, by a small number.</summary>
    public required string Id { get; init; }

    /// <summary>Its name.</summary>
    public string? Name { get; init; }

    /// <summary>The number of its colour, from 0.</summary>
    public int? Color { get; init; }

    /// <summary>It is gone.</summary>
    public required bool Deleted { get; init; }

    /// <summary>The chat that it was put on or taken off; left out if the label itself changed.</summary>
    public string? Chat { get; init; }

    /// <summary>The message in that chat; left out: the chat itself.</summary>
    public string? MessageId { get; init; }

    /// <summary>Put on, or taken off; left out if the label itself changed.</summary>
    public bool? On { get; init; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>A quick reply was changed on another device of the account.</summary>
internal sealed record QuickReplyData
{
    [SetsRequiredMembers]
    internal QuickReplyData(QuickReplyChanged e)
    {
        (Id, Shortcut, Text) = (e.Id, e.Shortcut, e.Text);
        (Deleted, Timestamp) = (e.Deleted, e.Timestamp);
    }

    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>What is typed for it, without the slash.</summary>
    public string? Shortcut { get; init; }

    /// <summary>What it stands for.</summary>
    public string? Text { get; init; }

    /// <summary>It is gone.</summary>
    public required bool Deleted { get; init; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>
/// A part of the account's state was read as a whole, as after linking: what it holds is counted, and not told one by one. Or it cannot
/// be read.
/// </summary>
internal sealed record AppStateData
{
    [SetsRequiredMembers]
    internal AppStateData(AppStateSynced e)
    {
        (Collection, Version, Records) = (e.Collection, e.Version, e.Records);
        (Chats, Contacts, Labels, Error) = (e.Chats, e.Contacts, e.Labels, e.Error);
    }

    /// <summary>The part, in WhatsApp's word.</summary>
    public required string Collection { get; init; }

    /// <summary>Its version.</summary>
    public required long Version { get; init; }

    /// <summary>How many records it has.</summary>
    public required int Records { get; init; }

    /// <summary>How many of them are about chats.</summary>
    public required int Chats { get; init; }

    /// <summary>How many of them are contacts.</summary>
    public required int Contacts { get; init; }

    /// <summary>How many of them are about labels.</summary>
    public required int Labels { get; init; }

    /// <summary>Why it cannot be read; left out if it was.</summary>
    public string? Error { get; init; }
}

/// <summary>
/// A part of the account's past is complete: what the phone gave of it after linking is stored. Or it cannot be read, and is left out.
/// </summary>
internal sealed record HistoryData
{
    [SetsRequiredMembers]
    internal HistoryData(HistorySynced e)
    {
        (Part, Progress, Chunk) = (e.Part, e.Progress, e.Chunk);
        (Chats, Messages, Names) = (e.Chats, e.Messages, e.Names);
        (Request, Error) = (e.Request, e.Error);
    }

    /// <summary>The part: bootstrap, recent, full or pushNames.</summary>
    public required string Part { get; init; }

    /// <summary>How much of such parts the phone has given with it, in percent; 0 too where it does not say.</summary>
    public required int Progress { get; init; }

    /// <summary>Its place among such parts, as the phone counts.</summary>
    public required int Chunk { get; init; }

    /// <summary>How many chats it has.</summary>
    public required int Chats { get; init; }

    /// <summary>How many messages it has.</summary>
    public required int Messages { get; init; }

    /// <summary>How many names that accounts have chosen it has.</summary>
    public required int Names { get; init; }

    /// <summary>The request that it answers; left out if there is none.</summary>
    public string? Request { get; init; }

    /// <summary>Why it cannot be read; left out if it was.</summary>
    public string? Error { get; init; }
}
