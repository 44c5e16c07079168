using System.Globalization;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Durability;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Directories;

/// <summary>What the server says about an account.</summary>
/// <param name="Asked">The address that the answer names.</param>
/// <param name="Lid">Its LID, where the server gave one.</param>
/// <param name="Devices">Its devices, by number; null where the server says nothing about them.</param>
/// <param name="Signed">What its phone has signed of them, an ADVSignedKeyIndexList; null where it is not given.</param>
/// <param name="Exists">Whether a phone number belongs to an account, where that was asked.</param>
/// <param name="Contact">The number as it was asked for, where that was asked.</param>
internal sealed record UsyncUser(
    Jid Asked,
    Jid? Lid,
    IReadOnlyList<ListedDevice>? Devices,
    byte[]? Signed,
    bool? Exists,
    string? Contact
);

/// <summary>Questions about accounts (xmlns usync). Pure.</summary>
internal static class UsyncStanzas
{
    /// <summary>The number of a device that WhatsApp itself runs for a business.</summary>
    private const ushort HostedDevice = 99;

    /// <summary>Asks for the devices and the LID of accounts.</summary>
    public static BinaryNode Devices(IEnumerable<Jid> accounts, string sid) =>
        Query(
            sid,
            "message",
            [new("devices") { ["version"] = "2" }, new("lid")],
            accounts.Select(jid => new BinaryNode("user") { ["jid"] = jid.ToString() })
        );

    /// <summary>Asks whether phone numbers belong to accounts.</summary>
    public static BinaryNode Contacts(IEnumerable<string> numbers, string sid) =>
        Query(
            sid,
            "interactive",
            [new("contact"), new("lid")],
            numbers.Select(number => new BinaryNode("user")
            {
                Children = [new BinaryNode("contact") { Text = $"+{number}" }],
            })
        );

    /// <summary>Asks one thing of one account, such as its status or disappearing_mode.</summary>
    public static BinaryNode Ask(Jid account, string protocol, string sid) =>
        Query(
            sid,
            "interactive",
            [new(protocol)],
            [new("user") { ["jid"] = account.Account.ToString() }]
        );

    /// <summary>Reads the answer; entries that make no sense are left out.</summary>
    public static List<UsyncUser> Read(BinaryNode answer)
    {
        var users = new List<UsyncUser>();
        foreach (var user in answer.Child("usync")?.Child("list")?.ChildrenWith("user") ?? [])
        {
            if (!Jid.TryParse(user["jid"], out var jid))
                continue;
            var contact = user.Child("contact");
            users.Add(
                new(
                    jid.Account,
                    Jid.TryParse(user.Child("lid")?["val"], out var lid) && lid.IsLid
                        ? lid.Account
                        : null,
                    ReadDevices(user.Child("devices")?.Child("device-list")),
                    user.Child("devices")?.Child("key-index-list")?.Bytes,
                    contact?["type"] switch
                    {
                        "in" => true,
                        null => null,
                        _ => false,
                    },
                    contact?.Text
                )
            );
        }
        return users;
    }

    private static IReadOnlyList<ListedDevice>? ReadDevices(BinaryNode? list)
    {
        if (list is null)
            return null;
        var devices = new SortedDictionary<ushort, ListedDevice>();
        foreach (var device in list.ChildrenWith("device").Take(DeviceList.MaxDevices))
        {
            if (
                ushort.TryParse(
                    device["id"],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var id
                ) && (id == 0 || device["key-index"] is not null)
            )
                devices[id] = new(
                    id,
                    KeyIndex(device),
                    id == HostedDevice && device["is_hosted"] == "true"
                );
        }
        return [.. devices.Values];
    }

    /// <summary>One that is no number is an index that no phone has signed.</summary>
    private static uint KeyIndex(BinaryNode device) =>
        uint.TryParse(
            device["key-index"],
            NumberStyles.None,
            CultureInfo.InvariantCulture,
            out var index
        )
            ? index
        : device["id"] == "0" ? 0
        : uint.MaxValue;

    private static BinaryNode Query(
        string sid,
        string context,
        IReadOnlyList<BinaryNode> protocols,
        IEnumerable<BinaryNode> users
    ) =>
        Stanzas.Iq(
            "get",
            "usync",
            new BinaryNode("usync")
            {
                ["sid"] = sid,
                ["mode"] = "query",
                ["last"] = "true",
                ["index"] = "0",
                ["context"] = context,
                Children =
                [
                    new BinaryNode("query") { Children = protocols },
                    new BinaryNode("list") { Children = [.. users] },
                ],
            }
        );
}
