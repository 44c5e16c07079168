using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.Simulator.Statistics;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>Messages in groups: the sender-key ciphertext to all devices of all members, each with its own pairwise part.</summary>
internal sealed class GroupMessages(WhatsAppServer server)
{
    private const int Forbidden = 403;
    private const int Malformed = 479;

    /// <summary>Routes a message.</summary>
    public Outcome Route(Device sender, BinaryNode message, Jid to, MessageTrace? trace)
    {
        if (
            server.Groups.Find(to) is not { } group
            || group.Find(sender.Phone.Number) is not { } member
        )
            return new(Forbidden);
        if (group.IsCommunity || (group.Announcement && !member.IsAdmin))
            return new(Forbidden);
        if (!Messages.WellFormed(message))
            return new(Malformed);
        var pairwise = new Dictionary<Device, BinaryNode>();
        foreach (var addressed in message.Child("participants")?.ChildrenWith("to") ?? [])
        {
            if (
                Jid.TryParse(addressed["jid"], out var jid)
                && server.Directory.Find(jid)?.Device(jid.Device) is { } device
            )
                pairwise[device] = addressed;
        }
        var everyone = Devices(group).ToList();
        // A resend after a retry receipt is for one device.
        var only = Jid.TryParse(message["participant"], out var one)
            ? server.Directory.Find(one)?.Device(one.Device)
            : null;
        foreach (var receiver in only is not null ? [only] : everyone.Where(d => d != sender))
        {
            // Pairwise first: it may bring the key of the other.
            var ciphertexts = (
                pairwise.GetValueOrDefault(receiver)?.ChildrenWith("enc") ?? []
            ).Concat(message.ChildrenWith("enc"));
            receiver.Deliver(
                new(
                    "message",
                    message["id"]!,
                    sender.Phone.Number,
                    Stanza(sender, message, group, ciphertexts)
                )
                {
                    Trace = trace?.For(receiver.Jid.ToString()),
                }
            );
        }
        return new(Phash: Mismatch(message, group, everyone));
    }

    /// <summary>What the ack says to a sender whose list of devices is not the group's; only a sender that told its list.</summary>
    private static string? Mismatch(BinaryNode message, Group group, List<Device> everyone)
    {
        if (message["phash"] is not { } told)
            return null;
        var hash = ParticipantHash.Of(
            group
                .Members.Select(m => group.AddressOf(m.Number))
                .Concat(everyone.Select(group.AddressOf))
        );
        return told == hash ? null : hash;
    }

    private BinaryNode Stanza(
        Device sender,
        BinaryNode message,
        Group group,
        IEnumerable<BinaryNode> ciphertexts
    ) =>
        new("message")
        {
            ["from"] = group.Jid.ToString(),
            ["participant"] = group.AddressOf(sender).ToString(),
            [group.ByLid ? "participant_pn" : "participant_lid"] = group
                .OtherAddressOf(sender.Phone.Number)
                .ToString(),
            ["id"] = message["id"],
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            ["type"] = message["type"] ?? "text",
            ["notify"] = sender.Phone.Name,
            ["addressing_mode"] = GroupStanzas.Mode(group),
            ["category"] = message["category"],
            ["edit"] = message["edit"],
            Children = [.. Messages.Parts(message, ciphertexts)],
        };

    private IEnumerable<Device> Devices(Group group) =>
        group.Members.SelectMany(m =>
            server.Directory.TryGet(m.Number, out var phone) ? phone.Devices : []
        );
}
