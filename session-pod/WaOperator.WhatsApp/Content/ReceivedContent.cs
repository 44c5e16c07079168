using System.Text.Json;
using System.Text.Json.Serialization;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Proto;

namespace WaOperator.WhatsApp.Content;

/// <summary>A message as it was received, unwrapped: plain values, all that are absent null.</summary>
public sealed record ReceivedContent
{
    private static readonly Message Nothing = new();

    /// <summary>What it is.</summary>
    public required ContentKind Kind { get; init; }

    /// <summary>The text of a text; of an edit the new one.</summary>
    public string? Text { get; init; }

    /// <summary>The text under a picture, video or document.</summary>
    public string? Caption { get; init; }

    /// <summary>The preview of a link in the text.</summary>
    public LinkPreview? Preview { get; init; }

    /// <summary>The message that this one replies to.</summary>
    public QuotedMessage? Quoted { get; init; }

    /// <summary>Who is mentioned.</summary>
    public IReadOnlyList<Jid>? Mentions { get; init; }

    /// <summary>How often it was forwarded, as far as told; null: it was not.</summary>
    public int? Forwarded { get; init; }

    /// <summary>The file; can be given to the client for download. Holds keys.</summary>
    public MediaReference? Media { get; init; }

    /// <summary>What is said about the file. Its caption is in <see cref="Caption"/>.</summary>
    public MediaInfo? MediaInfo { get; init; }

    /// <summary>The message that a reaction, edit, deletion or vote is about.</summary>
    public TargetMessage? Target { get; init; }

    /// <summary>The emoji of a reaction; empty: the reaction was withdrawn.</summary>
    public string? Reaction { get; init; }

    /// <summary>What the edited message says now.</summary>
    public ReceivedContent? Edited { get; init; }

    /// <summary>The poll.</summary>
    public ReceivedPoll? Poll { get; init; }

    /// <summary>The vote, still encrypted; see <see cref="PollVotes.Decrypt"/>.</summary>
    public EncryptedVote? Vote { get; init; }

    /// <summary>The place.</summary>
    public ReceivedPlace? Location { get; init; }

    /// <summary>The contacts.</summary>
    public IReadOnlyList<ContactCard>? Contacts { get; init; }

    /// <summary>The invitation.</summary>
    public ReceivedInvite? Invite { get; init; }

    /// <summary>True if it may be opened once only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool ViewOnce { get; init; }

    /// <summary>After how many seconds the message disappears; of a timer's change, the new time (0: messages stay).</summary>
    public long? DisappearsAfter { get; init; }

    /// <summary>For messages that another device of the own account sent: the chat that it sent them to.</summary>
    public Jid? SentTo { get; init; }

    /// <summary>The title, or header, of what a business sends; the name of an event, an order, a pack.</summary>
    public string? Title { get; init; }

    /// <summary>The small text under it.</summary>
    public string? Footer { get; init; }

    /// <summary>What can be chosen: buttons, rows of a list, products.</summary>
    public IReadOnlyList<ReceivedChoice>? Choices { get; init; }

    /// <summary>What was chosen.</summary>
    public ReceivedChoice? Choice { get; init; }

    /// <summary>
    /// What else there is to a kind of business, calls, events and so on: an object with the kind's field of the protocol's
    /// Message, in protobuf's JSON form (64-bit numbers as text, enums by name), without keys.
    /// </summary>
    public JsonElement? Details { get; init; }

    /// <summary>Where the chat was begun: the advertisement, its click id, the campaign; fields as in the protocol's ContextInfo.</summary>
    public JsonElement? Referral { get; init; }

    /// <summary>Why it is not shown, or not whole; null: nothing is wrong with it.</summary>
    public string? Reason { get; init; }

    /// <summary>The serialised message as it came, without its padding. There with every <see cref="ContentKind.Unknown"/>, and where only a part of a message is shown.</summary>
    public byte[]? Raw { get; init; }

    /// <summary>The message's secret: reads the votes on a poll.</summary>
    [JsonIgnore]
    public byte[]? Secret { get; init; }

    /// <summary>A sender key that came with the message: its group, and the serialised distribution message.</summary>
    [JsonIgnore]
    public (string Group, byte[] Distribution)? SenderKey { get; init; }

    /// <summary>The innermost message.</summary>
    internal Message Message { get; init; } = Nothing;

    /// <summary>Without what people wrote.</summary>
    public override string ToString() => Kind.ToString();
}

/// <summary>The message that a reply quotes.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Content">What it says, as the replying client quotes it; null: it does not.</param>
public sealed record QuotedMessage(string Id, Jid? Author, ReceivedContent? Content);

/// <summary>A poll.</summary>
/// <param name="Question">The question.</param>
/// <param name="Options">The options.</param>
/// <param name="Selectable">How many may be chosen; 0: any number.</param>
public sealed record ReceivedPoll(string Question, IReadOnlyList<string> Options, int Selectable);

/// <summary>A button, a row of a list or a product: to choose, or chosen.</summary>
/// <param name="Id">The sender's name for it; a reply gives it back.</param>
/// <param name="Text">The text on it.</param>
public sealed record ReceivedChoice(string? Id, string? Text)
{
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

/// <summary>A place, as its sender gives it.</summary>
/// <param name="Latitude">Degrees, -90 to 90; null: not told, or none that exists.</param>
/// <param name="Longitude">Degrees, -180 to 180; null as the latitude.</param>
/// <param name="Name">The place's name.</param>
/// <param name="Address">Its address.</param>
public sealed record ReceivedPlace(
    double? Latitude,
    double? Longitude,
    string? Name = null,
    string? Address = null
)
{
    private const double MaxLatitude = 90;
    private const double MaxLongitude = 180;

    internal static ReceivedPlace Of(
        double latitude,
        double longitude,
        string? name = null,
        string? address = null
    ) => new(Within(latitude, MaxLatitude), Within(longitude, MaxLongitude), name, address);

    // JSON has no NaN and no infinity.
    private static double? Within(double degrees, double max) =>
        Math.Abs(degrees) <= max ? degrees : null;
}

/// <summary>An invitation to a group.</summary>
/// <param name="Group">The group.</param>
/// <param name="Code">The invite code.</param>
/// <param name="Name">The group's name.</param>
/// <param name="Expires">Seconds since 1970.</param>
public sealed record ReceivedInvite(string Group, string Code, string? Name, long Expires);
