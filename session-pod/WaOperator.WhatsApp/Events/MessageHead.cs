using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Events;

/// <summary>What an inbound message says about itself outside its encrypted content.</summary>
public sealed record MessageHead
{
    /// <summary>Its id, chosen by its sender.</summary>
    public required string Id { get; init; }

    /// <summary>The other account of a chat of two, the group, or the list.</summary>
    public required Jid Chat { get; init; }

    /// <summary>The chat's other address (phone number or LID), where it is known.</summary>
    public Jid? ChatOther { get; init; }

    /// <summary>The sending device.</summary>
    public required Jid Sender { get; init; }

    /// <summary>The sender's other address, where it is known.</summary>
    public Jid? SenderOther { get; init; }

    /// <summary>True for groups and lists, where the sender is not the chat.</summary>
    public bool InGroup { get; init; }

    /// <summary>True if another device of the own account sent it.</summary>
    public bool FromMe { get; init; }

    /// <summary>Unix seconds; 0: not told.</summary>
    public long Timestamp { get; init; }

    /// <summary>The name that the sender has chosen.</summary>
    public string? PushName { get; init; }

    /// <summary>The stanza's type, such as text or media.</summary>
    public string? StanzaType { get; init; }

    /// <summary>The stanza's category, such as peer.</summary>
    public string? Category { get; init; }

    /// <summary>The stanza's edit attribute: 1 edited, 7 taken back, 8 deleted by an admin.</summary>
    public string? Edit { get; init; }

    /// <summary>It waited while the device was away.</summary>
    public bool Offline { get; init; }

    /// <summary>What no second handled message has.</summary>
    public MessageKey Key => new(Chat.ToString(), Sender.ToString(), Id);

    /// <summary>The chat's address by phone number, where it is known.</summary>
    public Jid? ChatPn => One(Chat, ChatOther, jid => jid.IsPhone);

    /// <summary>The chat's address by LID, where it is known.</summary>
    public Jid? ChatLid => One(Chat, ChatOther, jid => jid.IsLid);

    /// <summary>The sender's address by phone number, where it is known.</summary>
    public Jid? SenderPn => One(Sender.Account, SenderOther, jid => jid.IsPhone);

    /// <summary>The sender's address by LID, where it is known.</summary>
    public Jid? SenderLid => One(Sender.Account, SenderOther, jid => jid.IsLid);

    /// <summary>The sender's account, in groups and lists.</summary>
    public Jid? Participant => InGroup ? Sender.Account : null;

    /// <summary>How the sender is addressed: lid or pn.</summary>
    public string Addressing => Sender.IsLid ? "lid" : "pn";

    /// <summary>Without names and addresses.</summary>
    public override string ToString() => nameof(MessageHead);

    private static Jid? One(Jid first, Jid? second, Func<Jid, bool> fits) =>
        fits(first) ? first
        : second is { } other && fits(other) ? other
        : null;
}
