using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>Statuses: the sender-key ciphertext to exactly those devices that the stanza names, each with its own pairwise part.</summary>
internal sealed class Statuses(WhatsAppServer server)
{
    private const int Malformed = 479;

    /// <summary>Routes a status.</summary>
    public Outcome Route(Device sender, BinaryNode message, MessageTrace? trace)
    {
        if (!Messages.WellFormed(message) || message["addressing_mode"] is not null)
            return new(Malformed);
        // A resend after a retry receipt is for one device.
        if (Jid.TryParse(message["participant"], out var one))
        {
            if (Find(one) is { } device)
                Deliver(sender, message, one, device, message.ChildrenWith("enc"), [], trace);
            return default;
        }
        var shared = message.ChildrenWith("enc").ToList();
        var named = message.Child("participants")?.ChildrenWith("to").ToList() ?? [];
        if (shared is not [var only] || only["type"] != "skmsg" || named.Count == 0)
            return new(Malformed);
        var accounts = new Dictionary<Phone, bool> { [sender.Phone] = false };
        foreach (var addressed in named)
        {
            if (
                !Jid.TryParse(addressed["jid"], out var jid)
                || server.Directory.Find(jid) is not { } account
            )
                return new(Malformed);
            accounts[account] = jid.IsLid;
            if (account.Device(jid.Device) is { } device && device != sender)
                // Pairwise first: it brings the key of the other.
                Deliver(
                    sender,
                    message,
                    jid,
                    device,
                    addressed.ChildrenWith("enc").Concat(shared),
                    named,
                    trace
                );
        }
        return new(Phash: Mismatch(message, accounts));
    }

    private Device? Find(Jid jid) => server.Directory.Find(jid)?.Device(jid.Device);

    private void Deliver(
        Device sender,
        BinaryNode message,
        Jid addressed,
        Device receiver,
        IEnumerable<BinaryNode> ciphertexts,
        IReadOnlyList<BinaryNode> named,
        MessageTrace? trace
    )
    {
        if (receiver.Phone.Blocks(sender.Phone.Number))
        {
            server.Ledger.Count("messagesBlocked");
            return;
        }
        var byLid = addressed.IsLid;
        List<BinaryNode> children = [.. Messages.Parts(message, ciphertexts)];
        // An own device is told who it is shown to.
        if (receiver.Phone == sender.Phone && named.Count > 0)
            children.Add(
                new("participants")
                {
                    Children =
                    [
                        .. named.Select(to => new BinaryNode("to") { ["jid"] = to["jid"] }),
                    ],
                }
            );
        receiver.Deliver(
            new(
                "message",
                message["id"]!,
                sender.Phone.Number,
                new("message")
                {
                    ["from"] = Jid.Status.ToString(),
                    ["participant"] = (byLid ? sender.Lid : sender.Jid).ToString(),
                    [byLid ? "participant_pn" : "participant_lid"] = (
                        byLid ? sender.Phone.Jid : sender.Phone.Lid
                    ).ToString(),
                    ["id"] = message["id"],
                    ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
                    ["type"] = message["type"] ?? "text",
                    ["notify"] = sender.Phone.Name,
                    ["edit"] = message["edit"],
                    Children = children,
                }
            )
            {
                Trace = trace?.For(receiver.Jid.ToString()),
            }
        );
    }

    /// <summary>What the ack says to a sender that did not name all devices of the accounts; only to one that told its list.</summary>
    private static string? Mismatch(BinaryNode message, Dictionary<Phone, bool> accounts)
    {
        if (message["phash"] is not { } told)
            return null;
        var hash = ParticipantHash.Of(
            accounts.SelectMany(account =>
                account
                    .Key.Devices.Select(device => device.Id)
                    .Prepend((ushort)0)
                    .Select(id =>
                        (account.Value ? account.Key.Lid : account.Key.Jid) with
                        {
                            Device = id,
                        }
                    )
            )
        );
        return told == hash ? null : hash;
    }
}
