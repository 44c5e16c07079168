using System.Globalization;
using System.Text;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Groups;

/// <summary>The stanzas about groups (xmlns w:g2). Pure.</summary>
internal static class GroupStanzas
{
    /// <summary>The most members of a group that are believed.</summary>
    private const int MaxMembers = 4096;

    private const string All = "@" + Jid.GroupServer;

    public static BinaryNode Create(string subject, string key, IEnumerable<Jid> members) =>
        To(
            All,
            "set",
            new BinaryNode("create")
            {
                ["subject"] = subject,
                ["key"] = key,
                Children = Participants(members),
            }
        );

    public static BinaryNode Query(Jid group) =>
        To(group.ToString(), "get", new BinaryNode("query") { ["request"] = "interactive" });

    public static BinaryNode Participating() =>
        To(
            All,
            "get",
            new BinaryNode("participating")
            {
                Children = [new BinaryNode("participants"), new BinaryNode("description")],
            }
        );

    /// <param name="group">The group.</param>
    /// <param name="action">add, remove, promote or demote.</param>
    /// <param name="members">Whom.</param>
    public static BinaryNode Change(Jid group, string action, IEnumerable<Jid> members) =>
        To(group.ToString(), "set", new BinaryNode(action) { Children = Participants(members) });

    public static BinaryNode Subject(Jid group, string subject) =>
        To(
            group.ToString(),
            "set",
            new BinaryNode("subject") { Bytes = Encoding.UTF8.GetBytes(subject) }
        );

    public static BinaryNode Leave(Jid group) =>
        To(
            All,
            "set",
            new BinaryNode("leave")
            {
                Children = [new BinaryNode("group") { ["id"] = group.ToString() }],
            }
        );

    public static BinaryNode Invite(Jid group, bool revoke) =>
        To(group.ToString(), revoke ? "set" : "get", new BinaryNode("invite"));

    public static BinaryNode Join(string code) =>
        To(All, "set", new BinaryNode("invite") { ["code"] = code });

    /// <summary>Reads a group; null if the node is none.</summary>
    public static GroupInfo? Read(BinaryNode? node)
    {
        if (node?["id"] is not { } id)
            return null;
        var address = id.Contains('@', StringComparison.Ordinal) ? id : id + All;
        if (!Jid.TryParse(address, out var jid) || !jid.IsGroup)
            return null;
        return new()
        {
            Jid = jid,
            Subject = node["subject"] ?? "",
            Creator = Address(node["creator"]),
            Created =
                long.TryParse(
                    node["creation"],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var created
                )
                && created < 253_402_300_800
                    ? DateTimeOffset.FromUnixTimeSeconds(created)
                    : null,
            ByLid = node["addressing_mode"] == "lid",
            IsAnnouncement = node.Child("announcement") is not null,
            IsLocked = node.Child("locked") is not null,
            Description = node.Child("description")?.Child("body")?.Text,
            Members =
            [
                .. node.ChildrenWith("participant")
                    .Take(MaxMembers)
                    .Select(Member)
                    .OfType<GroupMember>(),
            ],
        };
    }

    /// <summary>Reads what became of each member.</summary>
    public static IReadOnlyList<MemberChange> ReadChanges(BinaryNode answer, string action) =>
        [
            .. (answer.Child(action)?.ChildrenWith("participant") ?? [])
                .Where(p => Address(p["jid"]) is not null)
                .Select(p => new MemberChange(
                    Address(p["jid"])!.Value,
                    int.TryParse(
                        p["error"],
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out var error
                    )
                        ? error
                        : null
                )),
        ];

    private static GroupMember? Member(BinaryNode node)
    {
        if (Address(node["jid"]) is not { } jid)
            return null;
        var phone = jid.IsPhone ? jid : Address(node["phone_number"]);
        var lid = jid.IsLid ? jid : Address(node["lid"]);
        return new(
            jid,
            phone is { IsPhone: true } ? phone : null,
            lid is { IsLid: true } ? lid : null,
            node["type"] switch
            {
                "superadmin" => GroupRole.SuperAdmin,
                "admin" => GroupRole.Admin,
                _ => GroupRole.Member,
            }
        );
    }

    private static Jid? Address(string? text) =>
        Jid.TryParse(text, out var jid) && jid.User.Length > 0 ? jid.Account : null;

    private static BinaryNode[] Participants(IEnumerable<Jid> members) =>
        [
            .. members.Select(member => new BinaryNode("participant")
            {
                ["jid"] = member.Account.ToString(),
            }),
        ];

    private static BinaryNode To(string to, string type, BinaryNode child)
    {
        var iq = Stanzas.Iq(type, "w:g2", child);
        iq["to"] = to;
        return iq;
    }
}
