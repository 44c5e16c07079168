using System.Globalization;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.WhatsApp.Groups;

/// <summary>
/// The stanzas about communities, which are groups with groups in them. Pure. The names are those that Baileys 7 and whatsmeow are
/// seen to send.
/// </summary>
internal static class CommunityStanzas
{
    /// <summary>The most members or groups of a community that are believed; WhatsApp allows 5,000 and 100.</summary>
    public const int MaxListed = 10_000;

    private const string SubGroupLink = "sub_group";

    /// <param name="community">What it is to be.</param>
    /// <param name="key">Names the request.</param>
    /// <param name="descriptionId">Names its description.</param>
    public static BinaryNode Create(NewCommunity community, string key, string descriptionId)
    {
        List<BinaryNode> children = [];
        if (community.Description.Length > 0)
            children.Add(GroupStanzas.Description(community.Description, descriptionId, null));
        children.Add(
            new("parent")
            {
                ["default_membership_approval_mode"] = community.GroupsNeedApproval
                    ? "request_required"
                    : null,
            }
        );
        if (community.MembersMayMakeGroups)
            children.Add(new("allow_non_admin_sub_group_creation"));
        if (community.WithGeneralChat)
            children.Add(new("create_general_chat"));
        return GroupStanzas.To(
            GroupStanzas.All,
            "set",
            new BinaryNode("create")
            {
                ["subject"] = community.Subject,
                ["key"] = key,
                Children = children,
            }
        );
    }

    public static BinaryNode CreateGroup(
        Jid community,
        string subject,
        string key,
        IEnumerable<Jid> members
    ) =>
        GroupStanzas.To(
            GroupStanzas.All,
            "set",
            new BinaryNode("create")
            {
                ["subject"] = subject,
                ["key"] = key,
                Children =
                [
                    .. GroupStanzas.Participants(members),
                    new BinaryNode("linked_parent") { ["jid"] = community.ToString() },
                ],
            }
        );

    public static BinaryNode Link(Jid community, Jid group) =>
        GroupStanzas.To(
            community.ToString(),
            "set",
            new BinaryNode("links")
            {
                Children =
                [
                    new BinaryNode("link")
                    {
                        ["link_type"] = SubGroupLink,
                        Children = [Named(group)],
                    },
                ],
            }
        );

    public static BinaryNode Unlink(Jid community, Jid group) =>
        GroupStanzas.To(
            community.ToString(),
            "set",
            new BinaryNode("unlink") { ["unlink_type"] = SubGroupLink, Children = [Named(group)] }
        );

    public static BinaryNode SubGroups(Jid community) =>
        GroupStanzas.To(community.ToString(), "get", new BinaryNode("sub_groups"));

    public static BinaryNode Participants(Jid community) =>
        GroupStanzas.To(community.ToString(), "get", new BinaryNode("linked_groups_participants"));

    public static BinaryNode Leave(Jid community) =>
        GroupStanzas.To(
            GroupStanzas.All,
            "set",
            new BinaryNode("leave")
            {
                Children = [new BinaryNode("community") { ["id"] = community.ToString() }],
            }
        );

    public static BinaryNode Remove(Jid community, IEnumerable<Jid> members) =>
        GroupStanzas.To(
            community.ToString(),
            "set",
            new BinaryNode("remove")
            {
                ["linked_groups"] = "true",
                Children = GroupStanzas.Participants(members),
            }
        );

    /// <summary>Reads the groups of a community; null if the answer is none.</summary>
    public static IReadOnlyList<SubGroup>? ReadSubGroups(BinaryNode answer) =>
        All(answer.Child("sub_groups"), "group", SubGroup);

    /// <summary>Reads all members of a community; null if the answer is none.</summary>
    public static IReadOnlyList<GroupMember>? ReadParticipants(BinaryNode answer) =>
        All(answer.Child("linked_groups_participants"), "participant", GroupStanzas.Member);

    /// <summary>
    /// Whether a group was not linked or let out although the answer is a result: in that each group has an outcome of its own.
    /// </summary>
    /// <param name="answer">The answer.</param>
    /// <param name="group">The group.</param>
    /// <param name="code">The server's code, where it gave a readable one.</param>
    public static bool IsRefused(BinaryNode answer, Jid group, out int? code)
    {
        var links = answer.Child("links")?.ChildrenWith("link") ?? answer.ChildrenWith("unlink");
        var error = links
            .SelectMany(link => link.ChildrenWith("group"))
            .FirstOrDefault(g =>
                Jid.OfGroup(g["jid"] ?? g["id"]) == group && g["error"] is not null
            )
            ?["error"];
        code = int.TryParse(error, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
        return error is not null;
    }

    /// <summary>Half a list would look like a whole one, so what cannot be read makes it none.</summary>
    private static List<T>? All<T>(BinaryNode? list, string tag, Func<BinaryNode, T?> read)
        where T : class
    {
        if (list is null || list.Children.Count > MaxListed)
            return null;
        List<T> all = [];
        foreach (var node in list.ChildrenWith(tag))
        {
            if (read(node) is not { } one)
                return null;
            all.Add(one);
        }
        return all;
    }

    private static SubGroup? SubGroup(BinaryNode node) =>
        Jid.OfGroup(node["id"] ?? node["jid"]) is { } jid
            ? new(
                jid,
                node["subject"] ?? "",
                node.Child("default_sub_group") is not null,
                int.TryParse(
                    node["size"],
                    NumberStyles.None,
                    CultureInfo.InvariantCulture,
                    out var size
                )
                    ? size
                    : null
            )
            : null;

    private static BinaryNode Named(Jid group) => new("group") { ["jid"] = group.ToString() };
}
