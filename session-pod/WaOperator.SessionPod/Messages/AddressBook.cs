using System.Text;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>What sessions have learnt of accounts' addresses. A record that cannot be opened counts as not learnt.</summary>
/// <param name="context">What all sessions share.</param>
internal sealed class AddressBook(MessageContext context)
{
    /// <summary>An account's other address, the LID of a phone number or the reverse; null: the session has not learnt it.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="account">The address that is known.</param>
    public async Task<Jid?> OtherAsync(long tenant, long session, Jid account)
    {
        var key = RecordNames.Lid(account);
        var name = PodMessageStore.NameOf(context.Keyring, session, key);
        var rows = await context.ReadAsync(
            c => context.Stored.ReadRecordsAsync(session, [name], c),
            context.Ended
        );
        if (rows is not [var row])
            return null;
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        return Read(await context.OpenAsync(ciphers, session, key, row, context.Ended));
    }

    /// <summary>Other addresses of many accounts; those that the session has not learnt are left out.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="accounts">The addresses that are known.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="System.Data.Common.DbException">PostgreSQL is away.</exception>
    public async Task<IReadOnlyDictionary<Jid, Jid>> OthersAsync(
        long tenant,
        long session,
        IEnumerable<Jid> accounts,
        CancellationToken ct
    )
    {
        var names = new Dictionary<RecordName, Jid>();
        foreach (var account in accounts)
            names[PodMessageStore.NameOf(context.Keyring, session, RecordNames.Lid(account))] =
                account;
        var others = new Dictionary<Jid, Jid>();
        if (names.Count == 0)
            return others;
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        foreach (var row in await context.Stored.ReadRecordsAsync(session, names.Keys, ct))
        {
            var account = names[row.Name];
            var key = RecordNames.Lid(account);
            if (Read(await context.OpenAsync(ciphers, session, key, row, ct)) is { } other)
                others[account] = other;
        }
        return others;
    }

    /// <summary>What the record of an account's other address says; null: no address.</summary>
    /// <param name="plain">The record, decrypted; null: there is none.</param>
    public static Jid? Read(byte[]? plain) =>
        plain is not null && Jid.TryParse(Encoding.UTF8.GetString(plain), out var other)
            ? other
            : null;

    /// <summary>The session's own LID; null: it has none. Reads its credentials.</summary>
    /// <param name="tenant">The tenant's key in the database.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<Jid?> OwnLidAsync(long tenant, long session, CancellationToken ct)
    {
        var store = new DeviceStore(
            tenant,
            session,
            context.Keyring,
            context.Keys,
            (_, _) => throw new InvalidOperationException("The credentials are only read.")
        );
        try
        {
            return (await store.LoadAsync(ct))?.Lid?.Account;
        }
        finally
        {
            store.Forget();
        }
    }
}
