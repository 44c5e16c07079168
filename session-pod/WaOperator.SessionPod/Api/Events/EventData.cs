using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Api.Events;

/// <summary>What a message says about itself outside its content.</summary>
internal abstract record HeadData
{
    [SetsRequiredMembers]
    protected HeadData(MessageHead head)
    {
        Id = head.Id;
        Chat = head.Chat.ToString();
        ChatPn = head.ChatPn?.ToString();
        ChatLid = head.ChatLid?.ToString();
        Sender = head.Sender.ToString();
        SenderPn = head.SenderPn?.ToString();
        SenderLid = head.SenderLid?.ToString();
        Participant = head.Participant?.ToString();
        Addressing = head.Addressing;
        FromMe = head.FromMe;
        Timestamp = head.Timestamp;
        PushName = head.PushName;
        Type = head.StanzaType;
        Category = head.Category;
        Edit = head.Edit;
        Offline = head.Offline ? true : null;
    }

    /// <summary>The message's id.</summary>
    public required string Id { get; init; }

    /// <summary>The other account of a chat of two, the group, or the list.</summary>
    public required string Chat { get; init; }

    /// <summary>The chat's address by phone number, where it is known.</summary>
    public string? ChatPn { get; init; }

    /// <summary>The chat's address by LID, where it is known.</summary>
    public string? ChatLid { get; init; }

    /// <summary>The sending device.</summary>
    public required string Sender { get; init; }

    /// <summary>The sender's address by phone number, where it is known.</summary>
    public string? SenderPn { get; init; }

    /// <summary>The sender's address by LID, where it is known.</summary>
    public string? SenderLid { get; init; }

    /// <summary>The sender's account, in groups and lists.</summary>
    public string? Participant { get; init; }

    /// <summary>How the sender is addressed: lid or pn.</summary>
    public required string Addressing { get; init; }

    /// <summary>True if another device of the own account sent it.</summary>
    public required bool FromMe { get; init; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }

    /// <summary>The name that the sender has chosen.</summary>
    public string? PushName { get; init; }

    /// <summary>The type of the message's envelope, such as text, media, reaction or poll.</summary>
    public string? Type { get; init; }

    /// <summary>The category of the message's envelope, such as peer.</summary>
    public string? Category { get; init; }

    /// <summary>1: it is an edit, 7: its sender deleted a message, 8: an admin did.</summary>
    public string? Edit { get; init; }

    /// <summary>True if it waited while the session was not connected.</summary>
    public bool? Offline { get; init; }
}

/// <summary>A message: received, or sent by another device of the account.</summary>
internal sealed record MessageData : HeadData
{
    [SetsRequiredMembers]
    internal MessageData(
        MessageHead head,
        ReceivedContent content,
        long? seq,
        IReadOnlyList<string>? chosen = null
    )
        : base(head)
    {
        Text = content.Kind == ContentKind.Text ? content.Text : null;
        Content = ContentMap.Of(content, seq) with { Chosen = chosen };
    }

    /// <summary>Its text, if it is a text: the same as content.text.</summary>
    public string? Text { get; init; }

    /// <summary>What it says.</summary>
    public required ContentData Content { get; init; }
}

/// <summary>A message that brought keys only.</summary>
internal sealed record KeysData : HeadData
{
    [SetsRequiredMembers]
    internal KeysData(MessageHead head)
        : base(head) { }
}

/// <summary>A message that could not be decrypted. It may come again and be readable.</summary>
internal sealed record UndecryptableData : HeadData
{
    [SetsRequiredMembers]
    internal UndecryptableData(MessageUndecryptable e)
        : base(e.Head) => (Reason, Error) = (e.Reason, e.Error);

    /// <summary>Why, in a word.</summary>
    public required string Reason { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Error { get; init; }
}

/// <summary>The server has a message that was queued here.</summary>
internal sealed record SentData
{
    /// <summary>The message.</summary>
    public required string Id { get; init; }

    /// <summary>Where it went.</summary>
    public required string Chat { get; init; }

    /// <summary>The server's time, in Unix seconds.</summary>
    public long? Timestamp { get; init; }

    /// <summary>What was given with the message.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>A message that was queued here was refused.</summary>
internal sealed record FailedData
{
    /// <summary>The message.</summary>
    public required string Id { get; init; }

    /// <summary>Where it was to go.</summary>
    public required string Chat { get; init; }

    /// <summary>The server's code; left out if it was refused before it reached the server.</summary>
    public int? Code { get; init; }

    /// <summary>Why, for people.</summary>
    public string? Error { get; init; }

    /// <summary>What was given with the message.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>Messages were delivered, read or played.</summary>
internal sealed record ReceiptData
{
    /// <summary>delivered, read, played, or another word of the server.</summary>
    public required string Receipt { get; init; }

    /// <summary>The chat of the messages.</summary>
    public required string Chat { get; init; }

    /// <summary>The device that says it.</summary>
    public required string Sender { get; init; }

    /// <summary>True if that is another device of the own account.</summary>
    public required bool FromMe { get; init; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }

    /// <summary>The messages.</summary>
    public required IReadOnlyList<string> Ids { get; init; }
}

/// <summary>
/// The phone of an account has another identity key than before. It is told once the new key is known, which may be some messages later than
/// the phone's owner knows it. Fingerprints are the SHA-256 of the key's 33 bytes (05, then the Curve25519 key) in 64 hexadecimal digits; they are
/// not the security code that WhatsApp shows, which is of both accounts and all of their devices.
/// </summary>
internal sealed record IdentityData
{
    /// <summary>The phone, by the account's LID where it is known, else by its number.</summary>
    public required string Device { get; init; }

    /// <summary>Its address by number, as far as known.</summary>
    public string? Pn { get; init; }

    /// <summary>Its address by LID, as far as known.</summary>
    public string? Lid { get; init; }

    /// <summary>The fingerprint of the key until now; left out of events from before it was kept.</summary>
    public string? OldFingerprint { get; init; }

    /// <summary>The fingerprint of the key from now on; left out of events from before it was kept.</summary>
    public string? NewFingerprint { get; init; }

    /// <summary>When it was noticed, in Unix seconds.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>Something about a group changed.</summary>
internal sealed record GroupData
{
    /// <summary>The group.</summary>
    public required string Chat { get; init; }

    /// <summary>The id of the server's notification.</summary>
    public string? Id { get; init; }

    /// <summary>Who changed it.</summary>
    public string? Actor { get; init; }

    /// <summary>The same by phone number, where it is known.</summary>
    public string? ActorPn { get; init; }

    /// <summary>Unix seconds.</summary>
    public long? Timestamp { get; init; }

    /// <summary>What changed, in order.</summary>
    public required IReadOnlyList<GroupChangeData> Changes { get; init; }
}

/// <summary>One change of a group.</summary>
internal sealed record GroupChangeData
{
    /// <summary>What was done, in the server's word: add, remove, promote, demote, subject, description, create and others.</summary>
    public required string Action { get; init; }

    /// <summary>Whom it is about.</summary>
    public required IReadOnlyList<string> Participants { get; init; }

    /// <summary>The new subject.</summary>
    public string? Subject { get; init; }

    /// <summary>The new description.</summary>
    public string? Body { get; init; }

    /// <summary>Of link and unlink: the groups of a community, or the community of a group, that the group is linked with now, or no longer.</summary>
    public IReadOnlyList<string>? Linked { get; init; }

    /// <summary>What else the server says about the change, such as reason or expiration.</summary>
    public IReadOnlyDictionary<string, string>? Attributes { get; init; }
}

/// <summary>
/// An account calls the session's. It can be rejected (POST .../calls/{id}/reject), or answered on the phone.
/// </summary>
internal sealed record CallData
{
    /// <summary>The call.</summary>
    public required string Id { get; init; }

    /// <summary>The account that calls.</summary>
    public required string From { get; init; }

    /// <summary>The caller by phone number, where it is known.</summary>
    public string? FromPn { get; init; }

    /// <summary>The caller by LID, where it is known.</summary>
    public string? FromLid { get; init; }

    /// <summary>The group that is called, where the server names it.</summary>
    public string? Group { get; init; }

    /// <summary>With pictures.</summary>
    public required bool Video { get; init; }

    /// <summary>When it began, in Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }

    /// <summary>It waited while the session was away, and most likely rings no more.</summary>
    public required bool Offline { get; init; }
}

/// <summary>A call that was told rings no more, or is over.</summary>
internal sealed record CallEndedData
{
    /// <summary>The call.</summary>
    public required string Id { get; init; }

    /// <summary>The account that called.</summary>
    public required string From { get; init; }

    /// <summary>The caller by phone number, where it is known.</summary>
    public string? FromPn { get; init; }

    /// <summary>The caller by LID, where it is known.</summary>
    public string? FromLid { get; init; }

    /// <summary>The group that was called, where the server names it.</summary>
    public string? Group { get; init; }

    /// <summary>rejected (by the API, or on another device), or the server's word, such as timeout; none where the server gave none, as when the caller hung up.</summary>
    public string? Reason { get; init; }

    /// <summary>When it ended, in Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }

    /// <summary>It waited while the session was away.</summary>
    public required bool Offline { get; init; }
}

/// <summary>The picture of an account or a group is another one, or was taken away.</summary>
internal sealed record PictureData
{
    /// <summary>Whose picture: the own account, another one, or a group.</summary>
    public required string Of { get; init; }

    /// <summary>The picture's id; none where it was taken away, or WhatsApp did not tell, as of the own account. Ask for it with GET .../picture.</summary>
    public string? PictureId { get; init; }

    /// <summary>It was taken away. False where WhatsApp tells only that something changed.</summary>
    public required bool Removed { get; init; }

    /// <summary>Who changed it, where WhatsApp names it.</summary>
    public string? By { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>An account was blocked, or is heard again.</summary>
internal sealed record BlockChangeData
{
    /// <summary>The account by phone number, where it is known.</summary>
    public string? Pn { get; init; }

    /// <summary>The account by LID, where it is known.</summary>
    public string? Lid { get; init; }

    /// <summary>Whether it is blocked now.</summary>
    public required bool Blocked { get; init; }
}

/// <summary>The block list was changed on the phone, or by another device of the account. Changes made by the API are not told.</summary>
internal sealed record BlocklistData
{
    /// <summary>What changed, in order; empty: WhatsApp does not tell, ask for the list with GET .../blocks.</summary>
    public required IReadOnlyList<BlockChangeData> Changes { get; init; }

    /// <summary>When, in Unix seconds; 0: not told.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>
/// The session's state is another than the one that was told last. That a session moves between pods is not told, unless it is not as
/// it was afterwards.
/// </summary>
internal sealed record StatusData
{
    /// <summary>What it is doing: a phase as in the session's status, such as Connected.</summary>
    public required string Phase { get; init; }

    /// <summary>Why, for programs, such as Timelocked.</summary>
    public required string Reason { get; init; }

    /// <summary>The same for people, with details where there are any.</summary>
    public required string Message { get; init; }

    /// <summary>What to do about it; left out when nothing is.</summary>
    public string? ToDo { get; init; }

    /// <summary>Whether a device is linked.</summary>
    public required bool Paired { get; init; }

    /// <summary>Unix seconds: since when.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>The linking of a device came a step further. The code itself is had from the session's pairing.</summary>
internal sealed record PairingData
{
    /// <summary>
    /// code: one waits to be scanned or typed. passkey: the account's passkey is to be used. compare: a code is to be compared with the
    /// phone's. complete: a device is linked. error: the round of codes ended without one.
    /// </summary>
    public required string Step { get; init; }

    /// <summary>QR, or Code for one that is typed; with a code.</summary>
    public string? Method { get; init; }

    /// <summary>Which code of the round, from 1; with a code.</summary>
    public int? Number { get; init; }

    /// <summary>How many the round has; with a code.</summary>
    public int? Total { get; init; }

    /// <summary>Until when that can be done; not with complete and error.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Why it ended, for programs; with an error.</summary>
    public string? Reason { get; init; }

    /// <summary>The same for people; with an error.</summary>
    public string? Message { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>
/// A message was refused, since a limit is reached: told with the first one that is refused, and then once an hour of each session and
/// limit at most; once more where another pod runs the session by then.
/// </summary>
internal sealed record LimitData
{
    /// <summary>
    /// messagesPerMinute, messagesPerRecipientPerMinute or messagesPerDay: the tenant's. queue: as many messages wait to be sent as may.
    /// </summary>
    public required string Limit { get; init; }

    /// <summary>How many messages it allows; left out for queue.</summary>
    public int? Allowed { get; init; }

    /// <summary>When a message may be accepted again, as it looked then.</summary>
    public DateTimeOffset? RetryAt { get; init; }

    /// <summary>What the refused request was told, for people.</summary>
    public string? Message { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>An account came online or went. It is stored nowhere, and comes by streams alone.</summary>
internal sealed record PresenceData
{
    /// <summary>Whose presence, by the address that was subscribed to.</summary>
    public required string Account { get; init; }

    /// <summary>It is online.</summary>
    public required bool Available { get; init; }

    /// <summary>When it was online last, in Unix seconds. Left out: it is now, or does not let others see it.</summary>
    public long? LastSeen { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>A person types, records, or stopped. It is stored nowhere, and comes by streams alone.</summary>
internal sealed record TypingData
{
    /// <summary>The chat.</summary>
    public required string Chat { get; init; }

    /// <summary>Who.</summary>
    public required string Sender { get; init; }

    /// <summary>composing, recording or paused.</summary>
    public required string State { get; init; }

    /// <summary>Unix seconds.</summary>
    public required long Timestamp { get; init; }
}

/// <summary>An event that cannot be shown, such as one that is damaged in the database. The stream continues behind it.</summary>
internal sealed record UnreadableData
{
    /// <summary>The event's type.</summary>
    public required string Type { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }
}

/// <summary>Events that cannot be had any more. It has no number.</summary>
internal sealed record GapData
{
    /// <summary>The first of them.</summary>
    public required long From { get; init; }

    /// <summary>The last of them.</summary>
    public required long To { get; init; }

    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }
}

/// <summary>Another pod runs the session from now on; the stream ends.</summary>
internal sealed record MovedData;

/// <summary>The API key is no longer valid; the stream ends.</summary>
internal sealed record ClosedData
{
    /// <summary>Why, for people.</summary>
    public required string Reason { get; init; }
}

/// <summary>
/// Server-sent events; each has the data that is here under its name. id is the event's number in its session, without gaps.
/// Later versions add fields and events: ignore what you do not know.
/// </summary>
internal sealed record StreamedEvents
{
    /// <summary>A message.</summary>
    public MessageData? Message { get; init; }

    /// <summary>What another device of the account told this one; not for people.</summary>
    public MessageData? Peer { get; init; }

    /// <summary>Keys without a message.</summary>
    public KeysData? Keys { get; init; }

    /// <summary>A message that could not be decrypted.</summary>
    public UndecryptableData? Undecryptable { get; init; }

    /// <summary>The server has a message.</summary>
    public SentData? Sent { get; init; }

    /// <summary>A message was refused.</summary>
    public FailedData? Failed { get; init; }

    /// <summary>Messages were delivered, read or played.</summary>
    public ReceiptData? Receipt { get; init; }

    /// <summary>The phone of an account has another identity key.</summary>
    public IdentityData? Identity { get; init; }

    /// <summary>A group changed.</summary>
    public GroupData? Group { get; init; }

    /// <summary>An account calls.</summary>
    public CallData? Call { get; init; }

    /// <summary>A call is over.</summary>
    public CallEndedData? CallEnded { get; init; }

    /// <summary>A picture is another one.</summary>
    public PictureData? Picture { get; init; }

    /// <summary>The block list was changed on another device.</summary>
    public BlocklistData? Blocklist { get; init; }

    /// <summary>How a chat is shown was changed on another device of the account.</summary>
    public ChatChangedData? Chat { get; init; }

    /// <summary>A message was starred, or deleted for the account alone, on another device of it.</summary>
    public MarkedData? Marked { get; init; }

    /// <summary>A contact was changed on another device of the account.</summary>
    public ContactChangedData? Contact { get; init; }

    /// <summary>A label was changed, put on or taken off, on another device of the account.</summary>
    public LabelData? Label { get; init; }

    /// <summary>A quick reply was changed on another device of the account.</summary>
    public QuickReplyData? QuickReply { get; init; }

    /// <summary>A part of the account's state was read as a whole, or cannot be read.</summary>
    public AppStateData? AppState { get; init; }

    /// <summary>A part of the account's past is complete, or cannot be read.</summary>
    public HistoryData? History { get; init; }

    /// <summary>The session's state is another.</summary>
    public StatusData? Status { get; init; }

    /// <summary>The linking of a device came a step further.</summary>
    public PairingData? Pairing { get; init; }

    /// <summary>Messages are refused, since a limit is reached.</summary>
    public LimitData? Limit { get; init; }

    /// <summary>How far a broadcast has come.</summary>
    public BroadcastData? Broadcast { get; init; }

    /// <summary>An account came online or went. It has no number.</summary>
    public PresenceData? Presence { get; init; }

    /// <summary>A person types, records, or stopped. It has no number.</summary>
    public TypingData? Typing { get; init; }

    /// <summary>An event that cannot be shown.</summary>
    public UnreadableData? Unreadable { get; init; }

    /// <summary>Events are left out: they are older than the retention.</summary>
    public GapData? Gap { get; init; }

    /// <summary>The session is run elsewhere.</summary>
    public MovedData? Moved { get; init; }

    /// <summary>The key is no longer valid.</summary>
    public ClosedData? Closed { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(StreamedEvents))]
internal sealed partial class EventDataContext : JsonSerializerContext;
