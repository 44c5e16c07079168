using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;
using WaOperator.WhatsApp.Storage;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>What a message stanza says about itself. Nothing in it is authentic but what the ratchets prove.</summary>
internal sealed record InboundMessage
{
    private InboundMessage(BinaryNode stanza, string id) => (Stanza, Id) = (stanza, id);

    public BinaryNode Stanza { get; }

    public string Id { get; }

    /// <summary>The other account of a chat of two, the group, or the list.</summary>
    public Jid Chat { get; private init; }

    /// <summary>The chat's other address (phone number or LID), where the stanza has it.</summary>
    public Jid? ChatOther { get; init; }

    /// <summary>The sending device, as the stanza addresses it.</summary>
    public Jid Sender { get; private init; }

    /// <summary>The sender's other address, without device.</summary>
    public Jid? SenderOther { get; init; }

    /// <summary>The sending device under which its records stand.</summary>
    public Jid Address { get; init; }

    /// <summary>True if another device of our own account sent it.</summary>
    public bool FromMe { get; private init; }

    /// <summary>True for groups and lists, where the sender is not the chat.</summary>
    public bool InGroup { get; private init; }

    /// <summary>Unix seconds; 0 where the stanza does not tell.</summary>
    public long Timestamp { get; private init; }

    public string? Category => Stanza["category"];

    public bool IsPeer => FromMe && Category == "peer";

    /// <summary>True for what the account's phone tells this device alone: only that may bring keys of the account's state.</summary>
    public bool IsFromPhone => IsPeer && !InGroup && Sender.Device == 0;

    public MessageKey Key => new(Chat.ToString(), Sender.ToString(), Id);

    /// <summary>As it stands in events, which do not keep the stanza.</summary>
    public MessageHead ToHead() =>
        new()
        {
            Id = Id,
            Chat = Chat,
            ChatOther = ChatOther,
            Sender = Sender,
            SenderOther = SenderOther,
            InGroup = InGroup,
            FromMe = FromMe,
            Timestamp = Timestamp,
            PushName = Given(Stanza["notify"]),
            StanzaType = Given(Stanza["type"]),
            Category = Given(Category),
            Edit = Given(Stanza["edit"]),
            Offline = Stanza["offline"] is not null,
        };

    /// <summary>Reads a stanza; null if it lacks what a message must have.</summary>
    public static InboundMessage? Read(BinaryNode stanza, Func<Jid, bool> isMe)
    {
        const int MaxId = 128;
        if (
            stanza["id"] is not { Length: > 0 and <= MaxId } id
            || !Jid.TryParse(stanza["from"], out var from)
            || from.User.Length == 0
        )
            return null;
        var timestamp = long.TryParse(
            stanza["t"],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var t
        )
            ? t
            : 0;
        if (from.Server is Jid.GroupServer or Jid.BroadcastServer)
        {
            if (
                !Jid.TryParse(stanza["participant"], out var participant)
                || participant.User.Length == 0
            )
                return null;
            return new(stanza, id)
            {
                Chat = from,
                Sender = participant,
                SenderOther = Account(stanza["participant_pn"] ?? stanza["participant_lid"]),
                FromMe = isMe(participant),
                InGroup = true,
                Timestamp = timestamp,
            };
        }
        var other = Account(stanza["sender_pn"] ?? stanza["sender_lid"]);
        if (!isMe(from))
            return new(stanza, id)
            {
                Chat = from.Account,
                ChatOther = other,
                Sender = from,
                SenderOther = other,
                Timestamp = timestamp,
            };
        return new(stanza, id)
        {
            Chat = Account(stanza["recipient"]) ?? from.Account,
            ChatOther = Account(
                stanza["peer_recipient_pn"]
                    ?? stanza["recipient_pn"]
                    ?? stanza["peer_recipient_lid"]
                    ?? stanza["recipient_lid"]
            ),
            Sender = from,
            SenderOther = other,
            FromMe = true,
            Timestamp = timestamp,
        };
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static Jid? Account(string? text) =>
        Jid.TryParse(text, out var jid) && jid.User.Length > 0 ? jid.Account : null;
}
