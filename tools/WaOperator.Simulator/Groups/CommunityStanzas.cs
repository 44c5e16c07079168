using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>How communities, and the links between them and their groups, are written.</summary>
internal static class CommunityStanzas
{
    /// <summary>The word for groups whose joining needs the admins' agreement.</summary>
    public const string RequestRequired = "request_required";

    /// <summary>The only kind of link that a client makes or cuts.</summary>
    public const string SubGroup = "sub_group";

    /// <summary>What the description of a group says about communities.</summary>
    public static IEnumerable<BinaryNode> Of(Group group)
    {
        if (group.IsCommunity)
            yield return new("parent")
            {
                ["default_membership_approval_mode"] = group.GroupsNeedApproval
                    ? RequestRequired
                    : null,
            };
        if (group.MembersMakeGroups)
            yield return new("allow_non_admin_sub_group_creation");
        if (group.Community is { } community)
            yield return new("linked_parent") { ["jid"] = $"{community}@g.us" };
        if (group.IsAnnouncementGroup)
            yield return new("default_sub_group");
        if (group.IsGeneralChat)
            yield return new("general_chat");
    }

    /// <summary>The groups of a community, in short.</summary>
    public static BinaryNode Groups(IEnumerable<Group> groups) =>
        new("sub_groups") { Children = [.. groups.Select(Short)] };

    /// <summary>All accounts of a community.</summary>
    public static BinaryNode Participants(Group community) =>
        new("linked_groups_participants")
        {
            Children =
            [
                .. community.Members.Select(m =>
                    GroupStanzas.Participant(community, m.Number, m.Role)
                ),
            ],
        };

    /// <summary>What a community says of a group that came into it, or a group of its community.</summary>
    public static BinaryNode Linked(string type, Group other) =>
        new("link") { ["link_type"] = type, Children = [Target(other)] };

    /// <summary>What they say of each other when the link is cut.</summary>
    public static BinaryNode Unlinked(string type, Group other) =>
        new("unlink")
        {
            ["unlink_type"] = type,
            ["unlink_reason"] = "unlink_group",
            Children = [Target(other)],
        };

    private static BinaryNode Target(Group group) =>
        new("group")
        {
            ["jid"] = group.Jid.ToString(),
            ["subject"] = group.Subject,
            ["s_t"] = Stanzas.Text(group.SubjectAt),
        };

    private static BinaryNode Short(Group group)
    {
        var node = group.IsAnnouncementGroup
            ? new BinaryNode("group") { Children = [new("default_sub_group")] }
            : new("group");
        node["id"] = group.Id;
        node["subject"] = group.Subject;
        node["s_t"] = Stanzas.Text(group.SubjectAt);
        node["size"] = Stanzas.Text(group.Members.Count);
        return node;
    }
}
