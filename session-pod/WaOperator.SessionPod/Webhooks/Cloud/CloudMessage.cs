using System.Diagnostics.CodeAnalysis;

namespace WaOperator.SessionPod.Webhooks.Cloud;

/// <summary>A message: who wrote it where, and what.</summary>
internal sealed record CloudMessage : CloudBody
{
    [SetsRequiredMembers]
    internal CloudMessage(CloudBody body, string from, string id, string timestamp)
        : base(body) => (From, Id, Timestamp) = (from, id, timestamp);

    public string From { get; init; }

    public string? FromUserId { get; init; }

    /// <summary>Of one that another device of the account sent: who gets it.</summary>
    public string? To { get; init; }

    public string? ToUserId { get; init; }

    public string? GroupId { get; init; }

    public string Id { get; init; }

    public string Timestamp { get; init; }
}

/// <summary>What a message says: its type, and the field of that name.</summary>
internal record CloudBody
{
    public required string Type { get; init; }

    public CloudContext? Context { get; init; }

    public CloudReferral? Referral { get; init; }

    public CloudText? Text { get; init; }

    public CloudMedia? Image { get; init; }

    public CloudMedia? Video { get; init; }

    public CloudMedia? Audio { get; init; }

    public CloudMedia? Document { get; init; }

    public CloudMedia? Sticker { get; init; }

    public CloudPlace? Location { get; init; }

    public IReadOnlyList<CloudCard>? Contacts { get; init; }

    public CloudReaction? Reaction { get; init; }

    public CloudInteractive? Interactive { get; init; }

    public CloudEdit? Edit { get; init; }

    public CloudRevoke? Revoke { get; init; }

    public IReadOnlyList<CloudError>? Errors { get; init; }
}

/// <summary>The message that it replies to, and whether it was forwarded.</summary>
internal sealed record CloudContext
{
    public string? From { get; init; }

    public string? Id { get; init; }

    public bool? Forwarded { get; init; }

    public bool? FrequentlyForwarded { get; init; }
}

/// <summary>The advertisement that the chat was begun from.</summary>
internal sealed record CloudReferral
{
    public string? SourceUrl { get; init; }

    public string? SourceId { get; init; }

    public string? SourceType { get; init; }

    public string? Headline { get; init; }

    public string? Body { get; init; }

    public string? CtwaClid { get; init; }
}

/// <summary>A text.</summary>
internal sealed record CloudText(string Body);

/// <summary>A file, to be had by its id.</summary>
internal sealed record CloudMedia(string Id, string? MimeType, string? Sha256)
{
    public string? Caption { get; init; }

    public string? Filename { get; init; }

    public bool? Voice { get; init; }

    public bool? Animated { get; init; }
}

/// <summary>A place.</summary>
internal sealed record CloudPlace(double Latitude, double Longitude, string? Name, string? Address);

/// <summary>A contact that was sent.</summary>
internal sealed record CloudCard(CloudName Name, IReadOnlyList<CloudPhone>? Phones);

/// <summary>A contact's name.</summary>
internal sealed record CloudName(string FormattedName, string FirstName);

/// <summary>A contact's number.</summary>
internal sealed record CloudPhone(string Phone, string? WaId);

/// <summary>A reaction; without an emoji it was withdrawn.</summary>
internal sealed record CloudReaction(string MessageId, string? Emoji);

/// <summary>What was chosen.</summary>
internal sealed record CloudInteractive(string Type)
{
    public CloudReply? ButtonReply { get; init; }

    public CloudReply? ListReply { get; init; }

    public CloudForm? NfmReply { get; init; }
}

/// <summary>A button or a row, by the id that its sender gave it.</summary>
internal sealed record CloudReply(string Id, string Title, string? Description = null);

/// <summary>The answers of a form.</summary>
internal sealed record CloudForm(string ResponseJson, string? Body, string? Name);

/// <summary>An earlier message says something else now.</summary>
internal sealed record CloudEdit(string OriginalMessageId, CloudBody Message);

/// <summary>An earlier message was deleted.</summary>
internal sealed record CloudRevoke(string OriginalMessageId);
