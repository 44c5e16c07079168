using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Messages;

/// <summary>A message that this one is about, as far as it is known.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Chats">The addresses of its chat that are known; the first is the one that it came by.</param>
/// <param name="FromMe">Whether this account sent it.</param>
/// <param name="Author">Who sent it; null: this account, or the other person of a chat of two.</param>
/// <param name="Content">The serialised message; null: not known.</param>
internal sealed record KnownMessage(
    string Id,
    IReadOnlyList<Jid> Chats,
    bool FromMe,
    Jid? Author,
    byte[]? Content
)
{
    /// <summary>Of an own status: the accounts that it is shown to; null: it is none, or not known.</summary>
    public IReadOnlyList<string>? Audience { get; init; }
}

/// <summary>Who this account is.</summary>
/// <param name="Phone">By phone number.</param>
/// <param name="Lid">By LID; null: not known.</param>
internal sealed record OwnAddresses(Jid Phone, Jid? Lid)
{
    /// <summary>The own address in the addressing of the other account: a LID if the other is a LID.</summary>
    public Jid Beside(Jid other) => other.IsLid && Lid is { } lid ? lid : Phone;

    /// <summary>Whether an address is the own one.</summary>
    public bool Is(Jid jid) => jid.Account == Phone.Account || jid.Account == Lid?.Account;
}
