using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Api.Events;

/// <summary>What a message says. kind says which fields there are. Holds no keys and no serialised message.</summary>
internal sealed record ContentData
{
    /// <summary>What it is; unknown: a kind of a later version.</summary>
    [JsonConverter(typeof(CamelCase<ContentKind>))]
    public required ContentKind Kind { get; init; }

    /// <summary>The text of a text; of an edit the new one.</summary>
    public string? Text { get; init; }

    /// <summary>The text under a picture, video or document.</summary>
    public string? Caption { get; init; }

    /// <summary>The preview of a link in the text.</summary>
    public LinkPreview? Preview { get; init; }

    /// <summary>The message that this one replies to.</summary>
    public QuotedData? Quoted { get; init; }

    /// <summary>Who is mentioned.</summary>
    public IReadOnlyList<string>? Mentions { get; init; }

    /// <summary>How often it was forwarded, as far as told; left out: it was not.</summary>
    public int? Forwarded { get; init; }

    /// <summary>The file.</summary>
    public MediaData? Media { get; init; }

    /// <summary>What its sender says about the file.</summary>
    public MediaInfoData? MediaInfo { get; init; }

    /// <summary>The message that a reaction, edit, deletion or vote is about.</summary>
    public TargetData? Target { get; init; }

    /// <summary>The emoji of a reaction; empty: the reaction was withdrawn.</summary>
    public string? Reaction { get; init; }

    /// <summary>What the edited message says now.</summary>
    public ContentData? Edited { get; init; }

    /// <summary>The poll.</summary>
    public ReceivedPoll? Poll { get; init; }

    /// <summary>The vote, encrypted by the poll's secret.</summary>
    public EncryptedVote? Vote { get; init; }

    /// <summary>
    /// What a vote chose, of a poll that was sent over this API and is kept; none: a choice was taken back. Left out where that is not known, and
    /// in lists of messages.
    /// </summary>
    public IReadOnlyList<string>? Chosen { get; init; }

    /// <summary>The place. One without latitude and longitude was sent with values that are none.</summary>
    public PlaceData? Location { get; init; }

    /// <summary>The contacts.</summary>
    public IReadOnlyList<ContactCard>? Contacts { get; init; }

    /// <summary>The invitation to a group.</summary>
    public InviteData? Invite { get; init; }

    /// <summary>True if it may be opened once only.</summary>
    public bool? ViewOnce { get; init; }

    /// <summary>After how many seconds the message disappears; of a timer's change, the new time (0: messages stay).</summary>
    public long? DisappearsAfter { get; init; }

    /// <summary>Of a message that another device of the own account sent: the chat that it sent it to.</summary>
    public string? SentTo { get; init; }

    /// <summary>The title, or header, of what a business sends; the name of an event, an order, a pack.</summary>
    public string? Title { get; init; }

    /// <summary>The small text under it.</summary>
    public string? Footer { get; init; }

    /// <summary>What can be chosen: buttons, rows of a list, products.</summary>
    public IReadOnlyList<ChoiceData>? Choices { get; init; }

    /// <summary>What was chosen.</summary>
    public ChoiceData? Choice { get; init; }

    /// <summary>Of kinds of business, calls, events and the like: the kind's fields by their names in the public WAProto schema, in protobuf's JSON form (64-bit numbers as text), without keys and addresses of files.</summary>
    public JsonElement? Details { get; init; }

    /// <summary>Where the chat was begun: an advertisement with its click id, a campaign; fields as in WAProto's ContextInfo.</summary>
    public JsonElement? Referral { get; init; }

    /// <summary>Why it is not shown, or not whole.</summary>
    public string? Reason { get; init; }
}

/// <summary>A file that came with a message.</summary>
internal sealed record MediaData
{
    /// <summary>What the file is.</summary>
    [JsonConverter(typeof(CamelCase<MediaKind>))]
    public required MediaKind Kind { get; init; }

    /// <summary>Its id: GET .../media/ID gives the file, as long as the session's events are kept.</summary>
    public string? Id { get; init; }

    /// <summary>Its MIME type, as its sender says.</summary>
    public string? MimeType { get; init; }

    /// <summary>Its length in bytes, as its sender says.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the file.</summary>
    public required byte[] FileSha256 { get; init; }

    /// <summary>The same as bytes.</summary>
    public required long FileLength { get; init; }
}

/// <summary>What is said about a file.</summary>
internal sealed record MediaInfoData
{
    /// <summary>The MIME type.</summary>
    public string? MimeType { get; init; }

    /// <summary>The name of a document.</summary>
    public string? FileName { get; init; }

    /// <summary>Width in pixels.</summary>
    public int? Width { get; init; }

    /// <summary>Height in pixels.</summary>
    public int? Height { get; init; }

    /// <summary>Length in seconds (video, audio).</summary>
    public int? Seconds { get; init; }

    /// <summary>Pages of a document.</summary>
    public int? Pages { get; init; }

    /// <summary>A small JPEG (of a sticker: PNG).</summary>
    public byte[]? Thumbnail { get; init; }

    /// <summary>The loudness of a voice note: 64 values, 0 to 100.</summary>
    public byte[]? Waveform { get; init; }

    /// <summary>A video that plays as a GIF, a sticker that moves.</summary>
    public bool? Animated { get; init; }
}

/// <summary>The message that a reply quotes.</summary>
internal sealed record QuotedData
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Who wrote it.</summary>
    public string? Author { get; init; }

    /// <summary>What it says, as the replying client quotes it.</summary>
    public ContentData? Content { get; init; }
}

/// <summary>A message that another one is about.</summary>
internal sealed record TargetData
{
    /// <summary>Its id.</summary>
    public required string Id { get; init; }

    /// <summary>Whether the sender of the other one wrote it.</summary>
    public required bool FromMe { get; init; }

    /// <summary>Its chat.</summary>
    public string? Chat { get; init; }

    /// <summary>Who wrote it.</summary>
    public string? Author { get; init; }
}

/// <summary>A place, as its sender gives it.</summary>
internal sealed record PlaceData
{
    /// <summary>Degrees, -90 to 90.</summary>
    public double? Latitude { get; init; }

    /// <summary>Degrees, -180 to 180.</summary>
    public double? Longitude { get; init; }

    /// <summary>The place's name.</summary>
    public string? Name { get; init; }

    /// <summary>Its address.</summary>
    public string? Address { get; init; }
}

/// <summary>An invitation to a group.</summary>
internal sealed record InviteData
{
    /// <summary>The group.</summary>
    public required string Group { get; init; }

    /// <summary>The invite code.</summary>
    public required string Code { get; init; }

    /// <summary>The group's name.</summary>
    public string? Name { get; init; }

    /// <summary>When it expires, in Unix seconds.</summary>
    public required long Expires { get; init; }
}

/// <summary>A button, a row of a list or a product: to choose, or chosen.</summary>
internal sealed record ChoiceData
{
    /// <summary>The sender's name for it; a reply gives it back.</summary>
    public string? Id { get; init; }

    /// <summary>The text on it.</summary>
    public string? Text { get; init; }

    /// <summary>The line under its text.</summary>
    public string? Description { get; init; }

    /// <summary>The part of the list that it is in.</summary>
    public string? Section { get; init; }

    /// <summary>The link that it opens.</summary>
    public string? Url { get; init; }

    /// <summary>The number that it calls.</summary>
    public string? Phone { get; init; }

    /// <summary>The name of its action (native flow), such as quick_reply or cta_url.</summary>
    public string? Action { get; init; }

    /// <summary>The parameters of its action, or the answers of a form: JSON as its sender wrote it.</summary>
    public string? Parameters { get; init; }
}

internal sealed class CamelCase<TEnum>()
    : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where TEnum : struct, Enum;
