using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>How a device stops being linked: by itself (logout) or by the phone (unlink).</summary>
internal sealed class Ends(WhatsAppServer server)
{
    /// <summary><c>md &gt; remove-companion-device</c>: the device logs itself out.</summary>
    public BinaryNode? Logout(Device device, BinaryNode iq)
    {
        if (iq["type"] != "set" || iq.Child("remove-companion-device") is not { } remove)
            throw RefusedException.NotImplemented("anything but remove-companion-device");
        if (
            !Jid.TryParse(remove["jid"], out var jid)
            || server.Directory.Find(jid) != device.Phone
            || jid.Device != device.Id
        )
            throw new RefusedException(403, "forbidden: a companion device can remove only itself");
        device.Connection?.Send(Stanzas.Result(iq));
        server.Ledger.Note("loggedOut", device.Jid.ToString(), remove["reason"]);
        Remove(device);
        return null;
    }

    /// <summary>The phone unlinks a device.</summary>
    public void Unlink(Device device)
    {
        server.Ledger.Note("unlinked", device.Jid.ToString(), null);
        Remove(device);
    }

    private void Remove(Device device)
    {
        server.Directory.Unlink(device);
        Connection? connection;
        lock (device.Gate)
        {
            device.Unlinked = true;
            device.Mailbox.Clear();
            connection = device.Connection;
        }
        connection?.Close(Stanzas.DeviceRemoved());
        if (connection is not null)
            server.Login.Detach(connection, device, Ending.Unlinked);
        server.Notices.DevicesChanged(device, "remove");
    }
}
