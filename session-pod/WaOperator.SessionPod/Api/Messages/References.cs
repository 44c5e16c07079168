using WaOperator.Api;
using WaOperator.SessionPod.Messages;
using WaOperator.SessionPod.Sessions;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Content;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>
/// Looks up what drafts name: other messages, in the outbox by their ids; files on the shelf. A draft that names nothing costs
/// nothing.
/// </summary>
/// <param name="outboxes">What was sent through the API.</param>
/// <param name="time">The clock.</param>
/// <param name="shelf">Where files are; null: there is no such place.</param>
internal sealed class References(
    OutboxReader outboxes,
    TimeProvider time,
    IMediaShelf? shelf = null
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
        var found = new Found(OwnOf(session), time.GetUtcNow());
        if (draft.Content is FileContent file)
        {
            if (shelf is null)
                return (
                    null,
                    Problems.NotSupported(
                        $"#/{file.Kind}",
                        $"\"{file.Kind}\": this pod keeps no files yet"
                    )
                );
            var media = await shelf.FindAsync(session.Wanted.TenantId, session.Id, file.Media, ct);
            if (media is null)
                return (null, Problems.NoMedia($"#/{file.Kind}/media", file.Media));
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
        if (
            Fields.IsId(name.Id)
            && await outboxes.FindAsync(session.Wanted.TenantId, session.Id, name.Id, ct)
                is { Message: var sent }
        )
            return new(sent.Id, [Jid.Parse(sent.Chat)], FromMe: true, null, sent.Content);
        return null;
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

    private static OwnAddresses OwnOf(IServedSession session) =>
        new(
            Jid.TryParse(session.State.Jid, out var jid)
                ? jid.Account
                : new(session.State.Phone ?? session.Wanted.Phone ?? "", Jid.PhoneServer),
            null
        );
}
