using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Receiving;

/// <summary>What a receipt says. Pure.</summary>
/// <param name="Kind">delivered, read, played, retry, ...</param>
/// <param name="Chat">The chat of the messages.</param>
/// <param name="Sender">The device that says it.</param>
/// <param name="FromMe">True if that is one of our own devices.</param>
/// <param name="Ids">The messages.</param>
/// <param name="Timestamp">Unix seconds; 0 where the receipt does not tell.</param>
internal sealed record InboundReceipt(
    string Kind,
    Jid Chat,
    Jid Sender,
    bool FromMe,
    IReadOnlyList<string> Ids,
    long Timestamp
)
{
    public ReceiptReceived ToEvent() => new(Kind, Chat, Sender, FromMe, Timestamp, Ids);

    private const int MaxIds = 4096;

    /// <summary>Reads a stanza; null if it lacks what a receipt must have.</summary>
    public static InboundReceipt? Read(BinaryNode stanza, Func<Jid, bool> isMe)
    {
        if (
            stanza["id"] is not { Length: > 0 } id
            || !Jid.TryParse(stanza["from"], out var from)
            || from.User.Length == 0
        )
            return null;
        var sender = Jid.TryParse(stanza["participant"], out var participant) ? participant : from;
        var fromMe = isMe(sender);
        var chat =
            fromMe && !from.IsGroup && Jid.TryParse(stanza["recipient"], out var recipient)
                ? recipient
                : from;
        IEnumerable<string> more =
            stanza.Child("list")?.ChildrenWith("item").Select(i => i["id"]).OfType<string>() ?? [];
        return new(
            stanza["type"] switch
            {
                null or "" or "inactive" or "delivery" => "delivered",
                { } type => type,
            },
            chat.Account,
            sender,
            fromMe,
            [.. more.Prepend(id).Distinct(StringComparer.Ordinal).Take(MaxIds)],
            long.TryParse(stanza["t"], NumberStyles.None, CultureInfo.InvariantCulture, out var t)
                ? t
                : 0
        );
    }
}
