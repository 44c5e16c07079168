using WaOperator.SessionPod.Commit;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Messages;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Chats;

/// <summary>A chat as it is listed.</summary>
/// <param name="Box">Its address and last message.</param>
/// <param name="Contact">What is known of its account or group; null: nothing.</param>
/// <param name="At">When the last message was sent.</param>
/// <param name="Unread">Messages that came since it was read.</param>
/// <param name="Flags">How it is shown now, as far as that is known.</param>
internal sealed record ListedChat(
    ChatBox Box,
    ContactBox? Contact,
    DateTimeOffset At,
    int Unread,
    ChatFlags Flags
);

/// <summary>Reads sessions' chats and contacts.</summary>
/// <param name="context">What all sessions share.</param>
/// <param name="stored">Their rows.</param>
/// <param name="addresses">Numbers and LIDs of accounts.</param>
internal sealed class ChatBook(MessageContext context, SessionChats stored, AddressBook addresses)
{
    /// <summary>A page of chats, the last message first.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="after">Continues behind it; null: from the beginning.</param>
    /// <param name="most">Chats in a page.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The chats, and where the next page begins; null: there is none.</returns>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<(IReadOnlyList<ListedChat> Page, ChatCursor? Next)> ListAsync(
        long tenant,
        long session,
        ChatCursor? after,
        int most,
        CancellationToken ct
    )
    {
        var rows = await stored.ListAsync(session, after, most, ct);
        return (
            await OpenAsync(tenant, session, rows, ct),
            rows.Count == most ? new(rows[^1].Row.At, rows[^1].Row.Chat) : null
        );
    }

    /// <summary>A chat by any of its addresses; null: it is not known.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="chat">An address of it.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<ListedChat?> FindAsync(
        long tenant,
        long session,
        Jid chat,
        CancellationToken ct
    )
    {
        var rows = await stored.FindAsync(session, await NamesAsync(tenant, session, chat), ct);
        return await OpenAsync(tenant, session, rows, ct) is [var found, ..] ? found : null;
    }

    /// <summary>A page of the accounts that are known.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="after">Continues behind it; null: from the beginning.</param>
    /// <param name="most">Accounts in a page.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The accounts, and where the next page begins; null: there is none.</returns>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<(IReadOnlyList<ContactBox> Page, RecordName? Next)> ListContactsAsync(
        long tenant,
        long session,
        RecordName? after,
        int most,
        CancellationToken ct
    )
    {
        var rows = await stored.ListContactsAsync(session, after, most, ct);
        var page = new List<ContactBox>(rows.Count);
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        foreach (var row in rows)
            if (await TryOpenAsync(ciphers, row, ct) is { } contact)
                page.Add(contact);
        return (page, rows.Count == most ? rows[^1].Contact : null);
    }

    /// <summary>The addresses of a chat that are known, the given one first.</summary>
    public async Task<IReadOnlyList<Jid>> AddressesAsync(long tenant, long session, Jid chat) =>
        !chat.IsGroup && await addresses.OtherAsync(tenant, session, chat) is { } other
            ? [chat, other]
            : [chat];

    /// <summary>The names of its rows.</summary>
    private async Task<RecordName[]> NamesAsync(long tenant, long session, Jid chat) =>
        [
            .. (await AddressesAsync(tenant, session, chat))
                .Select(jid => ChatNaming.Of(context.Keyring, session, jid))
                .Distinct(),
        ];

    /// <summary>A chat was read through this session. Done when it is durable, or cannot be any more.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session and its epoch.</param>
    /// <param name="chat">An address of it.</param>
    public async Task<CommitOutcome> MarkReadAsync(long tenant, OwnedSession session, Jid chat)
    {
        var names = await NamesAsync(tenant, session.SessionId, chat);
        return await context.Commits.CommitAsync(
            tenant,
            new SessionWrite(session.SessionId, session.Epoch)
            {
                Chats = [.. names.Select(name => new ChatRow(name, default, true, 0, 0, null))],
            }
        );
    }

    /// <summary>A chat is shown in another way through this session. Done when it is durable, or cannot be any more.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session and its epoch.</param>
    /// <param name="chat">An address of it.</param>
    /// <param name="flags">What changed.</param>
    public async Task<CommitOutcome> ShowAsync(
        long tenant,
        OwnedSession session,
        Jid chat,
        ChatFlags flags
    )
    {
        var names = await NamesAsync(tenant, session.SessionId, chat);
        return await context.Commits.CommitAsync(
            tenant,
            new SessionWrite(session.SessionId, session.Epoch)
            {
                ChatFlags = [.. names.Select(name => new ChatFlagRow(name, flags))],
            }
        );
    }

    /// <summary>A chat was deleted through this session. Done when it is durable, or cannot be any more.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session and its epoch.</param>
    /// <param name="chat">An address of it.</param>
    /// <param name="until">When: one with a later message stays listed.</param>
    public async Task<CommitOutcome> RemoveAsync(
        long tenant,
        OwnedSession session,
        Jid chat,
        DateTimeOffset until
    )
    {
        var names = await NamesAsync(tenant, session.SessionId, chat);
        return await context.Commits.CommitAsync(
            tenant,
            new SessionWrite(session.SessionId, session.Epoch)
            {
                ChatRemovals = [.. names.Select(name => new ChatRemoval(name, until))],
                ChatFlags = [.. names.Select(name => new ChatFlagRow(name, ChatShown.Deleted))],
            }
        );
    }

    private async Task<List<ListedChat>> OpenAsync(
        long tenant,
        long session,
        List<StoredChat> rows,
        CancellationToken ct
    )
    {
        var page = new List<ListedChat>(rows.Count);
        var now = context.Time.GetUtcNow();
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        foreach (var (row, known, flags) in rows)
            if (await TryOpenAsync(ciphers, row, ct) is { } box)
                page.Add(
                    new(
                        box,
                        known is null ? null : await TryOpenAsync(ciphers, known, ct),
                        row.At,
                        row.Unread,
                        flags.At(now)
                    )
                );
        return page;
    }

    /// <remarks>A damaged row costs its readers that row, not the list.</remarks>
    private static async ValueTask<ChatBox?> TryOpenAsync(
        AtRestCiphers ciphers,
        ChatRow row,
        CancellationToken ct
    )
    {
        try
        {
            return await ChatBoxes.OpenAsync(ciphers, row, ct);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static async ValueTask<ContactBox?> TryOpenAsync(
        AtRestCiphers ciphers,
        ContactRow row,
        CancellationToken ct
    )
    {
        try
        {
            return await ChatBoxes.OpenAsync(ciphers, row, ct);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
