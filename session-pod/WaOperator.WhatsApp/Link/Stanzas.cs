using System.Globalization;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Link;

/// <summary>The stanzas around a login, and acknowledgements. Pure.</summary>
internal static class Stanzas
{
    /// <summary>The server's own address as in attributes.</summary>
    public const string Server = "@" + Jid.PhoneServer;

    public static BinaryNode Iq(string type, string xmlns, params BinaryNode[] children) =>
        children.Length == 0
            ? IqHead(new("iq"), type, xmlns)
            : IqHead(new("iq") { Children = children }, type, xmlns);

    public static BinaryNode IqResult(BinaryNode request) =>
        new("iq")
        {
            ["to"] = request["from"] ?? Server,
            ["type"] = "result",
            ["id"] = request["id"],
        };

    public static BinaryNode IqError(BinaryNode request, int code, string text) =>
        new("iq")
        {
            ["to"] = request["from"] ?? Server,
            ["type"] = "error",
            ["id"] = request["id"],
            Children =
            [
                new BinaryNode("error")
                {
                    ["code"] = code.ToString(CultureInfo.InvariantCulture),
                    ["text"] = text,
                },
            ],
        };

    public static BinaryNode Ping() => Iq("get", "w:p", new BinaryNode("ping"));

    public static BinaryNode Active() => Iq("set", "passive", new BinaryNode("active"));

    public static BinaryNode Blocklist() => Iq("get", "blocklist");

    public static BinaryNode Privacy() => Iq("get", "privacy", new BinaryNode("privacy"));

    public static BinaryNode Props(string? hash) =>
        Iq("get", "abt", new BinaryNode("props") { ["protocol"] = "1", ["hash"] = hash });

    public static BinaryNode CleanDirty(string? type, string? timestamp) =>
        Iq(
            "set",
            "urn:xmpp:whatsapp:dirty",
            new BinaryNode("clean") { ["type"] = type, ["timestamp"] = timestamp }
        );

    public static BinaryNode RemoveDevice(Jid device) =>
        Iq(
            "set",
            "md",
            new BinaryNode("remove-companion-device")
            {
                ["jid"] = device.ToString(),
                ["reason"] = "user_initiated",
            }
        );

    public static BinaryNode Presence(string type, string? name) =>
        new("presence")
        {
            ["name"] = name?.Replace("@", "", StringComparison.Ordinal),
            ["type"] = type,
        };

    /// <summary>Asks for the next part of what waited while the device was away.</summary>
    public static BinaryNode OfflineBatch(int count) =>
        new("ib")
        {
            Children =
            [
                new BinaryNode("offline_batch")
                {
                    ["count"] = count.ToString(CultureInfo.InvariantCulture),
                },
            ],
        };

    /// <summary>Official clients tell milliseconds into a week that begins three days after the epoch's.</summary>
    public static BinaryNode UnifiedSession(DateTimeOffset now)
    {
        var id = (now.ToUnixTimeMilliseconds() + 3 * 86_400_000L) % (7 * 86_400_000L);
        return new("ib")
        {
            Children =
            [
                new BinaryNode("unified_session")
                {
                    ["id"] = id.ToString(CultureInfo.InvariantCulture),
                },
            ],
        };
    }

    /// <summary>
    /// Acknowledges a receipt, notification or call: the server would otherwise deliver it again. Null where the
    /// stanza has no id or sender, and so cannot be acknowledged.
    /// </summary>
    public static BinaryNode? Ack(BinaryNode node) =>
        node["id"] is not { } id || node["from"] is not { } from
            ? null
            : new("ack")
            {
                ["id"] = id,
                ["to"] = from,
                ["class"] = node.Tag,
                ["participant"] = node["participant"],
                ["recipient"] = node["recipient"],
                ["type"] = node["type"],
            };

    private static BinaryNode IqHead(BinaryNode node, string type, string xmlns)
    {
        node["to"] = Server;
        node["type"] = type;
        node["xmlns"] = xmlns;
        return node;
    }
}
