using WaOperator.PhoneNumbers;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Chats;

/// <summary>Compares chats.</summary>
internal static class ChatNames
{
    /// <summary>Whether two addresses are the same chat, as far as the addresses tell: numbers that are one account are.</summary>
    public static bool Same(Jid one, Jid other) =>
        one.Account == other.Account
        || one.IsPhone
            && other.IsPhone
            && PhoneNumber.Account(one.User) == PhoneNumber.Account(other.User);
}
