using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>A message to be sent: to whom, exactly one kind of content, and what else is said about it.</summary>
internal sealed record SendRequest
{
    /// <summary>Recipient: a phone number in international form (491701234567, +49 170 1234567), or an address as events give it (user@s.whatsapp.net, user@lid, group@g.us); status@broadcast posts a status.</summary>
    public string? To { get; init; }

    /// <summary>Of a status, and of nothing else: the accounts that it is shown to, 1 to 1,024 phone numbers or addresses. A reaction goes to the author alone, a deletion to those who were shown the status.</summary>
    public IReadOnlyList<string?>? Audience { get; init; }

    /// <summary>Its id, 8 to 64 letters and digits; a new one if left out. Asked again with the same id, nothing is sent twice.</summary>
    public string? Id { get; init; }

    /// <summary>The message that it replies to.</summary>
    public MessageName? ReplyTo { get; init; }

    /// <summary>Who is mentioned: phone numbers or addresses, 256 at most. In the text each stands as @ and the number.</summary>
    public IReadOnlyList<string?>? Mentions { get; init; }

    /// <summary>When it is to be sent, at most 30 days ahead; left out, or past: at once.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>When it is of no use any more: one that was not sent by then is not sent.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>It disappears so many seconds after it was read, 1 to 31,536,000. As a rule the timer of the chat: 86400, 604800 or 7776000.</summary>
    public int? DisappearAfter { get; init; }

    /// <summary>It can be opened once only: a picture, a video or a voice note.</summary>
    public bool? ViewOnce { get; init; }

    /// <summary>normal; bulk is not supported: what yields to others is a broadcast.</summary>
    public string? Priority { get; init; }

    /// <summary>Up to 16 texts of the caller's own, kept with the message and given back: names of 1 to 64 characters, values up to 512.</summary>
    public IReadOnlyDictionary<string, string?>? Metadata { get; init; }

    /// <summary>A text.</summary>
    public TextBody? Text { get; init; }

    /// <summary>A picture.</summary>
    public FileBody? Image { get; init; }

    /// <summary>A video.</summary>
    public FileBody? Video { get; init; }

    /// <summary>A voice note: Opus in Ogg.</summary>
    public FileBody? Voice { get; init; }

    /// <summary>A sound file.</summary>
    public FileBody? Audio { get; init; }

    /// <summary>A document.</summary>
    public FileBody? Document { get; init; }

    /// <summary>A sticker: WebP.</summary>
    public FileBody? Sticker { get; init; }

    /// <summary>A place.</summary>
    public PlaceBody? Location { get; init; }

    /// <summary>One to 32 contacts.</summary>
    public IReadOnlyList<ContactBody?>? Contacts { get; init; }

    /// <summary>A poll.</summary>
    public PollBody? Poll { get; init; }

    /// <summary>A vote on a poll; it takes the place of an earlier one.</summary>
    public VoteBody? Vote { get; init; }

    /// <summary>A reaction to a message.</summary>
    public ReactionBody? Reaction { get; init; }

    /// <summary>Replaces the text of an own message.</summary>
    public EditBody? Edit { get; init; }

    /// <summary>Deletes a message for everyone: an own one, or in a group as its admin one of a member.</summary>
    public TargetBody? Delete { get; init; }

    /// <summary>Sends the content of another message again, marked as forwarded.</summary>
    public TargetBody? Forward { get; init; }

    /// <summary>An event.</summary>
    public EventBody? Event { get; init; }

    /// <summary>A serialised Message protobuf in base64, sent as it is.</summary>
    public string? Raw { get; init; }

    /// <summary>The same under its former name.</summary>
    public string? Message { get; init; }
}

/// <summary>A text; a JSON string alone is its body.</summary>
[JsonConverter(typeof(TextBodyConverter))]
internal sealed record TextBody
{
    /// <summary>1 to 65,536 characters.</summary>
    public string? Body { get; init; }

    /// <summary>The preview of a link in it.</summary>
    public PreviewBody? Preview { get; init; }
}

/// <summary>A preview as the caller made it: nothing is fetched.</summary>
internal sealed record PreviewBody
{
    /// <summary>The link as it stands in the text.</summary>
    public string? Url { get; init; }

    /// <summary>The page's title.</summary>
    public string? Title { get; init; }

    /// <summary>The text under the title.</summary>
    public string? Description { get; init; }
}

/// <summary>A file.</summary>
internal sealed record FileBody
{
    /// <summary>The id that its upload gave, or an event.</summary>
    public string? Media { get; init; }

    /// <summary>Instead of its id, where it is fetched from: an https address of a public host, at most 64 MiB in 30 s, without redirects.</summary>
    public string? Url { get; init; }

    /// <summary>The text under it (picture, video, document).</summary>
    public string? Caption { get; init; }

    /// <summary>The name of a document.</summary>
    public string? FileName { get; init; }

    /// <summary>Its length in seconds (video, voice note, sound file).</summary>
    public int? Seconds { get; init; }

    /// <summary>The loudness of a voice note: 64 bytes of 0 to 100 in base64.</summary>
    public string? Waveform { get; init; }

    /// <summary>A video that plays as a GIF.</summary>
    public bool? Gif { get; init; }
}

/// <summary>A place.</summary>
internal sealed record PlaceBody
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

/// <summary>A contact.</summary>
internal sealed record ContactBody
{
    /// <summary>As it is shown.</summary>
    public string? Name { get; init; }

    /// <summary>1 to 8 phone numbers.</summary>
    public IReadOnlyList<string?>? Phones { get; init; }
}

/// <summary>A poll.</summary>
internal sealed record PollBody
{
    /// <summary>The question.</summary>
    public string? Name { get; init; }

    /// <summary>2 to 12, all different.</summary>
    public IReadOnlyList<string?>? Options { get; init; }

    /// <summary>How many may be chosen; 0: any number. Default 1.</summary>
    public int? Choices { get; init; }
}

/// <summary>A vote.</summary>
internal sealed record VoteBody
{
    /// <summary>The poll's message.</summary>
    public MessageName? Poll { get; init; }

    /// <summary>What is chosen, as the poll names it; none takes the vote back.</summary>
    public IReadOnlyList<string?>? Options { get; init; }
}

/// <summary>A reaction.</summary>
internal sealed record ReactionBody
{
    /// <summary>The message that it is to.</summary>
    public MessageName? Message { get; init; }

    /// <summary>One emoji; empty takes the reaction back.</summary>
    public string? Emoji { get; init; }
}

/// <summary>A change of an own message.</summary>
internal sealed record EditBody
{
    /// <summary>The message.</summary>
    public MessageName? Message { get; init; }

    /// <summary>What it says now.</summary>
    public string? Text { get; init; }
}

/// <summary>A message that something is done with.</summary>
internal sealed record TargetBody
{
    /// <summary>The message.</summary>
    public MessageName? Message { get; init; }
}

/// <summary>An event.</summary>
internal sealed record EventBody
{
    /// <summary>What it is called.</summary>
    public string? Name { get; init; }

    /// <summary>When it begins.</summary>
    public DateTimeOffset? StartsAt { get; init; }

    /// <summary>When it ends.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>More about it.</summary>
    public string? Description { get; init; }

    /// <summary>Where it is.</summary>
    public PlaceBody? Location { get; init; }
}

/// <summary>
/// Names a message: its id, as a JSON string, where this product has seen it within its retention; else with what is needed to write
/// about it.
/// </summary>
[JsonConverter(typeof(MessageNameConverter))]
internal sealed record MessageName
{
    /// <summary>Its id.</summary>
    public string? Id { get; init; }

    /// <summary>The chat that it is in. Default where this message goes.</summary>
    public string? Chat { get; init; }

    /// <summary>Who sent it. Default for an edit or a deletion this account, else the other person of a chat of two.</summary>
    public string? From { get; init; }

    /// <summary>Its text: what a reply shows of it, or what is forwarded.</summary>
    public string? Text { get; init; }

    /// <summary>Whether it was given by its id alone.</summary>
    [JsonIgnore]
    public bool IsIdAlone => Chat is null && From is null && Text is null;
}
