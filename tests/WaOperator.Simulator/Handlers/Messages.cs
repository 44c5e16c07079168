using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Messages: acknowledged to the sender, and each ciphertext brought to the device that it was encrypted for.</summary>
public sealed class Messages(WhatsAppServer server)
{
    private const int NotFound = 404;
    private const int Malformed = 479;

    /// <summary>Routes a message.</summary>
    /// <exception cref="ProtocolViolationException">It has no id or no address.</exception>
    public void Route(Device sender, BinaryNode message)
    {
        if (message["id"] is not { Length: > 0 } id)
            throw new ProtocolViolationException("a message without an id");
        if (!Jid.TryParse(message["to"], out var to))
            throw new ProtocolViolationException("a message without an address");
        server.Ledger.Count("messages");
        lock (sender.Gate)
        {
            sender.Record.MessagesIn++;
            if (sender.Repeats(id))
                sender.Record.MessagesRepeated++;
        }
        Acknowledge(
            sender,
            message,
            to.IsGroup ? server.Groups.Route(sender, message, to) : Route(sender, message, to)
        );
    }

    /// <summary>The children that travel with each ciphertext.</summary>
    public static IEnumerable<BinaryNode> Parts(
        BinaryNode message,
        IEnumerable<BinaryNode> ciphertexts
    )
    {
        var first = false;
        foreach (var enc in ciphertexts)
        {
            first |= enc["type"] == "pkmsg";
            yield return enc;
        }
        foreach (var part in message.Children)
        {
            if (
                part.Tag is "meta" or "reporting" or "biz" or "bot"
                || part.Tag == "device-identity" && first
            )
                yield return part;
        }
    }

    /// <summary>True for ciphertexts as clients send them; a first message must tell who vouches for its sender.</summary>
    public static bool WellFormed(BinaryNode message)
    {
        var ciphertexts = Ciphertexts(message).ToList();
        return ciphertexts.TrueForAll(e =>
                e["v"] == "2" && e["type"] is "msg" or "pkmsg" or "skmsg" && e.Bytes.Length > 0
            )
            && (
                ciphertexts.TrueForAll(e => e["type"] != "pkmsg")
                || message.Child("device-identity") is not null
            );
    }

    private static IEnumerable<BinaryNode> Ciphertexts(BinaryNode message) =>
        message
            .ChildrenWith("enc")
            .Concat(Addressed(message).SelectMany(to => to.ChildrenWith("enc")));

    private static IEnumerable<BinaryNode> Addressed(BinaryNode message) =>
        message.Child("participants")?.ChildrenWith("to") ?? [];

    /// <returns>An error code for the ack, or null.</returns>
    private int? Route(Device sender, BinaryNode message, Jid to)
    {
        if (server.Directory.Find(to) is not { } recipient)
            return NotFound;
        if (!WellFormed(message))
            return Malformed;
        sender.Phone.Meet(recipient.Number);
        recipient.Meet(sender.Phone.Number);
        foreach (var addressed in Addressed(message))
        {
            if (Jid.TryParse(addressed["jid"], out var jid))
                Deliver(sender, message, to, jid, addressed.ChildrenWith("enc"));
        }
        // At the top: for exactly one device, as after a retry receipt, or for the own phone.
        if (message.Child("enc") is not null)
            Deliver(sender, message, to, to, message.ChildrenWith("enc"));
        return null;
    }

    private void Deliver(
        Device sender,
        BinaryNode message,
        Jid chat,
        Jid target,
        IEnumerable<BinaryNode> ciphertexts
    )
    {
        var account = server.Directory.Find(target);
        if (account is null || (account != sender.Phone && account != server.Directory.Find(chat)))
        {
            server.Ledger.Note(
                "misaddressed",
                sender.Jid.ToString(),
                "a ciphertext for an account outside the chat"
            );
            return;
        }
        if (target.Device == 0)
            server.Ledger.Count("messagesForPhones");
        else if (account.Device(target.Device) is { } device)
            device.Deliver(
                new(
                    "message",
                    message["id"]!,
                    sender.Phone.Number,
                    Stanza(sender, message, chat, device, ciphertexts)
                )
            );
        else
            server.Ledger.Count("messagesForUnlinkedDevices");
    }

    private BinaryNode Stanza(
        Device sender,
        BinaryNode message,
        Jid chat,
        Device receiver,
        IEnumerable<BinaryNode> ciphertexts
    )
    {
        var own = receiver.Phone == sender.Phone;
        return new("message")
        {
            ["from"] = (chat.IsLid ? sender.Lid : sender.Jid).ToString(),
            ["id"] = message["id"],
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            ["type"] = message["type"] ?? "text",
            ["notify"] = sender.Phone.Name,
            [chat.IsLid ? "sender_pn" : "sender_lid"] = (
                chat.IsLid ? sender.Phone.Jid : sender.Phone.Lid
            ).ToString(),
            ["recipient"] = own ? message["recipient"] ?? chat.Account.ToString() : null,
            ["peer_recipient_pn"] = own ? message["peer_recipient_pn"] : null,
            ["category"] = message["category"],
            ["edit"] = message["edit"],
            Children = [.. Parts(message, ciphertexts)],
        };
    }

    private void Acknowledge(Device sender, BinaryNode message, int? error)
    {
        if (error is { } code)
            server.Ledger.Note("refusedMessage", sender.Jid.ToString(), Stanzas.Text(code));
        var connection = sender.Connection;
        var delay = server.Faults.AckDelay(sender.Phone.Number);
        if (delay == TimeSpan.Zero)
            Acknowledge();
        else
            _ = AcknowledgeLater();

        void Acknowledge()
        {
            connection?.Send(Stanzas.Ack(message, server.Clock.UnixSeconds, error));
            lock (sender.Gate)
                sender.Record.MessagesAcked++;
            server.Ledger.Count("messagesAcked");
        }

        async Task AcknowledgeLater()
        {
            await Task.Delay(delay, server.Clock.Time);
            if (connection is { Ended: false })
                Acknowledge();
        }
    }
}
