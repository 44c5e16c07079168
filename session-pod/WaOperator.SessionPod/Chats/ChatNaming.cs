using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Keys;
using WaOperator.Store.Pod;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Chats;

/// <summary>Under which name the rows of a chat, an account or a group stand. Pure.</summary>
internal static class ChatNaming
{
    private const string Kind = "chat";

    /// <summary>Whether it is something that is listed: an account or a group, neither the status nor a channel.</summary>
    public static bool IsChat(Jid jid) => jid.IsPhone || jid.IsLid || jid.IsGroup;

    /// <summary>The address that a chat is known by: by phone number where that is known.</summary>
    /// <param name="chat">An address of it.</param>
    /// <param name="other">Its other address, the phone number of a LID or the reverse; null: not known.</param>
    public static Jid Known(Jid chat, Jid? other) =>
        chat.IsLid && other is { IsPhone: true } phone ? phone.Account : chat.Account;

    /// <summary>The name of its rows: one for all numbers of an account.</summary>
    /// <param name="keyring">Makes names.</param>
    /// <param name="session">The session's key in the database.</param>
    /// <param name="known">See <see cref="Known"/>.</param>
    public static RecordName Of(Keyring keyring, long session, Jid known) =>
        keyring.Name(
            session,
            Kind,
            (
                known.IsPhone ? known with { User = PhoneNumber.Account(known.User) } : known
            ).ToString()
        );
}
