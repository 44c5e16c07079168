using System.Globalization;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Reads the kinds of content, one of which a body has. Pure; what is wrong leaves by a <see cref="BodyFaultException"/>.</summary>
internal static class Kinds
{
    private const int MaxContacts = 32;
    private const int MaxPhones = 8;
    private const int MaxOptions = 12;
    private const int MaxEmoji = 64;
    private const int MaxSeconds = 86_400;
    private const int Loudnesses = 64;
    private const int MaxLoudness = 100;

    /// <summary>The one kind that a request has.</summary>
    public static DraftContent Read(SendRequest request)
    {
        DraftContent? found = null;
        string? first = null;
        foreach (var (name, content) in All(request))
        {
            if (first is not null)
                throw Fields.Wrong(
                    $"#/{name}",
                    $"a message has exactly one kind: give either \"{first}\" or \"{name}\""
                );
            (first, found) = (name, content());
        }
        if (found is null)
            throw Fields.Wrong(
                "#",
                "the message says nothing: give either \"text\" or another kind (image, video, voice, audio, document, sticker, location, contacts, poll, vote, reaction, edit, delete, forward, event, raw)"
            );
        return found;
    }

    private static IEnumerable<(string Name, Func<DraftContent> Read)> All(SendRequest r)
    {
        if (r.Text is { } text)
            yield return ("text", () => Ready(OfText(text)));
        foreach (
            var (kind, file) in ((string, FileBody?)[])
                [
                    ("image", r.Image),
                    ("video", r.Video),
                    ("voice", r.Voice),
                    ("audio", r.Audio),
                    ("document", r.Document),
                    ("sticker", r.Sticker),
                ]
        )
            if (file is not null)
                yield return (kind, () => OfFile(kind, file));
        if (r.Location is { } location)
            yield return (
                "location",
                () => Ready(MessageContent.Location(OfPlace(location, "#/location")))
            );
        if (r.Contacts is { } contacts)
            yield return ("contacts", () => Ready(OfContacts(contacts)));
        if (r.Poll is { } poll)
            yield return ("poll", () => new ReadyContent(OfPoll(poll), IsRandom: true));
        if (r.Vote is { } vote)
            yield return ("vote", () => OfVote(vote));
        if (r.Reaction is { } reaction)
            yield return ("reaction", () => OfReaction(reaction));
        if (r.Edit is { } edit)
            yield return ("edit", () => OfEdit(edit));
        if (r.Delete is { } delete)
            yield return (
                "delete",
                () => new DeleteContent(Fields.Message(delete.Message, "#/delete/message"))
            );
        if (r.Forward is { } forward)
            yield return (
                "forward",
                () => new ForwardContent(Fields.Message(forward.Message, "#/forward/message"))
            );
        if (r.Event is { } plan)
            yield return (
                "event",
                () => new ReadyContent(MessageContent.Event(OfEvent(plan)), IsRandom: true)
            );
        if (r.Raw is { } raw)
            yield return ("raw", () => OfRaw(raw, "raw"));
        if (r.Message is { } message)
            yield return ("message", () => OfRaw(message, "message"));
    }

    private static ReadyContent Ready(MessageContent content) => new(content);

    private static MessageContent OfText(TextBody text)
    {
        var body = Fields.Text(text.Body, "#/text");
        if (text.Preview is not { } preview)
            return MessageContent.Text(body);
        var url = Fields.Text(preview.Url, "#/text/preview/url", Fields.MaxName * 2);
        if (
            !Uri.TryCreate(url, UriKind.Absolute, out var uri)
            || uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps
        )
            throw Fields.Wrong(
                "#/text/preview/url",
                "\"text/preview/url\" must be an http or https URL"
            );
        if (!body.Contains(url, StringComparison.Ordinal))
            throw Fields.Wrong(
                "#/text/preview/url",
                "the text must contain the previewed link as it is"
            );
        return MessageContent.Text(
            body,
            new LinkPreview(
                url,
                Fields.Text(preview.Title, "#/text/preview/title", Fields.MaxName),
                Fields.Optional(preview.Description, "#/text/preview/description")
            )
        );
    }

    private static FileContent OfFile(string kind, FileBody file)
    {
        var at = $"#/{kind}";
        if (file.Url is not null && file.Media is not null)
            throw Fields.Wrong(
                $"{at}/url",
                $"\"{kind}\" has \"media\", the id of an upload, or \"url\", where it is fetched from; not both"
            );
        Refuse(
            file.Caption is not null && kind is not ("image" or "video" or "document"),
            "caption"
        );
        Refuse(file.FileName is not null && kind != "document", "fileName");
        Refuse(file.Seconds is not null && kind is not ("video" or "voice" or "audio"), "seconds");
        Refuse(file.Waveform is not null && kind != "voice", "waveform");
        Refuse(file.Gif is not null && kind != "video", "gif");
        return new(
            kind,
            file.Url is null ? Fields.Text(file.Media, $"{at}/media", 128) : null,
            file.Url,
            new MediaInfo
            {
                Caption = Fields.Optional(file.Caption, $"{at}/caption", Fields.MaxText),
                FileName = Fields.Optional(file.FileName, $"{at}/fileName"),
                Seconds = file.Seconds is { } seconds
                    ? Fields.Within(seconds, 0, MaxSeconds, $"{at}/seconds")
                    : null,
                Waveform = OfWaveform(file.Waveform, $"{at}/waveform"),
                Animated = file.Gif == true,
            }
        );

        void Refuse(bool misplaced, string field)
        {
            if (misplaced)
                throw Fields.Wrong($"{at}/{field}", $"\"{kind}\" has no \"{field}\"");
        }
    }

    private static byte[]? OfWaveform(string? text, string pointer)
    {
        if (text is null)
            return null;
        if (
            Fields.Base64(text) is not { Length: Loudnesses } bytes
            || bytes.Any(b => b > MaxLoudness)
        )
        {
            throw Fields.Wrong(
                pointer,
                "\"voice/waveform\" must be 64 bytes of 0 to 100 in base64"
            );
        }
        return bytes;
    }

    private static Place OfPlace(PlaceBody place, string pointer)
    {
        if (place.Latitude is not (>= -90 and <= 90))
            throw Fields.Wrong(
                $"{pointer}/latitude",
                "a location needs its \"latitude\", from -90 to 90 degrees"
            );
        if (place.Longitude is not (>= -180 and <= 180))
            throw Fields.Wrong(
                $"{pointer}/longitude",
                "a location needs its \"longitude\", from -180 to 180 degrees"
            );
        return new(
            place.Latitude.Value,
            place.Longitude.Value,
            Fields.Optional(place.Name, $"{pointer}/name"),
            Fields.Optional(place.Address, $"{pointer}/address")
        );
    }

    private static MessageContent OfContacts(IReadOnlyList<ContactBody?> contacts)
    {
        var cards = new List<ContactCard>();
        foreach (var contact in Fields.List(contacts, 1, MaxContacts, "#/contacts"))
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"#/contacts/{cards.Count}");
            var name = Fields.Text(contact?.Name, $"{at}/name", Fields.MaxName);
            var phones = new List<string>();
            foreach (var phone in Fields.List(contact?.Phones, 1, MaxPhones, $"{at}/phones"))
                phones.Add(
                    Fields.Phone(
                        phone,
                        string.Create(CultureInfo.InvariantCulture, $"{at}/phones/{phones.Count}")
                    )
                );
            cards.Add(ContactCard.OfPhones(name, phones));
        }
        return MessageContent.Contacts(cards);
    }

    private static MessageContent OfPoll(PollBody poll)
    {
        var question = Fields.Text(poll.Name, "#/poll/name", Fields.MaxName);
        var options = OfOptions(poll.Options, 2, "#/poll/options");
        return MessageContent.Poll(
            question,
            options,
            Fields.Within(poll.Choices ?? 1, 0, options.Count, "#/poll/choices")
        );
    }

    private static VoteContent OfVote(VoteBody vote) =>
        new(Fields.Message(vote.Poll, "#/vote/poll"), OfOptions(vote.Options, 0, "#/vote/options"));

    private static List<string> OfOptions(IReadOnlyList<string?>? given, int least, string pointer)
    {
        var options = new List<string>();
        foreach (var option in Fields.List(given, least, MaxOptions, pointer))
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"{pointer}/{options.Count}");
            var text = Fields.Text(option, at, Fields.MaxName);
            if (options.Contains(text, StringComparer.Ordinal))
                throw Fields.Wrong(at, "the options must differ");
            options.Add(text);
        }
        return options;
    }

    private static ReactionContent OfReaction(ReactionBody reaction)
    {
        var target = Fields.Message(reaction.Message, "#/reaction/message");
        if (
            reaction.Emoji is not { Length: <= MaxEmoji } emoji
            || new StringInfo(emoji).LengthInTextElements > 1
        )
        {
            throw Fields.Wrong(
                "#/reaction/emoji",
                "\"reaction/emoji\" must be one emoji, or empty to take the reaction back"
            );
        }
        return new(target, emoji);
    }

    private static EditContent OfEdit(EditBody edit) =>
        new(
            Fields.Message(edit.Message, "#/edit/message"),
            MessageContent.Text(Fields.Text(edit.Text, "#/edit/text"))
        );

    private static EventPlan OfEvent(EventBody plan)
    {
        if (plan.StartsAt is not { } start)
        {
            throw Fields.Wrong("#/event/startsAt", "an event needs its \"startsAt\"");
        }
        if (plan.EndsAt < start)
            throw Fields.Wrong("#/event/endsAt", "an event cannot end before it begins");
        return new(Fields.Text(plan.Name, "#/event/name", Fields.MaxName), start)
        {
            EndsAt = plan.EndsAt,
            Description = Fields.Optional(
                plan.Description,
                "#/event/description",
                Fields.MaxName * 4
            ),
            Place = plan.Location is { } place ? OfPlace(place, "#/event/location") : null,
        };
    }

    private static RawContent OfRaw(string encoded, string field)
    {
        if (
            Fields.Base64(encoded) is not { Length: > 0 } bytes
            || !OutgoingMessage.TryOf(OutgoingMessage.NewId(), Jid.ServerItself, bytes, out _)
        )
        {
            throw Fields.Wrong(
                $"#/{field}",
                $"\"{field}\" must be a serialised Message protobuf in base64"
            );
        }
        return new(bytes);
    }
}
