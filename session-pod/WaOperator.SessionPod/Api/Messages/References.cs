using WaOperator.Api;
using WaOperator.SessionPod.Api.Media;
using WaOperator.SessionPod.Chats;
using WaOperator.SessionPod.Media;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;
using WaOperator.WhatsApp.Events;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>Where a message was received.</summary>
/// <param name="Chat">The chat.</param>
/// <param name="Sender">Who sent it; null in a chat of two.</param>
internal sealed record ReceivedIn(Jid Chat, Jid? Sender);

/// <summary>
/// Looks up what drafts name: other messages, by their ids in the outbox and the journal; files on the shelf. A draft that names
/// nothing costs nothing.
/// </summary>
/// <param name="outboxes">What was sent through the API.</param>
/// <param name="journal">What was received, or sent by other devices.</param>
/// <param name="addresses">Numbers and LIDs of accounts.</param>
/// <param name="time">The clock.</param>
/// <param name="shelf">Where files are.</param>
/// <param name="fetch">Fetches those that have an address only.</param>
internal sealed class References(
    OutboxReader outboxes,
    MessageFinder journal,
    AddressBook addresses,
    TimeProvider time,
    IMediaShelf shelf,
    MediaFetch fetch
)
{
    /// <summary>Looks up what a draft names.</summary>
    /// <returns>What was found, or why the draft cannot be made a message.</returns>
    public async ValueTask<(Found? Found, ProblemAnswer? Unknown)> LookUpAsync(
        IServedSession session,
        Draft draft,
        CancellationToken ct
    )
    {
        var found = new Found(await OwnOf(session, draft, ct), time.GetUtcNow());
        if (draft.Content is FileContent file)
        {
            var (media, none) = await FileAsync(session, file, ct);
            if (media is null)
                return (null, none);
            found = found with { Media = media };
        }
        if (draft.Content is AboutContent about)
        {
            var target = await FindAsync(session, draft, about.Target, about, found.Own, ct);
            if (target is null)
                return (null, Problems.UnknownMessage(about.Target.Pointer, about.Target.Id));
            found = found with { Target = target };
        }
        if (draft.ReplyTo is { } name)
        {
            var quoted = await FindAsync(session, draft, name, null, found.Own, ct);
            if (quoted is null)
                return (null, Problems.UnknownMessage(name.Pointer, name.Id));
            found = found with { Quoted = quoted };
        }
        return (found, null);
    }

    /// <summary>Where a message was received, by its id alone.</summary>
    /// <param name="session">The session.</param>
    /// <param name="pointer">Where in the body its id stands.</param>
    /// <param name="id">Its id.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<(ReceivedIn? Place, ProblemAnswer? Unknown)> ReceivedAsync(
        IServedSession session,
        string pointer,
        string id,
        CancellationToken ct
    )
    {
        foreach (
            var received in await journal.FindAsync(session.Wanted.TenantId, session.Id, id, ct)
        )
            if (received.Head is { FromMe: false } head)
                return (new(head.Chat.Account, head.Participant), null);
        return (null, Problems.NotReceived(pointer, id));
    }

    /// <summary>A message that was sent or received, by its id alone; null: the session knows of none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">Its id.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<MessageReference?> FindAsync(
        IServedSession session,
        string id,
        CancellationToken ct
    ) => (await FindDatedAsync(session, id, ct))?.Message;

    /// <summary>A message that was sent or received, by its id alone, and when it was sent, or queued while it is not; null: the session knows of none.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">Its id.</param>
    /// <param name="ct">Cancels.</param>
    public async ValueTask<(MessageReference Message, DateTimeOffset At)?> FindDatedAsync(
        IServedSession session,
        string id,
        CancellationToken ct
    )
    {
        var tenant = session.Wanted.TenantId;
        if (Fields.IsId(id) && await outboxes.FindAsync(tenant, session.Id, id, ct) is { } sent)
            return (
                new(Jid.Parse(sent.Message.Chat).Account, id, FromMe: true),
                sent.SettledAt ?? sent.QueuedAt
            );
        foreach (var received in await journal.FindAsync(tenant, session.Id, id, ct))
        {
            var head = received.Head;
            return (
                new(head.Chat.Account, id, head.FromMe, head.FromMe ? null : head.Sender.Account),
                DateTimeOffset.FromUnixTimeSeconds(head.Timestamp)
            );
        }
        return null;
    }

    private async ValueTask<(ShelvedMedia? Media, ProblemAnswer? None)> FileAsync(
        IServedSession session,
        FileContent file,
        CancellationToken ct
    )
    {
        if (file.Url is { } url)
        {
            _ = MediaUses.TryParse(file.Kind, out var use);
            var (fetched, refusal) = await fetch.FetchAsync(session, use, url, ct);
            return (fetched is null ? null : new(fetched.File, fetched.MimeType), refusal);
        }
        var media = await shelf.FindAsync(session.Wanted.TenantId, session.Id, file.Media!, ct);
        return (
            media,
            media is null ? Problems.NoMedia($"#/{file.Kind}/media", file.Media!) : null
        );
    }

    private async Task<KnownMessage?> FindAsync(
        IServedSession session,
        Draft draft,
        NamedMessage name,
        AboutContent? about,
        OwnAddresses own,
        CancellationToken ct
    )
    {
        if (!name.IsIdAlone && about is not VoteContent)
            return Described(draft, name, about, own);
        var tenant = session.Wanted.TenantId;
        if (
            Fields.IsId(name.Id)
            && await outboxes.FindAsync(tenant, session.Id, name.Id, ct) is { Message: var sent }
        )
            return new(
                sent.Id,
                await AddressesAsync(session, draft, [Jid.Parse(sent.Chat)]),
                FromMe: true,
                null,
                sent.Content
            )
            {
                Audience = sent.Audience,
            };
        KnownMessage? known = null;
        foreach (var received in await journal.FindAsync(tenant, session.Id, name.Id, ct))
        {
            var head = received.Head;
            var one = new KnownMessage(
                head.Id,
                await AddressesAsync(session, draft, ChatsOf(head)),
                head.FromMe,
                head.FromMe ? null : head.Sender.Account,
                received.Message.ToArray()
            );
            // Of several with that id the one in this chat, else the newest.
            if (one.Chats.Any(chat => ChatNames.Same(chat, draft.To)))
                return one;
            known ??= one;
        }
        return known;
    }

    private static IReadOnlyList<Jid> ChatsOf(MessageHead head) =>
        head.ChatOther is { } other ? [head.Chat.Account, other.Account] : [head.Chat.Account];

    /// <summary>The addresses of a chat that decide whether it is the one where a message goes.</summary>
    private async Task<IReadOnlyList<Jid>> AddressesAsync(
        IServedSession session,
        Draft draft,
        IReadOnlyList<Jid> known
    )
    {
        var to = draft.To;
        // By number here and by LID there: one account, perhaps.
        if (
            known.Any(chat => chat.IsShared || chat.IsLid == to.IsLid)
            || to.IsShared
            || await addresses.OtherAsync(
                session.Wanted.TenantId,
                session.Id,
                to.IsLid ? to : known[0]
            )
                is not { } other
        )
            return known;
        return to.IsLid && known.Any(chat => ChatNames.Same(chat, other))
            ? [.. known, to]
            : [.. known, other];
    }

    /// <summary>As the request describes it.</summary>
    private static KnownMessage Described(
        Draft draft,
        NamedMessage name,
        AboutContent? about,
        OwnAddresses own
    )
    {
        var fromMe = name.From is { } from ? own.Is(from) : about is EditContent or DeleteContent;
        return new(
            name.Id,
            [name.Chat ?? draft.To],
            fromMe,
            fromMe ? null : name.From,
            name.Text is { } text ? MessageContent.Text(text).ToBytes() : null
        );
    }

    private async ValueTask<OwnAddresses> OwnOf(
        IServedSession session,
        Draft draft,
        CancellationToken ct
    )
    {
        var phone = Jid.TryParse(session.State.Jid, out var jid)
            ? jid.Account
            : new(session.State.Phone ?? session.Wanted.Phone ?? "", Jid.PhoneServer);
        // What says who this account is, to people who may know it by its LID.
        var needsLid = draft.Content is VoteContent || draft.ReplyTo is not null || SaysLid(draft);
        return new(
            phone,
            needsLid ? await addresses.OwnLidAsync(session.Wanted.TenantId, session.Id, ct) : null
        );
    }

    private static bool SaysLid(Draft draft) =>
        draft.Content is AboutContent { Target.From.IsLid: true };
}
