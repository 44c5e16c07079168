using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Events;

namespace WaOperator.WhatsApp.Profile;

/// <summary>
/// Notifications of what accounts and groups show, and of the own account's settings: type picture, and account_sync, as whatsmeow and
/// Baileys read them. Pure.
/// </summary>
internal static class AccountNotices
{
    private const int MostBlocks = 1024;
    private const int LongestId = 64;

    /// <summary>Reads a notification of type picture; null: it names none whose picture it is, as where only a hash of the number is told.</summary>
    public static PictureChanged? ReadPicture(BinaryNode stanza)
    {
        var change = stanza.Children.FirstOrDefault(child =>
            child.Tag is "set" or "add" or "delete"
        );
        if (
            change is null
            || (Address(change["jid"]) ?? Address(stanza["from"])) is not { User.Length: > 0 } of
        )
            return null;
        var removed = change.Tag == "delete";
        return new()
        {
            Of = of.Account,
            PictureId = !removed && change["id"] is { Length: > 0 and <= LongestId } id ? id : null,
            Removed = removed,
            By = Address(change["author"])?.Account,
            Timestamp = Time(stanza),
        };
    }

    /// <summary>Reads what account_sync says of the picture and the block list; null: it says neither.</summary>
    /// <param name="stanza">The notification.</param>
    /// <param name="me">The own account.</param>
    public static SessionEvent? ReadAccount(BinaryNode stanza, Jid me) =>
        stanza.Child("blocklist") is { } blocklist
            ? new BlocklistChanged
            {
                Changes =
                [
                    .. blocklist
                        .ChildrenWith("item")
                        .Take(MostBlocks)
                        .Select(Block)
                        .OfType<BlockChange>(),
                ],
                Timestamp = Time(stanza),
            }
        : stanza.Child("picture") is not null
            ? new PictureChanged
            {
                Of = me,
                By = me,
                Timestamp = Time(stanza),
            }
        : null;

    private static BlockChange? Block(BinaryNode item) =>
        item["action"] is "block" or "unblock"
        && Address(item["jid"]) is { User.Length: > 0 } account
            ? new(
                account.Account,
                Address(item["pn_jid"]) is { User.Length: > 0 } other
                && other.Account != account.Account
                    ? other.Account
                    : null,
                item["action"] == "block"
            )
            : null;

    private static Jid? Address(string? text) => GroupChanged.Address(text);

    private static long Time(BinaryNode stanza) => GroupChanged.UnixSeconds(stanza["t"]) ?? 0;
}
