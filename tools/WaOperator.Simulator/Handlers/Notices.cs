using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Notifications of the server.</summary>
internal sealed class Notices(WhatsAppServer server)
{
    /// <summary>
    /// A device was linked or unlinked: notifies the account's other devices, all who have talked with the account, and all who have
    /// looked its devices up.
    /// </summary>
    /// <param name="device">Which.</param>
    /// <param name="change">add or remove.</param>
    public void DevicesChanged(Device device, string change)
    {
        var phone = device.Phone;
        foreach (var receiver in Concerned(phone).Where(d => d != device && !d.Unlinked))
            Send(receiver, Changed(device, change, phone.Askers.GetValueOrDefault(receiver)));
        // The whole list too: clients that keep their own devices under both addresses renew both by it.
        AccountChanged(device, Own(phone));
    }

    /// <summary>The phone has other keys: notifies all who have talked with the account or looked it up, by the address that they know.</summary>
    public void IdentityChanged(Phone phone)
    {
        foreach (var receiver in Concerned(phone).Where(d => !d.Unlinked && d.Phone != phone))
            Send(
                receiver,
                phone.Askers.GetValueOrDefault(receiver) == AskedBy.Lid ? phone.Lid : phone.Jid,
                "encrypt",
                new("identity")
            );
    }

    private IEnumerable<Device> Concerned(Phone phone) =>
        phone
            .Contacts.Append(phone.Number)
            .SelectMany(number =>
                server.Directory.TryGet(number, out var other) ? other.Devices : []
            )
            .Concat(phone.Askers.Keys)
            .Distinct();

    /// <summary>
    /// One device more or less. Clients look the list that they keep up by the sender of the notification, which must be the address
    /// that they asked by; and they believe the LIDs beside it only where they asked by these, too.
    /// </summary>
    private static BinaryNode Changed(Device device, string change, AskedBy asked)
    {
        var phone = device.Phone;
        if (asked == AskedBy.Lid)
            return Changed(
                phone.Lid,
                null,
                new(change)
                {
                    ["device_hash"] = DeviceHash(phone, phone.Lid),
                    Children = [Entry(device, device.Lid, null)],
                }
            );
        var both = asked != AskedBy.Number;
        return Changed(
            phone.Jid,
            phone.Lid,
            new(change)
            {
                ["device_hash"] = DeviceHash(phone, phone.Jid),
                ["device_lid_hash"] = both ? DeviceHash(phone, phone.Lid) : null,
                Children = [Entry(device, device.Jid, both ? device.Lid : null)],
            }
        );
    }

    private static BinaryNode Changed(Jid from, Jid? lid, BinaryNode change) =>
        new("notification")
        {
            ["from"] = from.ToString(),
            ["lid"] = lid?.ToString(),
            ["type"] = "devices",
            Children = [change],
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
            AccountChanged(receiver, child, by.Phone);
    }

    /// <summary>Something that concerns an account, for one of its devices.</summary>
    public void AccountChanged(Device receiver, BinaryNode child, Phone of) =>
        Send(receiver, of.Jid, "account_sync", child);

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
