using System.Security.Cryptography;
using System.Text;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>xmlns=blocklist: whom an account does not want to hear from. It is the account's, so its other devices are told.</summary>
internal sealed class Blocklist(WhatsAppServer server)
{
    /// <summary>Answers a query with the whole list.</summary>
    public BinaryNode? Answer(Device device, BinaryNode iq)
    {
        if (iq["type"] == "set")
            Change(device, Strict.Child(iq, "set", "item"));
        else if (iq.FirstChild is { } child)
            throw RefusedException.NotImplemented(child.Tag);
        return Stanzas.Result(iq, List(device.Phone));
    }

    private void Change(Device device, BinaryNode item)
    {
        if (
            item["action"] is not ("block" or "unblock")
            || server.Directory.Find(item["jid"]) is not { } other
        )
            throw RefusedException.BadRequest("an item with action and jid of an account expected");
        Change(server, device.Phone, device, other, item["action"] == "block");
    }

    /// <summary>An account blocks another one, or hears from it again; its devices are told.</summary>
    /// <param name="server">The server.</param>
    /// <param name="phone">The account.</param>
    /// <param name="by">The device that does it, which is not told; null: the phone itself.</param>
    /// <param name="other">The other account.</param>
    /// <param name="block">Whether it is blocked.</param>
    public static void Change(
        WhatsAppServer server,
        Phone phone,
        Device? by,
        Phone other,
        bool block
    )
    {
        var before = Hash(phone);
        phone.Block(other.Number, block);
        var change = new BinaryNode("blocklist")
        {
            ["action"] = "modify",
            ["dhash"] = Hash(phone),
            ["prev_dhash"] = before,
            Children =
            [
                new("item")
                {
                    ["action"] = block ? "block" : "unblock",
                    ["jid"] = other.Lid.ToString(),
                },
            ],
        };
        foreach (var device in phone.Devices.Where(d => d != by))
            server.Notices.AccountChanged(device, change, phone);
    }

    private static BinaryNode List(Phone phone) =>
        new("list")
        {
            ["addressing_mode"] = "lid",
            ["dhash"] = Hash(phone),
            Children =
            [
                .. phone
                    .Blocked.Order(StringComparer.Ordinal)
                    .Select(number => new BinaryNode("item")
                    {
                        ["jid"] = new Jid(Phone.LidOf(number), Jid.LidServer).ToString(),
                        ["pn_jid"] = new Jid(number, Jid.PhoneServer).ToString(),
                    }),
            ],
        };

    private static string Hash(Phone phone) =>
        Convert.ToHexStringLower(
            SHA256
                .HashData(
                    Encoding.ASCII.GetBytes(
                        string.Join(',', phone.Blocked.Order(StringComparer.Ordinal))
                    )
                )
                .AsSpan(0, 8)
        );
}
