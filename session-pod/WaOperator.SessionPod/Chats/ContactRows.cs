using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Chats;

/// <summary>What is learnt of accounts and groups, as rows. Pure.</summary>
internal static class ContactRows
{
    private const int MaxName = 128;

    /// <summary>What is known of an account or a group.</summary>
    /// <param name="account">An address of it.</param>
    /// <param name="other">Its other address; null: not known.</param>
    /// <param name="called">The name that it has chosen, or its subject; null: not known.</param>
    public static ContactBox Of(Jid account, Jid? other, string? called) =>
        new(
            ChatNaming.Known(account, other),
            Phone: One(account, other, jid => jid.IsPhone),
            Lid: One(account, other, jid => jid.IsLid),
            called is { Length: > MaxName } ? called[..MaxName] : called
        );

    /// <summary>Keyed hash of what is known.</summary>
    public static long TagOf(Keyring keyring, long session, ContactBox contact) =>
        keyring
            .Name(
                session,
                "contact",
                contact.Address.ToString(),
                contact.Phone?.ToString() ?? "",
                contact.Lid?.ToString() ?? "",
                contact.Name ?? ""
            )
            .Prefix;

    /// <summary>Encrypts it.</summary>
    public static ContactRow Seal(
        Keyring keyring,
        long session,
        AtRestCipher cipher,
        long tag,
        ContactBox contact
    )
    {
        var name = ChatNaming.Of(keyring, session, contact.Address);
        return new(
            name,
            contact.Address.IsGroup,
            tag,
            cipher.Version,
            ChatBoxes.Seal(cipher, name, contact)
        );
    }

    private static Jid? One(Jid first, Jid? second, Func<Jid, bool> fits) =>
        fits(first) ? first.Account
        : second is { } jid && fits(jid) ? jid.Account
        : null;
}
