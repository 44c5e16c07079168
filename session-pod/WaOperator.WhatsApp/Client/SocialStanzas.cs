using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Client;

/// <summary>What is said beside messages: read, typing, presence, the block list. Pure.</summary>
internal static class SocialStanzas
{
    /// <summary>Messages have been read, or played.</summary>
    public static BinaryNode Read(
        Jid chat,
        Jid? sender,
        IReadOnlyList<string> ids,
        (bool Played, bool OnlyOwn) how,
        long now
    )
    {
        var receipt =
            ids.Count == 1
                ? new BinaryNode("receipt")
                : new BinaryNode("receipt")
                {
                    Children =
                    [
                        new BinaryNode("list")
                        {
                            Children =
                            [
                                .. ids.Skip(1).Select(id => new BinaryNode("item") { ["id"] = id }),
                            ],
                        },
                    ],
                };
        receipt["id"] = ids[0];
        receipt["to"] = chat.Account.ToString();
        if (chat.IsGroup || chat.Server == Jid.BroadcastServer)
            receipt["participant"] = sender?.Account.ToString();
        receipt["type"] = (how.Played, how.OnlyOwn) switch
        {
            (true, true) => "played-self",
            (true, false) => "played",
            (false, true) => "read-self",
            _ => "read",
        };
        receipt["t"] = now.ToString(CultureInfo.InvariantCulture);
        return receipt;
    }

    /// <summary>The user types or records, or stopped.</summary>
    public static BinaryNode Typing(Jid chat, ChatState state) =>
        new("chatstate")
        {
            ["to"] = chat.Account.ToString(),
            Children =
            [
                state == ChatState.Paused
                    ? new BinaryNode("paused")
                    : new BinaryNode("composing")
                    {
                        ["media"] = state == ChatState.Recording ? "audio" : null,
                    },
            ],
        };

    /// <param name="account">By LID, where that is known.</param>
    /// <param name="phone">The same account by phone number, where it is known; official clients name it when they block.</param>
    /// <param name="blocked">Whether it is to be blocked.</param>
    public static BinaryNode Block(Jid account, Jid? phone, bool blocked) =>
        Stanzas.Iq(
            "set",
            "blocklist",
            new BinaryNode("item")
            {
                ["action"] = blocked ? "block" : "unblock",
                ["jid"] = account.ToString(),
                ["pn_jid"] = phone?.ToString(),
            }
        );

    /// <summary>Reads the block list.</summary>
    public static IReadOnlyList<BlockedAccount> ReadBlocked(BinaryNode answer) =>
        [
            .. (answer.Child("list")?.ChildrenWith("item") ?? [])
                .Select(Blocked)
                .OfType<BlockedAccount>(),
        ];

    private static BlockedAccount? Blocked(BinaryNode item)
    {
        Jid[] addresses =
        [
            .. new[] { item["jid"], item["pn_jid"] }
                .Select(text => Jid.TryParse(text, out var jid) ? jid.Account : default)
                .Where(jid => jid.User is { Length: > 0 }),
        ];
        return addresses.Length == 0
            ? null
            : new(
                Array.Find(addresses, a => a.IsPhone) is { User: not null } phone ? phone : null,
                Array.Find(addresses, a => a.IsLid) is { User: not null } lid ? lid : null
            );
    }

    /// <summary>Reads Unix seconds; null for anything else, such as "deny" where it is kept to oneself.</summary>
    private static DateTimeOffset? ReadTime(string? text) =>
        // The last year that has four digits.
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds is > 0 and <= 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    /// <summary>Reads who came or went, or types; null where the stanza does not name them.</summary>
    public static ClientEvent? ReadPresence(BinaryNode stanza)
    {
        if (!Jid.TryParse(stanza["from"], out var from) || from.User.Length == 0)
            return null;
        if (stanza.Tag == "presence")
            return new PresenceChanged(from, stanza["type"] != "unavailable")
            {
                LastSeen = ReadTime(stanza["last"]),
            };
        var sender = Jid.TryParse(stanza["participant"], out var participant) ? participant : from;
        return new ChatStateChanged(
            from.Account,
            sender,
            stanza.FirstChild switch
            {
                { Tag: "composing" } child => child["media"] == "audio"
                    ? ChatState.Recording
                    : ChatState.Composing,
                _ => ChatState.Paused,
            }
        );
    }
}
