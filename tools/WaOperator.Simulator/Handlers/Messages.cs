using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>How the routing of a message ended, as its ack says.</summary>
/// <param name="Error">Why no one gets it; null: those it was encrypted for do.</param>
/// <param name="Phash">The hash of the devices it should have been for, if that is not what the sender encrypted for.</param>
internal readonly record struct Outcome(int? Error = null, string? Phash = null);

/// <summary>Messages: acknowledged to the sender, and each ciphertext brought to the device that it was encrypted for.</summary>
internal sealed class Messages(WhatsAppServer server)
{
    private const int NotFound = 404;
    private const int NotImplemented = 501;
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
        bool repeated;
        lock (sender.Gate)
        {
            sender.Record.MessagesIn++;
            repeated = sender.Repeats(id);
            if (repeated)
                sender.Record.MessagesRepeated++;
        }
        var trace = server.Journal.Begin(
            id,
            sender.Jid.ToString(),
            to.ToString(),
            repeated,
            resend: message["participant"] is not null || message["device_fanout"] == "false"
        );
        Acknowledge(sender, message, Route(sender, message, to, trace), trace);
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

    private Outcome Route(Device sender, BinaryNode message, Jid to, MessageTrace? trace)
    {
        if (server.Faults.MeetMessage(sender.Phone.Number) is { } refused)
            return new(refused);
        if (to.IsGroup)
            return server.GroupMessages.Route(sender, message, to, trace);
        if (to.IsStatus)
            return server.Statuses.Route(sender, message, trace);
        // Broadcast lists, channels.
        if (!to.IsPhone && !to.IsLid)
            return new(NotImplemented);
        if (server.Directory.Find(to) is not { } recipient)
            return new(NotFound);
        if (!WellFormed(message))
            return new(Malformed);
        sender.Phone.Meet(recipient.Number);
        recipient.Meet(sender.Phone.Number);
        var reached = new HashSet<(Phone, ushort)>();
        foreach (var addressed in Addressed(message))
        {
            if (
                Jid.TryParse(addressed["jid"], out var jid)
                && Deliver(sender, message, to, jid, addressed.ChildrenWith("enc"), trace)
            )
                reached.Add((server.Directory.Find(jid)!, jid.Device));
        }
        // At the top: for exactly one device, as after a retry receipt, or for the own phone.
        if (message.Child("enc") is not null)
            Deliver(sender, message, to, to, message.ChildrenWith("enc"), trace);
        return new(
            Phash: message.Child("participants") is null || message["device_fanout"] == "false"
                ? null
                : Mismatch(sender, recipient, to, reached)
        );
    }

    /// <summary>The hash that shows a sender that it did not encrypt for exactly the devices of both accounts; null if it did.</summary>
    private static string? Mismatch(
        Device sender,
        Phone recipient,
        Jid to,
        HashSet<(Phone, ushort)> reached
    )
    {
        var all = new[] { recipient, sender.Phone }
            .Distinct()
            .SelectMany(p =>
                p.Devices.Select(d => (Phone: p, d.Id)).Prepend((Phone: p, Id: (ushort)0))
            )
            .ToList();
        // The phones themselves read nothing here, so a sender may leave its own out.
        return all.TrueForAll(d =>
            d.Id == 0 || d == (sender.Phone, sender.Id) || reached.Contains(d)
        )
            ? null
            : ParticipantHash.Of(
                all.Select(d => (to.IsLid ? d.Phone.Lid : d.Phone.Jid) with { Device = d.Id })
            );
    }

    private bool Deliver(
        Device sender,
        BinaryNode message,
        Jid chat,
        Jid target,
        IEnumerable<BinaryNode> ciphertexts,
        MessageTrace? trace
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
            return false;
        }
        if (target.Device == 0)
        {
            server.Ledger.Count("messagesForPhones");
            if (account == sender.Phone && message["category"] == "peer")
                server.States.Told(sender, message["id"]!, ciphertexts);
            return true;
        }
        if (account.Device(target.Device) is not { } device)
        {
            server.Ledger.Count("messagesForUnlinkedDevices");
            return false;
        }
        // Who is blocked does not hear of it: the message is acknowledged and goes nowhere.
        if (account.Blocks(sender.Phone.Number))
        {
            server.Ledger.Count("messagesBlocked");
            return true;
        }
        device.Deliver(
            new(
                "message",
                message["id"]!,
                sender.Phone.Number,
                Stanza(sender, message, chat, device, ciphertexts)
            )
            {
                Trace = trace?.For(device.Jid.ToString()),
            }
        );
        return true;
    }

    private BinaryNode Stanza(
        Device sender,
        BinaryNode message,
        Jid chat,
        Device receiver,
        IEnumerable<BinaryNode> ciphertexts
    )
    {
        var stanza = new BinaryNode("message")
        {
            ["from"] = (chat.IsLid ? sender.Lid : sender.Jid).ToString(),
            ["id"] = message["id"],
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            ["type"] = message["type"] ?? "text",
            ["notify"] = sender.Phone.Name,
            ["category"] = message["category"],
            ["edit"] = message["edit"],
            Children = [.. Parts(message, ciphertexts)],
        };
        if (receiver.Phone == sender.Phone)
            AddressCopy(stanza, message, chat);
        else
            stanza[chat.IsLid ? "sender_pn" : "sender_lid"] = (
                chat.IsLid ? sender.Phone.Jid : sender.Phone.Lid
            ).ToString();
        return stanza;
    }

    /// <summary>What an own device gets says which chat it belongs to, and that account's other address.</summary>
    private void AddressCopy(BinaryNode stanza, BinaryNode message, Jid chat)
    {
        if (message["category"] == "peer")
            return;
        var recipient = message["recipient"] ?? chat.Account.ToString();
        stanza["recipient"] = recipient;
        if (!Jid.TryParse(recipient, out var jid) || server.Directory.Find(jid) is not { } phone)
            return;
        if (jid.IsLid)
            stanza["peer_recipient_pn"] = message["peer_recipient_pn"] ?? phone.Jid.ToString();
        else
            stanza["peer_recipient_lid"] = phone.Lid.ToString();
    }

    private void Acknowledge(
        Device sender,
        BinaryNode message,
        Outcome outcome,
        MessageTrace? trace
    )
    {
        if (outcome.Error is { } code)
            server.Ledger.Note("refusedMessage", sender.Jid.ToString(), Stanzas.Text(code));
        if (outcome.Phash is not null)
            server.Ledger.Count("staleDeviceLists");
        var connection = sender.Connection;
        var delay = server.Faults.AckDelay(sender.Phone.Number);
        if (delay == TimeSpan.Zero)
            Acknowledge();
        else
            _ = AcknowledgeLater();

        void Acknowledge()
        {
            var ack = Stanzas.Ack(message, server.Clock.UnixSeconds, outcome.Error);
            ack["phash"] = outcome.Phash;
            // Before the ack: who has it finds it counted.
            trace?.Acked(outcome.Error);
            lock (sender.Gate)
                sender.Record.MessagesAcked++;
            server.Ledger.Count("messagesAcked");
            connection?.Send(ack);
        }

        async Task AcknowledgeLater()
        {
            await Task.Delay(delay, server.Clock.Time);
            if (connection is { Ended: false })
                Acknowledge();
        }
    }
}
