using System.Text;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>How groups and their members are written, in both ways of addressing.</summary>
internal static class GroupStanzas
{
    /// <summary>A group with all that is known of it.</summary>
    public static BinaryNode Describe(Group group)
    {
        List<BinaryNode> children =
        [
            .. group.Members.Select(m => Participant(group, m.Number, m.Role)),
        ];
        if (group.Description.Length > 0)
            children.Add(Description(group));
        if (group.Announcement)
            children.Add(new("announcement"));
        if (group.Locked)
            children.Add(new("locked"));
        if (group.Ephemeral > 0)
            children.Add(new("ephemeral") { ["expiration"] = Stanzas.Text(group.Ephemeral) });
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
        int? error = null
    ) =>
        new("participant")
        {
            ["jid"] = group.AddressOf(number).ToString(),
            [group.ByLid ? "phone_number" : "lid"] = group.OtherAddressOf(number).ToString(),
            ["type"] = role switch
            {
                Role.Admin => "admin",
                Role.SuperAdmin => "superadmin",
                _ => null,
            },
            ["error"] = error is { } code ? Stanzas.Text(code) : null,
        };

    /// <summary>lid or pn.</summary>
    public static string Mode(Group group) => group.ByLid ? "lid" : "pn";
}
