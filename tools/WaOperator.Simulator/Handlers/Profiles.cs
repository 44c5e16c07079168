using System.Globalization;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>The About text (xmlns=status), privacy (xmlns=privacy), and the timer of new chats (xmlns=disappearing_mode).</summary>
internal sealed class Profiles(WhatsAppServer server)
{
    private const int LongestAbout = 139;
    private const long LongestTimer = 365 * 86_400;

    /// <summary>Every category, as it is at the beginning.</summary>
    private static readonly (string Name, string Value)[] AtFirst =
    [
        ("last", "all"),
        ("online", "all"),
        ("profile", "all"),
        ("status", "all"),
        ("readreceipts", "all"),
        ("groupadd", "all"),
        ("calladd", "all"),
        ("messages", "all"),
        ("defense", "off"),
        ("stickers", "contacts"),
    ];

    /// <summary>Answers xmlns=status.</summary>
    public BinaryNode? About(Device device, BinaryNode iq)
    {
        var text = Strict.Child(iq, "set", "status").Text;
        if (text.EnumerateRunes().Count() > LongestAbout)
            throw RefusedException.NotAcceptable($"more than {LongestAbout} characters");
        SetAbout(device.Phone, device, text);
        return Stanzas.Result(iq);
    }

    /// <summary>Answers xmlns=privacy.</summary>
    public BinaryNode? Privacy(Device device, BinaryNode iq)
    {
        if (iq["type"] != "set")
        {
            Strict.Child(iq, "get", "privacy");
            return Stanzas.Result(iq, Show(device.Phone));
        }
        var asked = Strict.Child(iq, "set", "privacy");
        Strict.Only(asked, [], ["category"]);
        foreach (var category in asked.Children)
        {
            Strict.Only(category, ["name", "value"], []);
            if (IsList(category["value"]))
                throw RefusedException.NotImplemented($"a list of accounts ({category["value"]})");
            if (!Allows(category["name"], category["value"]))
                throw RefusedException.BadRequest(
                    $"{category["name"]} cannot be {category["value"]}"
                );
        }
        foreach (var category in asked.Children)
            SetPrivacy(device.Phone, device, category["name"]!, category["value"]!);
        return Stanzas.Result(iq, Show(device.Phone));
    }

    /// <summary>Answers xmlns=disappearing_mode.</summary>
    public BinaryNode? Timer(Device device, BinaryNode iq)
    {
        var asked = Strict.Child(iq, "set", "disappearing_mode");
        Strict.Only(asked, ["duration"], []);
        if (
            !long.TryParse(
                asked["duration"],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var seconds
            )
            || seconds > LongestTimer
        )
            throw RefusedException.BadRequest("duration must be seconds, at most a year of them");
        device.Phone.DefaultTimer = seconds;
        device.Phone.Changed();
        Tell(
            device.Phone,
            device,
            new("disappearing_mode")
            {
                ["duration"] = Stanzas.Text(seconds),
                ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            }
        );
        return Stanzas.Result(iq);
    }

    /// <summary>Whether a category can have a value that needs no list.</summary>
    public static bool Allows(string? category, string? value) =>
        category is not null
        && value is not null
        && PrivacyCategories.Values.GetValueOrDefault(category)?.Contains(value) == true;

    /// <summary>A category's value.</summary>
    public static string ValueOf(Phone phone, string category) =>
        phone.Privacy.GetValueOrDefault(category)
        ?? Array.Find(AtFirst, one => one.Name == category).Value;

    /// <summary>Whether one account shows a category to another one.</summary>
    public static bool Shows(Phone phone, string category, Phone to) =>
        phone == to
        || ValueOf(phone, category) switch
        {
            "none" => false,
            "contacts" => phone.Contacts.Contains(to.Number),
            _ => true,
        };

    /// <summary>An account says something else about itself.</summary>
    /// <param name="phone">The account.</param>
    /// <param name="by">The device that does it, which is not told; null: the phone itself.</param>
    /// <param name="text">What it says.</param>
    public void SetAbout(Phone phone, Device? by, string text)
    {
        phone.About = text;
        phone.AboutAt = server.Clock.UnixSeconds;
        phone.Changed();
        foreach (var device in phone.Devices.Where(d => d != by))
            server.Notices.Send(
                device,
                new("notification")
                {
                    ["from"] = phone.Jid.ToString(),
                    ["type"] = "status",
                    Children = [new("set") { Text = text }],
                }
            );
    }

    /// <summary>An account changes by whom something is seen.</summary>
    /// <param name="phone">The account.</param>
    /// <param name="by">The device that does it, which is not told; null: the phone itself.</param>
    /// <param name="category">What.</param>
    /// <param name="value">By whom.</param>
    public void SetPrivacy(Phone phone, Device? by, string category, string value)
    {
        phone.Privacy[category] = value;
        phone.Changed();
        Tell(
            phone,
            by,
            new("privacy")
            {
                Children = [new("category") { ["name"] = category, ["value"] = value }],
            }
        );
    }

    private void Tell(Phone phone, Device? by, BinaryNode change)
    {
        foreach (var device in phone.Devices.Where(d => d != by))
            server.Notices.AccountChanged(device, change, phone);
    }

    private static bool IsList(string? value) =>
        value is PrivacyCategories.ContactsExcept or PrivacyCategories.SomeContacts;

    private static BinaryNode Show(Phone phone) =>
        new("privacy")
        {
            Children =
            [
                .. AtFirst.Select(one => new BinaryNode("category")
                {
                    ["name"] = one.Name,
                    ["value"] = ValueOf(phone, one.Name),
                }),
            ],
        };
}
