using System.Globalization;
using System.Text;
using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Link;

namespace WaOperator.WhatsApp.Groups;

/// <summary>The stanzas about groups (xmlns w:g2). Pure.</summary>
internal static class GroupStanzas
{
    /// <summary>The most members of a group that are believed; WhatsApp allows 1,024, and 5,000 in a community.</summary>
    private const int MaxMembers = 10_000;

    /// <summary>All groups.</summary>
    public const string All = "@" + Jid.GroupServer;
    private const string AllAdd = "all_member_add";

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

    /// <param name="text">Empty: none any more.</param>
    /// <param name="id">Names the new one; null where there is none any more.</param>
    /// <param name="before">The name of the one that it takes the place of; null without one.</param>
    public static BinaryNode Description(string text, string? id, string? before) =>
        text.Length == 0
            ? new("description") { ["delete"] = "true", ["prev"] = before }
            : new("description")
            {
                ["id"] = id,
                ["prev"] = before,
                Children = [new BinaryNode("body") { Bytes = Encoding.UTF8.GetBytes(text) }],
            };

    public static BinaryNode MembersMayAdd(bool all) =>
        new("member_add_mode") { Bytes = Encoding.ASCII.GetBytes(all ? AllAdd : "admin_add") };

    public static BinaryNode JoinApproval(bool needed) =>
        new("membership_approval_mode")
        {
            Children = [new BinaryNode("group_join") { ["state"] = needed ? "on" : "off" }],
        };

    public static BinaryNode Disappearing(TimeSpan after) =>
        after == TimeSpan.Zero
            ? new("not_ephemeral")
            : new("ephemeral")
            {
                ["expiration"] = ((long)after.TotalSeconds).ToString(CultureInfo.InvariantCulture),
            };

    public static BinaryNode Alter(Jid group, BinaryNode change) =>
        To(group.ToString(), "set", change);

    public static BinaryNode Requests(Jid group) =>
        To(group.ToString(), "get", new BinaryNode("membership_approval_requests"));

    /// <param name="group">The group.</param>
    /// <param name="action">approve or reject.</param>
    /// <param name="accounts">Whom.</param>
    public static BinaryNode AnswerRequests(Jid group, string action, IEnumerable<Jid> accounts) =>
        To(
            group.ToString(),
            "set",
            new BinaryNode("membership_requests_action")
            {
                Children = [new BinaryNode(action) { Children = Participants(accounts) }],
            }
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
        if (node is null || Jid.OfGroup(node["id"]) is not { } jid)
            return null;
        return new()
        {
            Jid = jid,
            Subject = node["subject"] ?? "",
            Creator = Address(node["creator"]),
            Created = Time(node["creation"]),
            ByLid = node["addressing_mode"] == "lid",
            IsAnnouncement = node.Child("announcement") is not null,
            IsLocked = node.Child("locked") is not null,
            Description = node.Child("description")?.Child("body")?.Text,
            DescriptionId = node.Child("description")?["id"] is { Length: > 0 } named
                ? named
                : null,
            MembersMayAdd = node.Child("member_add_mode")?.Text == AllAdd,
            JoinNeedsApproval =
                node.Child("membership_approval_mode")?.Child("group_join")?["state"] == "on",
            DisappearAfter = Seconds(node.Child("ephemeral")?["expiration"]),
            IsCommunity = node.Child("parent") is not null,
            Community = Jid.OfGroup(node.Child("linked_parent")?["jid"]),
            IsAnnouncementGroup = node.Child("default_sub_group") is not null,
            IsGeneralChat = node.Child("general_chat") is not null,
            Members =
            [
                .. node.ChildrenWith("participant")
                    .Where(p => p["error"] is null)
                    .Take(MaxMembers)
                    .Select(Member)
                    .OfType<GroupMember>(),
            ],
            Refused =
            [
                .. node.ChildrenWith("participant")
                    .Where(p => p["error"] is not null)
                    .Take(MaxMembers)
                    .Select(Change)
                    .OfType<MemberChange>(),
            ],
        };
    }

    /// <summary>Reads what became of each member.</summary>
    public static IReadOnlyList<MemberChange> ReadChanges(BinaryNode answer, string action) =>
        [
            .. (answer.Child(action)?.ChildrenWith("participant") ?? [])
                .Take(MaxMembers)
                .Select(Change)
                .OfType<MemberChange>(),
        ];

    /// <summary>Reads who asks to join.</summary>
    public static IReadOnlyList<JoinRequest> ReadRequests(BinaryNode answer) =>
        [
            .. (
                answer
                    .Child("membership_approval_requests")
                    ?.ChildrenWith("membership_approval_request")
                ?? []
            )
                .Take(MaxMembers)
                .Select(Request)
                .OfType<JoinRequest>(),
        ];

    private static JoinRequest? Request(BinaryNode node)
    {
        if (Address(node["jid"]) is not { } jid)
            return null;
        var (phone, lid) = Both(node, jid);
        return new(jid, phone, lid, Time(node["request_time"]));
    }

    private static MemberChange? Change(BinaryNode node)
    {
        if (Address(node["jid"]) is not { } jid)
            return null;
        var (phone, lid) = Both(node, jid);
        var invite = node.Child("add_request");
        return new(
            jid,
            int.TryParse(
                node["error"],
                NumberStyles.None,
                CultureInfo.InvariantCulture,
                out var error
            )
                ? error
                : null
        )
        {
            Phone = phone,
            Lid = lid,
            Invite = invite?["code"] is { Length: > 0 } code
                ? new(code, Time(invite["expiration"]))
                : null,
        };
    }

    private static (Jid? Phone, Jid? Lid) Both(BinaryNode node, Jid jid)
    {
        var phone = jid.IsPhone ? jid : Address(node["phone_number"]);
        var lid = jid.IsLid ? jid : Address(node["lid"]);
        return (phone is { IsPhone: true } ? phone : null, lid is { IsLid: true } ? lid : null);
    }

    private static DateTimeOffset? Time(string? unixSeconds) =>
        long.TryParse(unixSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds < 253_402_300_800
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;

    private static TimeSpan Seconds(string? text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            ? TimeSpan.FromSeconds(seconds)
            : TimeSpan.Zero;

    /// <summary>Reads a member of a group; null if the node names none.</summary>
    public static GroupMember? Member(BinaryNode node)
    {
        if (Address(node["jid"]) is not { } jid)
            return null;
        var (phone, lid) = Both(node, jid);
        return new(
            jid,
            phone,
            lid,
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

    /// <summary>Accounts as members of a group.</summary>
    public static BinaryNode[] Participants(IEnumerable<Jid> members) =>
        [
            .. members.Select(member => new BinaryNode("participant")
            {
                ["jid"] = member.Account.ToString(),
            }),
        ];

    /// <summary>A query about groups.</summary>
    public static BinaryNode To(string to, string type, BinaryNode child)
    {
        var iq = Stanzas.Iq(type, "w:g2", child);
        iq["to"] = to;
        return iq;
    }
}
