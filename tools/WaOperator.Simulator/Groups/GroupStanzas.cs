using System.Text;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>The invitation of an account that cannot be added.</summary>
internal sealed record AddRequest(string Code, long Expires);

/// <summary>How groups and their members are written, in both ways of addressing.</summary>
internal static class GroupStanzas
{
    /// <summary>Every member adds others.</summary>
    public const string AllAdd = "all_member_add";

    /// <summary>Only admins add others.</summary>
    public const string AdminsAdd = "admin_add";

    /// <summary>A group with all that is known of it.</summary>
    public static BinaryNode Describe(Group group) => Describe(group, []);

    /// <summary>The same with more participants: those who were to be in a new group and are not.</summary>
    public static BinaryNode Describe(Group group, IEnumerable<BinaryNode> refused)
    {
        List<BinaryNode> children =
        [
            .. group.Members.Select(m => Participant(group, m.Number, m.Role)),
            .. refused,
        ];
        if (group.Description.Length > 0)
            children.Add(Description(group));
        if (group.Announcement)
            children.Add(new("announcement"));
        if (group.Locked)
            children.Add(new("locked"));
        if (group.Ephemeral > 0)
            children.Add(new("ephemeral") { ["expiration"] = Stanzas.Text(group.Ephemeral) });
        children.Add(new("member_add_mode") { Bytes = Encoding.ASCII.GetBytes(AddMode(group)) });
        if (group.JoinApproval)
            children.Add(
                new("membership_approval_mode")
                {
                    Children = [new("group_join") { ["state"] = "on" }],
                }
            );
        children.AddRange(CommunityStanzas.Of(group));
        return new("group")
        {
            ["id"] = group.Id,
            ["subject"] = group.Subject,
            ["s_t"] = Stanzas.Text(group.SubjectAt),
            ["s_o"] = group.AddressOf(group.SubjectBy).ToString(),
            [group.ByLid ? "s_o_pn" : "s_o_lid"] = group.OtherAddressOf(group.SubjectBy).ToString(),
            ["creation"] = Stanzas.Text(group.Creation),
            ["creator"] = group.AddressOf(group.Creator).ToString(),
            [group.ByLid ? "creator_pn" : "creator_lid"] = group
                .OtherAddressOf(group.Creator)
                .ToString(),
            ["addressing_mode"] = Mode(group),
            ["size"] = Stanzas.Text(group.Members.Count),
            ["p_v_id"] = Stanzas.Text(group.Version),
            ["a_v_id"] = Stanzas.Text(group.AnnouncementVersion),
            Children = children,
        };
    }

    /// <summary>The description with who wrote it; without one, that it was deleted.</summary>
    public static BinaryNode Description(Group group) =>
        new("description")
        {
            ["id"] = group.DescriptionId,
            ["participant"] = group.AddressOf(group.Creator).ToString(),
            ["t"] = Stanzas.Text(group.Creation),
            Children =
            [
                group.Description.Length == 0
                    ? new("delete")
                    : new("body") { Bytes = Encoding.UTF8.GetBytes(group.Description) },
            ],
        };

    /// <summary>A member by the address that the group uses, with the other one beside it.</summary>
    public static BinaryNode Participant(
        Group group,
        string number,
        Role role = Role.Member,
        int? error = null,
        AddRequest? invite = null
    )
    {
        var node = invite is null
            ? new BinaryNode("participant")
            : new("participant")
            {
                Children =
                [
                    new("add_request")
                    {
                        ["code"] = invite.Code,
                        ["expiration"] = Stanzas.Text(invite.Expires),
                    },
                ],
            };
        node["jid"] = group.AddressOf(number).ToString();
        node[group.ByLid ? "phone_number" : "lid"] = group.OtherAddressOf(number).ToString();
        node["type"] = role switch
        {
            Role.Admin => "admin",
            Role.SuperAdmin => "superadmin",
            _ => null,
        };
        node["error"] = error is { } code ? Stanzas.Text(code) : null;
        return node;
    }

    /// <summary>Who waits for the admins' agreement.</summary>
    public static BinaryNode Requests(Group group) =>
        new("membership_approval_requests")
        {
            Children =
            [
                .. group.Requests.Select(r => new BinaryNode("membership_approval_request")
                {
                    ["jid"] = group.AddressOf(r.Number).ToString(),
                    [group.ByLid ? "phone_number" : "lid"] = group
                        .OtherAddressOf(r.Number)
                        .ToString(),
                    ["request_time"] = Stanzas.Text(r.At),
                    ["request_method"] = "invite_link",
                }),
            ],
        };

    /// <summary>Who may add members, in the server's word.</summary>
    public static string AddMode(Group group) => group.MembersAdd ? AllAdd : AdminsAdd;

    /// <summary>lid or pn.</summary>
    public static string Mode(Group group) => group.ByLid ? "lid" : "pn";
}
