using WaOperator.SessionPod.Chats;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Media;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>What was looked up for a draft.</summary>
/// <param name="Own">Who this account is.</param>
/// <param name="Now">The time that the message says.</param>
internal sealed record Found(OwnAddresses Own, DateTimeOffset Now)
{
    /// <summary>The message that it is about.</summary>
    public KnownMessage? Target { get; init; }

    /// <summary>The message that it replies to.</summary>
    public KnownMessage? Quoted { get; init; }

    /// <summary>Its file.</summary>
    public ShelvedMedia? Media { get; init; }
}

/// <summary>Makes the message of a draft and of what was looked up for it. Pure; what is wrong leaves by a <see cref="BodyFaultException"/>.</summary>
internal static class Composer
{
    /// <summary>The message.</summary>
    public static OutgoingMessage Compose(Draft draft, Found found)
    {
        var message = Bare(draft, found) with { Audience = AudienceOf(draft, found) };
        return draft.Particulars is { } particulars
            ? message with
            {
                Note = particulars.ToBytes(),
                ExpiresAt = particulars.ExpiresAt,
            }
            : message;
    }

    /// <summary>Whom a status is shown to: those that are named, else who has to do with the status that this is about.</summary>
    private static IReadOnlyList<string>? AudienceOf(Draft draft, Found found)
    {
        if (!draft.To.IsStatus)
            return null;
        return (draft.Audience, found.Target) switch
        {
            (null, { FromMe: true, Audience: { } shown }) => shown,
            (null, { FromMe: false, Author: { } author }) => [author.Account.ToString()],
            (null, _) => throw Fields.Wrong(
                "#/audience",
                "\"audience\" is missing: it is not known who was shown that status"
            ),
            (_, { Audience: not null }) => throw Fields.Wrong(
                "#/audience",
                "leave \"audience\" out: those who were shown the status hear of its deletion"
            ),
            ({ } named, _) when named.All(found.Own.Is) => throw Fields.Wrong(
                "#/audience",
                "a status is shown to others than the account itself"
            ),
            ({ } named, _) => [.. named.Select(account => account.ToString())],
        };
    }

    private static OutgoingMessage Bare(Draft draft, Found found)
    {
        if (draft.Content is RawContent raw)
            return OutgoingMessage.TryOf(draft.Id, draft.To, raw.Bytes, out var message)
                ? message
                : throw Fields.Wrong("#/raw", "\"raw\" must be a serialised Message protobuf");
        return OutgoingMessage.Of(
            draft.Id,
            draft.To,
            Refine(draft, ContentOf(draft, found), found)
        );
    }

    private static MessageContent ContentOf(Draft draft, Found found) =>
        draft.Content switch
        {
            ReadyContent ready => ready.Content,
            FileContent file => OfFile(file, found.Media!),
            ReactionContent reaction => MessageContent.Reaction(
                Reference(draft, found, reaction),
                reaction.Emoji,
                found.Now
            ),
            EditContent edit => MessageContent.Edit(
                Own(Reference(draft, found, edit), edit),
                edit.Changed,
                found.Now
            ),
            DeleteContent delete => OfDelete(draft, Reference(draft, found, delete), delete),
            VoteContent vote => OfVote(Reference(draft, found, vote), vote, found),
            ForwardContent forward => OfForward(forward, found.Target!),
            _ => throw new InvalidOperationException($"no message of {draft.Content.GetType()}"),
        };

    private static MessageContent Refine(Draft draft, MessageContent content, Found found)
    {
        if (draft.ReplyTo is { } name)
            content = Fit(
                "replyTo",
                () =>
                    content.Reply(
                        Reference(draft, found.Quoted!, name, found.Own),
                        found.Quoted!.Content,
                        found.Own.Beside(draft.To)
                    )
            );
        if (draft.Mentions.Count > 0)
            content = Fit("mentions", () => content.Mention(draft.Mentions));
        if (draft.DisappearAfter is { } time)
            content = content.DisappearAfter(time);
        return draft.ViewOnce ? Fit("viewOnce", content.ViewOnce) : content;
    }

    private static MessageContent Fit(string field, Func<MessageContent> refine)
    {
        try
        {
            return refine();
        }
        catch (InvalidOperationException e)
        {
            throw Fields.Wrong($"#/{field}", $"\"{field}\" does not fit: {e.Message}");
        }
        catch (FormatException)
        {
            throw Fields.Wrong($"#/{field}", $"\"{field}\": that message is damaged");
        }
    }

    private static MessageContent OfFile(FileContent file, ShelvedMedia media)
    {
        // The keys of a file are made for what it is sent as.
        var kind = file.Kind switch
        {
            "image" => MediaKind.Image,
            "video" => MediaKind.Video,
            "voice" or "audio" => MediaKind.Audio,
            "sticker" => MediaKind.Sticker,
            _ => MediaKind.Document,
        };
        if (media.File.Kind != kind)
            throw Fields.Wrong(
                $"#/{file.Kind}/media",
                $"the file was uploaded as another kind ({media.File.Kind}), so it cannot be sent as {file.Kind}; upload it as that"
            );
        var info = file.Info with
        {
            MimeType = media.MimeType,
            FileName = file.Info.FileName ?? media.FileName,
        };
        return file.Kind switch
        {
            "image" => MessageContent.Image(media.File, info),
            "video" => MessageContent.Video(media.File, info),
            "voice" => MessageContent.VoiceNote(media.File, info),
            "audio" => MessageContent.Audio(media.File, info),
            "sticker" => MessageContent.Sticker(media.File, info),
            _ => MessageContent.Document(media.File, info),
        };
    }

    private static MessageReference Reference(Draft draft, Found found, AboutContent about) =>
        Reference(draft, found.Target!, about.Target, found.Own);

    /// <summary>As this message names it: in the chat where this one goes.</summary>
    private static MessageReference Reference(
        Draft draft,
        KnownMessage known,
        NamedMessage name,
        OwnAddresses own
    )
    {
        if (!known.Chats.Any(chat => ChatNames.Same(chat, draft.To)))
            throw Fields.Wrong(
                name.Pointer,
                $"the message {known.Id} is in another chat than the one that \"to\" names"
            );
        if (known.Author is null && !known.FromMe && draft.To.IsShared)
            throw Fields.Wrong(
                name.Pointer,
                "say who sent it (\"from\"): a group or the status does not tell"
            );
        return new(draft.To, known.Id, known.FromMe, known.FromMe ? null : known.Author);
    }

    private static MessageReference Own(MessageReference target, EditContent edit) =>
        target.FromMe
            ? target
            : throw Fields.Wrong(
                edit.Target.Pointer,
                "that message was sent by another account; only own messages can be edited"
            );

    private static MessageContent OfDelete(
        Draft draft,
        MessageReference target,
        DeleteContent delete
    ) =>
        target.FromMe || draft.To.IsGroup
            ? MessageContent.Delete(target)
            : throw Fields.Wrong(
                delete.Target.Pointer,
                "that message was sent by another account; in a chat of two only own messages can be deleted for everyone"
            );

    private static MessageContent OfVote(MessageReference target, VoteContent vote, Found found)
    {
        if (
            found.Target!.Content is not { } bytes
            || Read(bytes) is not { Poll: { } poll, Secret: { } secret }
        )
            throw Fields.Wrong(vote.Target.Pointer, "that message is no poll");
        for (var i = 0; i < vote.Options.Count; i++)
            if (!poll.Options.Contains(vote.Options[i], StringComparer.Ordinal))
                throw Fields.Wrong(
                    $"#/vote/options/{i}",
                    "the poll has no such option; name it exactly as the poll does"
                );
        if (poll.Selectable > 0 && vote.Options.Count > poll.Selectable)
            throw Fields.Wrong(
                "#/vote/options",
                $"the poll lets {poll.Selectable} of its options be chosen"
            );
        return MessageContent.PollVote(
            target,
            secret,
            found.Own.Beside(target.Author ?? target.Chat),
            vote.Options,
            found.Now
        );
    }

    private static MessageContent OfForward(ForwardContent forward, KnownMessage known)
    {
        var content =
            forward.Target.Text is { } text ? MessageContent.Text(text)
            : known.Content is { } bytes
                ? Fit("forward/message", () => MessageContent.FromBytes(bytes))
            : throw Fields.Wrong(
                forward.Target.Pointer,
                "say what it says (\"text\"): nothing else of that message can be forwarded"
            );
        return Fit("forward/message", () => content.ForForward());
    }

    private static ReceivedContent Read(byte[] message) =>
        ContentParser.Read(message, fromMe: false);
}
