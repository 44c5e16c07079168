using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Notifications of the server.</summary>
public sealed class Notices(WhatsAppServer server)
{
    /// <summary>
    /// A device was linked or unlinked: tells the account's other devices, all who have talked with the account, and all who have
    /// looked its devices up.
    /// </summary>
    /// <param name="device">Which.</param>
    /// <param name="change">add or remove.</param>
    public void DevicesChanged(Device device, string change)
    {
        var phone = device.Phone;
        var (byNumber, byLid) = (ByNumber(device, change), ByLid(device, change));
        foreach (var receiver in Concerned(phone).Where(d => d != device && !d.Unlinked))
            Send(
                receiver,
                phone.Askers.GetValueOrDefault(receiver) == AskedBy.Lid ? byLid : byNumber
            );
        // The whole list too: clients that keep their own devices under both addresses renew both by it.
        AccountChanged(device, Own(phone));
    }

    private IEnumerable<Device> Concerned(Phone phone) =>
        phone
            .Contacts.Append(phone.Number)
            .SelectMany(number =>
                server.Directory.TryGet(number, out var other) ? other.Devices : []
            )
            .Concat(phone.Askers.Keys)
            .Distinct();

    /// <summary>One device more or less, for those who know the account by its number.</summary>
    private static BinaryNode ByNumber(Device device, string change) =>
        new("notification")
        {
            ["from"] = device.Phone.Jid.ToString(),
            ["lid"] = device.Phone.Lid.ToString(),
            ["type"] = "devices",
            Children =
            [
                new(change)
                {
                    ["device_hash"] = DeviceHash(device.Phone, device.Phone.Jid),
                    ["device_lid_hash"] = DeviceHash(device.Phone, device.Phone.Lid),
                    Children = [Entry(device, device.Jid, device.Lid)],
                },
            ],
        };

    /// <summary>
    /// One device more or less, for those who know the account by its LID alone: clients look the list that they keep up by the
    /// sender of the notification.
    /// </summary>
    private static BinaryNode ByLid(Device device, string change) =>
        new("notification")
        {
            ["from"] = device.Phone.Lid.ToString(),
            ["type"] = "devices",
            Children =
            [
                new(change)
                {
                    ["device_hash"] = DeviceHash(device.Phone, device.Phone.Lid),
                    Children = [Entry(device, device.Lid, null)],
                },
            ],
        };

    private static BinaryNode Entry(Device device, Jid jid, Jid? lid) =>
        new("device")
        {
            ["jid"] = jid.ToString(),
            ["lid"] = lid?.ToString(),
            ["key-index"] = Stanzas.Text(device.KeyIndex),
        };

    /// <summary>All devices of an account, the phone among them.</summary>
    private static BinaryNode Own(Phone phone) =>
        new("devices")
        {
            ["dhash"] = DeviceHash(phone, phone.Jid),
            Children =
            [
                new("device") { ["jid"] = phone.Jid.ToString() },
                .. phone.Devices.Select(d => Entry(d, d.Jid, null)),
            ],
        };

    /// <summary>A device has few one-time prekeys left.</summary>
    public void PreKeysLow(Device device, int left) =>
        Send(device, Jid.ServerItself, "encrypt", new("count") { ["value"] = Stanzas.Text(left) });

    /// <summary>Something that concerns the account itself, for its own devices but the one that did it.</summary>
    public void AccountChanged(Device by, BinaryNode child)
    {
        foreach (var receiver in by.Phone.Devices.Where(d => d != by))
            Send(receiver, by.Phone.Jid, "account_sync", child);
    }

    /// <summary>Gives a notification its id and time, and delivers it.</summary>
    public void Send(Device receiver, BinaryNode notification)
    {
        var id = Stanzas.NewId();
        var from = Jid.TryParse(notification["from"], out var jid) ? jid.User : "";
        receiver.Deliver(
            new(
                "notification",
                id,
                from,
                notification.With("id", id).With("t", Stanzas.Text(server.Clock.UnixSeconds))
            )
        );
    }

    private void Send(Device receiver, Jid from, string type, BinaryNode child) =>
        Send(
            receiver,
            new("notification")
            {
                ["from"] = from.ToString(),
                ["type"] = type,
                Children = [child],
            }
        );

    /// <summary>The hash of all devices of an account, the phone among them.</summary>
    private static string DeviceHash(Phone phone, Jid account) =>
        ParticipantHash.Of(
            phone.Devices.Select(d => account with { Device = d.Id }).Prepend(account)
        );
}
