using System.Security.Cryptography;
using System.Text;
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
        var hash = DeviceHash(phone);
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
                    phone.Jid,
                    "devices",
                    new(change)
                    {
                        ["device_hash"] = hash,
                        Children =
                        [
                            new("device")
                            {
                                ["jid"] = device.Jid.ToString(),
                                ["key-index"] = Stanzas.Text(device.KeyIndex),
                            },
                        ],
                    }
                );
            }
        }
    }

    /// <summary>A device has few one-time prekeys left.</summary>
    public void PreKeysLow(Device device, int left) =>
        Send(device, Jid.ServerItself, "encrypt", new("count") { ["value"] = Stanzas.Text(left) });

    private void Send(Device receiver, Jid from, string type, BinaryNode child)
    {
        var id = Stanzas.NewId();
        receiver.Deliver(
            new(
                "notification",
                id,
                from.User,
                new("notification")
                {
                    ["from"] = from.ToString(),
                    ["type"] = type,
                    ["id"] = id,
                    ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                    Children = [child],
                }
            )
        );
    }

    private static string DeviceHash(Phone phone)
    {
        var list = string.Join(',', phone.Devices.Select(d => d.Id).Order());
        return "2:"
            + Convert.ToBase64String(
                SHA256.HashData(Encoding.ASCII.GetBytes(phone.Number + list)).AsSpan(0, 6)
            );
    }
}
