using System.Text;
using WaOperator.SessionPod.Keys;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.SessionPod.Messages;

/// <summary>What sessions have learnt of accounts' addresses.</summary>
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
        if (rows is not [{ Ciphertext: { } box } row])
            return null;
        using var ciphers = new AtRestCiphers(context.Keyring, tenant, session);
        var cipher = await ciphers.OfAsync(row.KeyVersion, context.Ended);
        var text = Encoding.UTF8.GetString(cipher.Open(key.Kind, key.Id, box));
        return Jid.TryParse(text, out var other) ? other : null;
    }

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
