using WaOperator.SessionPod.Media;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;

namespace WaOperator.SessionPod.Api.Events;

/// <summary>From what was received to what tenants see of it: all but keys, addresses of files and serialised messages. Pure.</summary>
internal static class ContentMap
{
    /// <param name="content">What was received.</param>
    /// <param name="seq">The number of the event that it came with, by which its files can be loaded; null: they cannot.</param>
    public static ContentData Of(ReceivedContent content, long? seq) =>
        new()
        {
            Kind = content.Kind,
            Text = content.Text,
            Caption = content.Caption,
            Preview = content.Preview,
            Quoted = content.Quoted is { } quoted
                ? new()
                {
                    Id = quoted.Id,
                    Author = quoted.Author?.ToString(),
                    Content = quoted.Content is { } said ? Of(said, seq) : null,
                }
                : null,
            Mentions = content.Mentions?.Select(jid => jid.ToString()).ToArray(),
            Forwarded = content.Forwarded,
            Media = content.Media is { } media ? Of(media, content.MediaInfo?.MimeType, seq) : null,
            MediaInfo = content.MediaInfo is { } info ? Of(info) : null,
            Target = content.Target is { } target ? Of(target) : null,
            Reaction = content.Reaction,
            Edited = content.Edited is { } edited ? Of(edited, seq) : null,
            Poll = content.Poll,
            Vote = content.Vote,
            Location = content.Location is { } place ? Of(place) : null,
            Contacts = content.Contacts,
            Invite = content.Invite is { } invite ? Of(invite) : null,
            ViewOnce = content.ViewOnce ? true : null,
            DisappearsAfter = content.DisappearsAfter,
            SentTo = content.SentTo?.ToString(),
            Title = content.Title,
            Footer = content.Footer,
            Choices = content.Choices?.Select(Of).ToArray(),
            Choice = content.Choice is { } choice ? Of(choice) : null,
            Details = content.Details,
            Referral = content.Referral,
            Reason = content.Reason,
        };

    private static MediaData Of(MediaReference media, string? mimeType, long? seq) =>
        new()
        {
            Kind = media.Kind,
            Id = seq is { } number ? MediaId.Of(number, media).ToString() : null,
            MimeType = mimeType,
            Bytes = media.FileLength,
            FileSha256 = media.FileSha256,
            FileLength = media.FileLength,
        };

    private static MediaInfoData Of(MediaInfo info) =>
        new()
        {
            MimeType = info.MimeType,
            FileName = info.FileName,
            Width = info.Width,
            Height = info.Height,
            Seconds = info.Seconds,
            Pages = info.Pages,
            Thumbnail = info.Thumbnail,
            Waveform = info.Waveform,
            Animated = info.Animated ? true : null,
        };

    private static PlaceData Of(ReceivedPlace place) =>
        new()
        {
            Latitude = place.Latitude,
            Longitude = place.Longitude,
            Name = place.Name,
            Address = place.Address,
        };

    private static InviteData Of(ReceivedInvite invite) =>
        new()
        {
            Group = invite.Group,
            Code = invite.Code,
            Name = invite.Name,
            Expires = invite.Expires,
        };

    private static ChoiceData Of(ReceivedChoice choice) =>
        new()
        {
            Id = choice.Id,
            Text = choice.Text,
            Description = choice.Description,
            Section = choice.Section,
            Url = choice.Url,
            Phone = choice.Phone,
            Action = choice.Action,
            Parameters = choice.Parameters,
        };

    private static TargetData Of(TargetMessage target) =>
        new()
        {
            Id = target.Id,
            FromMe = target.FromMe,
            Chat = target.Chat?.ToString(),
            Author = target.Author?.ToString(),
        };
}
