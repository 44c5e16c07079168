using System.Security.Cryptography;
using System.Text.Json;
using WaOperator.SessionPod.Messages;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>What a valid request asks for. What it names (other messages, files) has not been looked up yet.</summary>
internal sealed record Draft
{
    /// <summary>The message's id.</summary>
    public required string Id { get; init; }

    /// <summary>Whether the request gave the id, which may then have been used before.</summary>
    public required bool Named { get; init; }

    /// <summary>Where it goes.</summary>
    public required Jid To { get; init; }

    /// <summary>Of a status: the accounts that it is shown to; null: it is none, or the message that it is about tells.</summary>
    public IReadOnlyList<Jid>? Audience { get; init; }

    /// <summary>As it came, without its id.</summary>
    public required SendRequest Request { get; init; }

    /// <summary>The content.</summary>
    public required DraftContent Content { get; init; }

    /// <summary>The message that it replies to.</summary>
    public NamedMessage? ReplyTo { get; init; }

    /// <summary>Who is mentioned.</summary>
    public IReadOnlyList<Jid> Mentions { get; init; } = [];

    /// <summary>After which time it disappears.</summary>
    public TimeSpan? DisappearAfter { get; init; }

    /// <summary>Whether it can be opened once only.</summary>
    public bool ViewOnce { get; init; }

    /// <summary>When it is to be sent; null: now.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>When it is of no use any more; null: never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>What the caller wants to have back.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>What is kept with the message beside its content; null where the content says it all, as nearly always.</summary>
    public Particulars? Particulars => IsPlain ? null : new(Fingerprint(), ExpiresAt, Metadata);

    /// <summary>Asked for again, it is the same content, and there is nothing beside it.</summary>
    private bool IsPlain =>
        SendAt is null
        && ExpiresAt is null
        && Metadata is null
        && ReplyTo is null
        && Content is RawContent or ReadyContent { IsRandom: false };

    private byte[] Fingerprint() =>
        SHA256.HashData(
            JsonSerializer.SerializeToUtf8Bytes(Request, MessageJson.Default.SendRequest)
        )[..SessionPod.Messages.Particulars.FingerprintSize];
}

/// <summary>A message that a request names.</summary>
/// <param name="Pointer">Where in the body.</param>
/// <param name="Id">Its id.</param>
/// <param name="Chat">Its chat, where that was said.</param>
/// <param name="From">Who sent it, where that was said.</param>
/// <param name="Text">Its text, where that was said.</param>
/// <param name="IsIdAlone">Nothing but the id was said: the rest is to be found.</param>
internal sealed record NamedMessage(
    string Pointer,
    string Id,
    Jid? Chat,
    Jid? From,
    string? Text,
    bool IsIdAlone
);

/// <summary>What a message is to say.</summary>
internal abstract record DraftContent;

/// <summary>It is there already.</summary>
/// <param name="Content">The content.</param>
/// <param name="IsRandom">It holds a random secret: the same request gives another content each time.</param>
internal sealed record ReadyContent(MessageContent Content, bool IsRandom = false) : DraftContent;

/// <summary>A serialised message that is sent as it is.</summary>
/// <param name="Bytes">The message.</param>
internal sealed record RawContent(byte[] Bytes) : DraftContent;

/// <summary>A file.</summary>
/// <param name="Kind">The field of the request that it stands in.</param>
/// <param name="Media">Its id; null: it is fetched.</param>
/// <param name="Url">Where it is fetched from; not checked. Null: it has an id.</param>
/// <param name="Info">What the request says of it.</param>
internal sealed record FileContent(string Kind, string? Media, string? Url, MediaInfo Info)
    : DraftContent;

/// <summary>Something about another message.</summary>
/// <param name="Target">The other message.</param>
internal abstract record AboutContent(NamedMessage Target) : DraftContent;

/// <summary>A reaction.</summary>
internal sealed record ReactionContent(NamedMessage Target, string Emoji) : AboutContent(Target);

/// <summary>A new text.</summary>
internal sealed record EditContent(NamedMessage Target, MessageContent Changed)
    : AboutContent(Target);

/// <summary>A deletion for everyone.</summary>
internal sealed record DeleteContent(NamedMessage Target) : AboutContent(Target);

/// <summary>The same once more.</summary>
internal sealed record ForwardContent(NamedMessage Target) : AboutContent(Target);

/// <summary>A vote on a poll.</summary>
internal sealed record VoteContent(NamedMessage Target, IReadOnlyList<string> Options)
    : AboutContent(Target);
