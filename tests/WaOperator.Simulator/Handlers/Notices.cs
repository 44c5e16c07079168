using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Notifications of the server.</summary>
public sealed class Notices(WhatsAppServer server)
{
    /// <summary>A device was linked or unlinked: tells the account's other devices and all who have talked with the account.</summary>
    /// <param name="device">Which.</param>
    /// <param name="change">add or remove.</param>
    public void DevicesChanged(Device device, string change)
    {
        var phone = device.Phone;
        var hash = DeviceHash(phone, phone.Jid);
        var lidHash = DeviceHash(phone, phone.Lid);
        foreach (
            var contact in phone.Contacts.Append(phone.Number).Distinct(StringComparer.Ordinal)
        )
        {
            if (!server.Directory.TryGet(contact, out var other))
                continue;
            foreach (var receiver in other.Devices.Where(d => d != device))
            {
                Send(
                    receiver,
                    new("notification")
                    {
                        ["from"] = phone.Jid.ToString(),
                        ["lid"] = phone.Lid.ToString(),
                        ["type"] = "devices",
                        Children = [Changed(device, change, hash, lidHash)],
                    }
                );
            }
        }
    }

    private static BinaryNode Changed(Device device, string change, string hash, string lidHash) =>
        new(change)
        {
            ["device_hash"] = hash,
            ["device_lid_hash"] = lidHash,
            Children =
            [
                new("device")
                {
                    ["jid"] = device.Jid.ToString(),
                    ["lid"] = device.Lid.ToString(),
                    ["key-index"] = Stanzas.Text(device.KeyIndex),
                },
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
