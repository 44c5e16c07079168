using Npgsql;
using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Keys;
using WaOperator.SessionPod.Sessions;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Broadcasts;

/// <summary>A broadcast with what it says.</summary>
internal sealed record OpenedBroadcast(StoredBroadcast Stored, BroadcastContent Content);

/// <summary>A recipient, and how far the message to it has come.</summary>
internal sealed record OpenedRecipient(StoredRecipient Stored, Recipient Recipient);

/// <summary>Broadcasts as tenants' requests see and change them. What is changed is run by <see cref="BroadcastLoop"/>.</summary>
/// <param name="context">What all broadcasts share.</param>
internal sealed class BroadcastBook(BroadcastContext context)
{
    private const int MostLooked = 500;
    private const string MessagePrefix = "3EB0";
    private const int MessageDigits = 18;

    /// <summary>Makes a broadcast that was not started yet; if there is one of that id, adds the recipients to it.</summary>
    /// <returns>Null: the session has as many as it may have.</returns>
    public async Task<RecipientsAdded?> CreateAsync(
        IServedSession session,
        string id,
        BroadcastContent content,
        IReadOnlyList<(Jid Account, Recipient Recipient)> recipients,
        CancellationToken ct
    )
    {
        using var cipher = await CipherAsync(session, ct);
        return await context.Writes.CreateAsync(
            Own(session),
            BroadcastCodec.Seal(cipher, id, content),
            Seal(cipher, session.Id, id, recipients),
            ct
        );
    }

    /// <summary>Adds recipients, all that are not there yet or none.</summary>
    /// <returns>Null: there is no such broadcast.</returns>
    public async Task<RecipientsAdded?> AddAsync(
        IServedSession session,
        string id,
        IReadOnlyList<(Jid Account, Recipient Recipient)> recipients,
        CancellationToken ct
    )
    {
        using var cipher = await CipherAsync(session, ct);
        var added = await context.Writes.AddAsync(
            Own(session),
            id,
            Seal(cipher, session.Id, id, recipients),
            ct
        );
        if (added is { Added: > 0, State: BroadcastState.Running })
            context.Messages.Broadcasts.Call(session.Id);
        return added;
    }

    /// <summary>A broadcast; null: there is none of that id.</summary>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public async Task<OpenedBroadcast?> FindAsync(
        IServedSession session,
        string id,
        CancellationToken ct
    )
    {
        if (await context.Stored.FindAsync(session.Id, id, ct) is not { } stored)
            return null;
        using var ciphers = Ciphers(session);
        return new(stored, await BroadcastCodec.OpenAsync(ciphers, stored.Row, ct));
    }

    /// <summary>All broadcasts of a session, the newest first.</summary>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public async Task<IReadOnlyList<OpenedBroadcast>> ListAsync(
        IServedSession session,
        CancellationToken ct
    )
    {
        var opened = new List<OpenedBroadcast>();
        using var ciphers = Ciphers(session);
        foreach (var stored in await context.Stored.ListAsync(session.Id, ct))
            opened.Add(new(stored, await BroadcastCodec.OpenAsync(ciphers, stored.Row, ct)));
        return opened;
    }

    /// <summary>How many recipients of a broadcast are in each state.</summary>
    public async Task<ProgressCounts> CountAsync(
        IServedSession session,
        string id,
        CancellationToken ct
    ) => ProgressCounts.Of(await context.Stored.CountAsync(session.Id, id, ct));

    /// <summary>A page of a broadcast's recipients, in the order in which they were added.</summary>
    /// <param name="session">The session.</param>
    /// <param name="id">The broadcast.</param>
    /// <param name="state">Those in this state only; null: in any.</param>
    /// <param name="after">The place behind which the page begins.</param>
    /// <param name="wanted">Recipients in the page at most; one with a state may have fewer, and others behind it.</param>
    /// <param name="ct">Cancels.</param>
    /// <returns>The page, and behind which place the next one begins; null: there is none.</returns>
    /// <exception cref="InvalidDataException">Damaged, or encrypted with another key.</exception>
    public async Task<(IReadOnlyList<OpenedRecipient> Page, long? Next)> ListRecipientsAsync(
        IServedSession session,
        string id,
        RecipientState? state,
        long after,
        int wanted,
        CancellationToken ct
    )
    {
        var looked = state is null ? wanted + 1 : MostLooked;
        var rows = await context.Stored.ListRecipientsAsync(session.Id, id, after, looked, ct);
        var page = new List<OpenedRecipient>();
        using var ciphers = Ciphers(session);
        foreach (var row in rows)
        {
            if (page.Count == wanted)
                return (page, after);
            after = row.Seq;
            if (state is null || row.State == state)
                page.Add(new(row, await BroadcastCodec.OpenAsync(ciphers, row.Row, ct)));
        }
        return (page, rows.Count == looked ? after : null);
    }

    /// <summary>Gives a broadcast another state.</summary>
    /// <returns>False: it stayed as it is, since it was in none of the states, or another one runs.</returns>
    public async Task<bool> MoveAsync(
        IServedSession session,
        string id,
        IReadOnlyCollection<BroadcastState> from,
        BroadcastState to,
        CancellationToken ct
    )
    {
        try
        {
            if (!await context.Writes.MoveAsync(Own(session), id, from, to, ct: ct))
                return false;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // Two were started at once.
            return false;
        }
        // Of one that is cancelled it takes back what is queued, once it queues no more itself.
        context.Messages.Broadcasts.Call(session.Id);
        return true;
    }

    /// <summary>Removes a broadcast.</summary>
    /// <returns>False: there is none of that id, or it runs.</returns>
    public Task<bool> RemoveAsync(IServedSession session, string id, CancellationToken ct) =>
        context.Writes.RemoveAsync(Own(session), id, ct);

    /// <summary>What a broadcast is called; empty if it cannot be read.</summary>
    internal static async Task<string> NameAsync(
        BroadcastContext context,
        IServedSession session,
        StoredBroadcast broadcast,
        CancellationToken ct
    )
    {
        using var ciphers = new AtRestCiphers(
            context.Messages.Keyring,
            session.Wanted.TenantId,
            session.Id
        );
        try
        {
            return (await BroadcastCodec.OpenAsync(ciphers, broadcast.Row, ct)).Name;
        }
        catch (InvalidDataException)
        {
            context.Messages.Unreadable.Found(session.Id, BroadcastCodec.ContentKind);
            return "";
        }
    }

    /// <summary>The id of the message to a recipient: the same account has the same, by whatever form of its number.</summary>
    internal static string MessageOf(Keyring keyring, long session, string id, Jid account) =>
        MessagePrefix
        + Convert.ToHexString(
            keyring
                .Name(
                    session,
                    "broadcast",
                    id,
                    account.IsPhone ? PhoneNumber.Account(account.User) : account.ToString()
                )
                .ToBytes()
        )[..MessageDigits];

    private List<RecipientRow> Seal(
        AtRestCipher cipher,
        long session,
        string id,
        IReadOnlyList<(Jid Account, Recipient Recipient)> recipients
    )
    {
        var rows = new Dictionary<string, RecipientRow>(StringComparer.Ordinal);
        var inOrder = new List<RecipientRow>();
        foreach (var (account, recipient) in recipients)
        {
            var message = MessageOf(context.Messages.Keyring, session, id, account);
            if (rows.ContainsKey(message))
                continue;
            inOrder.Add(rows[message] = BroadcastCodec.Seal(cipher, message, recipient));
        }
        return inOrder;
    }

    private ValueTask<AtRestCipher> CipherAsync(IServedSession session, CancellationToken ct) =>
        context.Messages.Keyring.CipherAsync(session.Wanted.TenantId, session.Id, null, ct);

    private AtRestCiphers Ciphers(IServedSession session) =>
        new(context.Messages.Keyring, session.Wanted.TenantId, session.Id);

    private static OwnedSession Own(IServedSession session) => new(session.Id, session.State.Epoch);
}
