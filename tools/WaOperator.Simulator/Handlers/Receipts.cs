using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Receipts and acks: what a device says about stanzas that it got.</summary>
internal sealed class Receipts(WhatsAppServer server)
{
    /// <summary>The device has taken over a stanza: it is not delivered again.</summary>
    public void Acked(Device device, BinaryNode ack)
    {
        if (ack["id"] is not { } id || ack["class"] is not { } @class)
            throw new ProtocolViolationException("an ack without id or class");
        var error = ack["error"];
        if (error is not null)
            server.Ledger.Note("errorAck", device.Jid.ToString(), $"{@class} {error}");
        device.Confirm(
            @class,
            id,
            server.Directory.Find(ack["participant"] ?? ack["to"])?.Number,
            error is null ? "ack" : $"ack {error}"
        );
    }

    /// <summary>Acknowledges a receipt, takes it as the confirmation of its messages, and passes it on to the sender.</summary>
    public void Route(Device device, BinaryNode receipt)
    {
        if (receipt["id"] is not { } id)
            throw new ProtocolViolationException("a receipt without an id");
        var type = receipt["type"];
        if (type == "server-error")
        {
            device.Connection?.Send(Stanzas.Ack(receipt, server.Clock.UnixSeconds));
            server.PhoneMedia.Asked(device, receipt);
            return;
        }
        var about = server.Directory.Find(receipt["participant"] ?? receipt["to"]);
        if (type == "retry")
        {
            lock (device.Gate)
            {
                device.Record.Retries++;
                device.Mailbox.Find("message", id)?.Trace?.Retried();
            }
            server.Ledger.Count("retryReceipts");
            // Of what the phone itself said it can say again: the message goes with the session that it was for.
            if (
                about == device.Phone
                && IsPhones(receipt)
                && device.Confirm("message", id, about.Number, "retry")
            )
                server.States.Repeat(device);
        }
        else
        {
            foreach (var confirmed in Ids(receipt, id))
                device.ConfirmAll(confirmed, about?.Number, type ?? "receipt");
            if (type is "hist_sync" or "peer_msg")
                server.History.Received(device, type, id);
        }
        if (about is not null && type is not ("sender" or "peer_msg" or "hist_sync"))
            Forward(device, receipt, about, type);
        // Last: who has the ack finds all that the receipt did, also in the mailboxes that survive a restart.
        device.Connection?.Send(Stanzas.Ack(receipt, server.Clock.UnixSeconds));
    }

    private void Forward(Device device, BinaryNode receipt, Phone about, string? type)
    {
        var to = Jid.TryParse(receipt["to"], out var jid) ? jid : about.Jid;
        var asked = Jid.TryParse(receipt["participant"] ?? receipt["to"], out var one)
            ? one.Device
            : 0;
        IEnumerable<Device> receivers = type switch
        {
            // Only the device that encrypted can encrypt again.
            "retry" => about.Devices.Where(d => d.Id == asked),
            "read-self" or "played-self" => device.Phone.Devices,
            // What one device has read its others show as read, too.
            "read" or "played" when !IsShared(to) => about
                .Devices.Concat(device.Phone.Devices)
                .Distinct(),
            _ => about.Devices,
        };
        foreach (var receiver in receivers.Where(r => r != device))
        {
            receiver.Deliver(
                new(
                    "receipt",
                    receipt["id"]!,
                    device.Phone.Number,
                    Stanza(device, receiver, receipt, to)
                )
            );
        }
    }

    private BinaryNode Stanza(Device device, Device receiver, BinaryNode receipt, Jid to)
    {
        var group = to.IsGroup ? server.Groups.Find(to) : null;
        var self = to.IsLid ? device.Lid : device.Jid;
        return new("receipt")
        {
            ["from"] = (IsShared(to) ? to : self).ToString(),
            ["participant"] = IsShared(to)
                ? (group?.AddressOf(device) ?? AddressOf(device, receipt)).ToString()
                : null,
            ["id"] = receipt["id"],
            ["type"] = receipt["type"],
            ["recipient"] =
                receiver.Phone == device.Phone && !IsShared(to)
                    ? receipt["recipient"] ?? to.Account.ToString()
                    : null,
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            Children = receipt.Children,
        };
    }

    private static bool IsShared(Jid to) => to.IsGroup || to.IsStatus;

    /// <summary>A device's address where the receipt names the author of a status, in the same kind.</summary>
    private static Jid AddressOf(Device device, BinaryNode receipt) =>
        Jid.TryParse(receipt["participant"], out var author) && author.IsPhone
            ? device.Jid
            : device.Lid;

    private static bool IsPhones(BinaryNode receipt) =>
        receipt["participant"] is null
        && Jid.TryParse(receipt["to"], out var to)
        && to.Device == 0
        && receipt["recipient"] is null;

    private static IEnumerable<string> Ids(BinaryNode receipt, string id) =>
        (
            receipt.Child("list")?.ChildrenWith("item").Select(item => item["id"]).OfType<string>()
            ?? []
        ).Prepend(id);
}
