using System.Text.Json;
using WaOperator.Domain;
using WaOperator.SessionPod.Media;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Webhooks.Cloud;

/// <summary>What a message says, as the Cloud API tells it. Pure.</summary>
internal static class CloudContent
{
    private const int OftenForwarded = 5;

    /// <summary>What a message says; null: the Cloud API tells nothing of it.</summary>
    /// <param name="content">What was received.</param>
    /// <param name="phone">The account's number, under which its file can be loaded.</param>
    /// <param name="seq">The number of its event, by which it can.</param>
    public static CloudBody? Of(ReceivedContent content, string phone, long seq) =>
        Bare(content, phone, seq) is not { } body
            ? null
            : body with
            {
                Context = ContextOf(content),
                Referral = content.Referral is { } referral ? ReferralOf(referral) : null,
            };

    private static CloudBody? Bare(ReceivedContent content, string phone, long seq) =>
        content.Kind switch
        {
            ContentKind.Text => Text(content.Text),
            ContentKind.Image
            or ContentKind.Video
            or ContentKind.VideoNote
            or ContentKind.Audio
            or ContentKind.VoiceNote
            or ContentKind.Document
            or ContentKind.Sticker => OfFile(content, phone, seq),
            ContentKind.Location
            or ContentKind.LiveLocation
                when content.Location
                    is { Latitude: { } latitude, Longitude: { } longitude } place => new()
            {
                Type = "location",
                Location = new(latitude, longitude, place.Name, place.Address),
            },
            ContentKind.Contact when content.Contacts is { Count: > 0 } cards => new()
            {
                Type = "contacts",
                Contacts = [.. cards.Select(CloudCards.Of)],
            },
            ContentKind.Reaction when content.Target is { } target => new()
            {
                Type = "reaction",
                Reaction = new(
                    CloudIds.ToCloud(target.Id),
                    content.Reaction is { Length: > 0 } emoji ? emoji : null
                ),
            },
            ContentKind.ButtonReply
            or ContentKind.ListReply
            or ContentKind.InteractiveReply when content.Choice is { } choice => OfChoice(
                content.Kind,
                choice
            ),
            ContentKind.Edit when content is { Target: { } target, Edited: { } edited } => OfEdit(
                target,
                Of(edited, phone, seq)
            ),
            ContentKind.Delete when content.Target is { } target => new()
            {
                Type = "revoke",
                Revoke = new(CloudIds.ToCloud(target.Id)),
            },
            ContentKind.Template
            or ContentKind.Buttons
            or ContentKind.List
            or ContentKind.Interactive
            or ContentKind.Product
            or ContentKind.BotReply when Words(content) is { Length: > 0 } words => Text(words),
            _ => IsSeen(content.Kind) ? Unsupported(content.Kind) : null,
        };

    /// <summary>Whether a person sees it as a message of its own, so that its receiver is told that there is one.</summary>
    private static bool IsSeen(ContentKind kind) =>
        kind
            is ContentKind.Image
                or ContentKind.Video
                or ContentKind.VideoNote
                or ContentKind.Audio
                or ContentKind.VoiceNote
                or ContentKind.Document
                or ContentKind.Sticker
                or ContentKind.Location
                or ContentKind.LiveLocation
                or ContentKind.Contact
                or ContentKind.ButtonReply
                or ContentKind.ListReply
                or ContentKind.InteractiveReply
                or ContentKind.Template
                or ContentKind.Buttons
                or ContentKind.List
                or ContentKind.Interactive
                or ContentKind.Product
                or ContentKind.BotReply
                or ContentKind.Poll
                or ContentKind.GroupInvite
                or ContentKind.Placeholder
                or ContentKind.Order
                or ContentKind.Invoice
                or ContentKind.Payment
                or ContentKind.PaymentRequest
                or ContentKind.ScheduledCall
                or ContentKind.Event
                or ContentKind.EventInvite
                or ContentKind.Comment
                or ContentKind.StickerPack
                or ContentKind.ChannelInvite
                or ContentKind.Chat
                or ContentKind.Music;

    private static CloudBody Text(string? text) => new() { Type = "text", Text = new(text ?? "") };

    private static CloudBody Unsupported(ContentKind kind) =>
        new() { Type = "unsupported", Errors = [CloudErrors.Unsupported(kind.ToString())] };

    private static CloudBody OfFile(ReceivedContent content, string phone, long seq)
    {
        if (content.Media is not { } media)
            return Unsupported(content.Kind);
        var file = new CloudMedia(
            CloudIds.OfFile(phone, MediaId.Of(seq, media).ToString()),
            content.MediaInfo?.MimeType,
            media.FileSha256 is { Length: > 0 } hash ? Convert.ToBase64String(hash) : null
        )
        {
            Caption = content.Caption,
        };
        return content.Kind switch
        {
            ContentKind.Image => new() { Type = "image", Image = file },
            ContentKind.Video or ContentKind.VideoNote => new() { Type = "video", Video = file },
            ContentKind.Sticker => new()
            {
                Type = "sticker",
                Sticker = file with { Animated = content.MediaInfo?.Animated ?? false },
            },
            ContentKind.Document => new()
            {
                Type = "document",
                Document = file with { Filename = content.MediaInfo?.FileName },
            },
            _ => new()
            {
                Type = "audio",
                Audio = file with { Voice = content.Kind == ContentKind.VoiceNote },
            },
        };
    }

    private static CloudBody OfChoice(ContentKind kind, ReceivedChoice choice)
    {
        if (kind == ContentKind.InteractiveReply && choice is { Id: null, Parameters: { } answers })
            return Interactive(
                new("nfm_reply") { NfmReply = new(answers, choice.Text, choice.Action) }
            );
        var reply = new CloudReply(
            choice.Id ?? choice.Text ?? "",
            choice.Text ?? "",
            choice.Description
        );
        return kind == ContentKind.ListReply ? OfRow(reply) : OfButton(reply);
    }

    /// <summary>A button was chosen.</summary>
    public static CloudBody OfButton(CloudReply reply) =>
        Interactive(new("button_reply") { ButtonReply = reply });

    /// <summary>A row of a list was chosen.</summary>
    public static CloudBody OfRow(CloudReply reply) =>
        Interactive(new("list_reply") { ListReply = reply });

    private static CloudBody Interactive(CloudInteractive chosen) =>
        new() { Type = "interactive", Interactive = chosen };

    private static CloudBody? OfEdit(TargetMessage target, CloudBody? now) =>
        now is null ? null : new() { Type = "edit", Edit = new(CloudIds.ToCloud(target.Id), now) };

    private static CloudContext? ContextOf(ReceivedContent content) =>
        content is { Quoted: null, Forwarded: null }
            ? null
            : new()
            {
                From = content.Quoted?.Author is { } author ? CloudPeople.IdOf(author) : null,
                Id = content.Quoted is { } quoted ? CloudIds.ToCloud(quoted.Id) : null,
                Forwarded = content.Forwarded is null ? null : true,
                FrequentlyForwarded = content.Forwarded >= OftenForwarded ? true : null,
            };

    private static CloudReferral? ReferralOf(JsonElement referral) =>
        referral.ValueKind == JsonValueKind.Object
        && referral.TryGetProperty("externalAdReply", out var ad)
        && ad.ValueKind == JsonValueKind.Object
            ? new()
            {
                SourceUrl = Member(ad, "sourceUrl"),
                SourceId = Member(ad, "sourceId"),
                SourceType = Member(ad, "sourceType"),
                Headline = Member(ad, "title"),
                Body = Member(ad, "body"),
                CtwaClid = Member(ad, "ctwaClid"),
            }
            : null;

    private static string? Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static string Words(ReceivedContent content) =>
        string.Join(
            "\n\n",
            new[] { content.Title, content.Text, content.Footer }.Where(part =>
                !string.IsNullOrEmpty(part)
            )
        );
}
