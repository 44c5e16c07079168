using System.Collections.Concurrent;
using System.Security.Cryptography;
using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Handlers;

/// <summary>A group of accounts.</summary>
public sealed record Group(string Id, string Subject, string Creator, long Creation)
{
    /// <summary>The members' numbers, in the order they joined.</summary>
    public IReadOnlyList<string> Members { get; init; } = [];

    /// <summary>Whether that account is a member.</summary>
    public bool Has(Phone phone) => Members.Contains(phone.Number, StringComparer.Ordinal);

    /// <summary>Its address.</summary>
    public Jid Jid => new(Id, Jid.GroupServer);
}

/// <summary>Groups, as far as messages need them: create, look up, leave, send.</summary>
public sealed class Groups(WhatsAppServer server)
{
    private const int Forbidden = 403;
    private const int Malformed = 479;

    private readonly ConcurrentDictionary<string, Group> _groups = new(StringComparer.Ordinal);
    private bool _changed;

    /// <summary>All groups, for storage.</summary>
    public IEnumerable<Group> All => _groups.Values;

    /// <summary>Something changed that must be stored.</summary>
    public void Changed() => Volatile.Write(ref _changed, true);

    /// <summary>Whether something changed since the last call.</summary>
    public bool TakeChanged() => Interlocked.Exchange(ref _changed, false);

    /// <summary>Adds a group that was stored.</summary>
    public void Restore(Group group) => _groups[group.Id] = group;

    /// <summary>Forgets all groups.</summary>
    public void Clear()
    {
        _groups.Clear();
        Changed();
    }

    /// <summary>Answers xmlns=w:g2.</summary>
    public BinaryNode? Answer(Device device, BinaryNode iq) =>
        (iq["type"], iq.FirstChild) switch
        {
            ("set", { Tag: "create" } create) => Create(device, iq, create),
            ("set", { Tag: "leave" } leave) => Leave(device, iq, leave),
            ("get", { Tag: "query" }) => Stanzas.Result(iq, Describe(Of(device, iq["to"]))),
            ("get", { Tag: "participating" }) => Stanzas.Result(
                iq,
                new BinaryNode("groups")
                {
                    Children = [.. _groups.Values.Where(g => g.Has(device.Phone)).Select(Describe)],
                }
            ),
            _ => throw new RefusedException(501, "feature-not-implemented"),
        };

    /// <summary>Routes a message to all devices of all members.</summary>
    /// <returns>An error code for the ack, or null.</returns>
    public int? Route(Device sender, BinaryNode message, Jid to)
    {
        if (!_groups.TryGetValue(to.User, out var group) || !group.Has(sender.Phone))
            return Forbidden;
        if (!Messages.WellFormed(message))
            return Malformed;
        var pairwise = new Dictionary<Device, BinaryNode>();
        foreach (var addressed in message.Child("participants")?.ChildrenWith("to") ?? [])
        {
            if (
                Jid.TryParse(addressed["jid"], out var jid)
                && server.Directory.Find(jid)?.Device(jid.Device) is { } device
            )
                pairwise[device] = addressed;
        }
        // A resend after a retry receipt is for one device.
        var only = Jid.TryParse(message["participant"], out var one)
            ? server.Directory.Find(one)?.Device(one.Device)
            : null;
        foreach (var receiver in only is not null ? [only] : Devices(group).Where(d => d != sender))
        {
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
            );
        }
        return null;
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
            ["participant"] = sender.Lid.ToString(),
            ["participant_pn"] = sender.Phone.Jid.ToString(),
            ["id"] = message["id"],
            ["t"] = Stanzas.Text(server.Clock.UnixSeconds),
            ["type"] = message["type"] ?? "text",
            ["notify"] = sender.Phone.Name,
            ["addressing_mode"] = "lid",
            Children = [.. Messages.Parts(message, ciphertexts)],
        };

    private BinaryNode Create(Device device, BinaryNode iq, BinaryNode create)
    {
        var members = create
            .ChildrenWith("participant")
            .Select(p => server.Directory.Find(p["jid"]))
            .ToList();
        if (
            create["subject"] is not { Length: > 0 } subject
            || members.Count == 0
            || members.Contains(null)
        )
            throw RefusedException.BadRequest("a subject and members who are on WhatsApp expected");
        var id =
            "1203"
            + Stanzas
                .Text(RandomNumberGenerator.GetInt32(100_000_000, int.MaxValue))
                .PadLeft(14, '6');
        var group = new Group(id, subject, device.Phone.Number, server.Clock.UnixSeconds)
        {
            Members =
            [
                .. members
                    .Select(m => m!.Number)
                    .Prepend(device.Phone.Number)
                    .Distinct(StringComparer.Ordinal),
            ],
        };
        _groups[id] = group;
        Changed();
        return Stanzas.Result(iq, Describe(group));
    }

    private BinaryNode Leave(Device device, BinaryNode iq, BinaryNode leave)
    {
        foreach (var named in leave.ChildrenWith("group"))
        {
            var group = Of(device, named["id"]);
            _groups[group.Id] = group with
            {
                Members = [.. group.Members.Where(m => m != device.Phone.Number)],
            };
            Changed();
        }
        return Stanzas.Result(iq);
    }

    private Group Of(Device device, string? jid)
    {
        if (!Jid.TryParse(jid, out var parsed) || !_groups.TryGetValue(parsed.User, out var group))
            throw RefusedException.NotFound("no such group");
        return group.Has(device.Phone)
            ? group
            : throw new RefusedException(Forbidden, "forbidden: not a member");
    }

    private BinaryNode Describe(Group group)
    {
        var creator = new Jid(Phone.LidOf(group.Creator), Jid.LidServer).ToString();
        return new("group")
        {
            ["id"] = group.Id,
            ["subject"] = group.Subject,
            ["creation"] = Stanzas.Text(group.Creation),
            ["creator"] = creator,
            ["s_o"] = creator,
            ["s_t"] = Stanzas.Text(group.Creation),
            ["addressing_mode"] = "lid",
            Children =
            [
                .. group.Members.Select(m => new BinaryNode("participant")
                {
                    ["jid"] = new Jid(Phone.LidOf(m), Jid.LidServer).ToString(),
                    ["phone_number"] = new Jid(m, Jid.PhoneServer).ToString(),
                    ["type"] = m == group.Creator ? "superadmin" : null,
                }),
            ],
        };
    }

    private IEnumerable<Device> Devices(Group group) =>
        group.Members.SelectMany(m =>
            server.Directory.TryGet(m, out var phone) ? phone.Devices : []
        );
}
