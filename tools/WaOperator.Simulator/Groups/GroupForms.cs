using WaOperator.Simulator.Handlers;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>The changes of groups that are done here, with all that they may say. Pure.</summary>
internal static class GroupForms
{
    private static readonly string[] None = [];

    private static readonly Dictionary<string, (string[] Attributes, string[] Children)> Known =
        new(StringComparer.Ordinal)
        {
            ["create"] = (
                ["subject", "key"],
                [
                    "participant",
                    "announcement",
                    "locked",
                    "ephemeral",
                    "description",
                    "parent",
                    "allow_non_admin_sub_group_creation",
                    "create_general_chat",
                    "linked_parent",
                ]
            ),
            ["parent"] = (["default_membership_approval_mode"], None),
            ["allow_non_admin_sub_group_creation"] = (None, None),
            ["create_general_chat"] = (None, None),
            ["linked_parent"] = (["jid"], None),
            ["links"] = (None, ["link"]),
            ["link"] = (["link_type"], ["group"]),
            ["unlink"] = (["unlink_type"], ["group"]),
            ["leave"] = (None, ["group", "community"]),
            ["group"] = (["id", "jid"], None),
            ["community"] = (["id"], None),
            ["add"] = (None, ["participant"]),
            ["remove"] = (["linked_groups"], ["participant"]),
            ["promote"] = (None, ["participant"]),
            ["demote"] = (None, ["participant"]),
            // A privacy token shows that the member knows who adds them, which no one asks for here.
            ["participant"] = (["jid", "phone_number", "lid"], ["privacy"]),
            ["invite"] = (["code"], None),
            ["subject"] = (None, None),
            ["description"] = (["id", "prev", "delete"], ["body"]),
            ["announcement"] = (None, None),
            ["not_announcement"] = (None, None),
            ["locked"] = (None, None),
            ["unlocked"] = (None, None),
            ["ephemeral"] = (["expiration"], None),
            ["not_ephemeral"] = (None, None),
            ["member_add_mode"] = (None, None),
            ["membership_approval_mode"] = (None, ["group_join"]),
            ["group_join"] = (["state"], None),
            ["membership_requests_action"] = (None, ["approve", "reject"]),
            ["approve"] = (None, ["participant"]),
            ["reject"] = (None, ["participant"]),
        };

    /// <summary>Refuses a change that is not done, or that says more than is done.</summary>
    /// <exception cref="RefusedException">501.</exception>
    public static void Check(BinaryNode change)
    {
        if (!Known.TryGetValue(change.Tag, out var form))
            throw RefusedException.NotImplemented(change.Tag);
        CheckAll(change, form);
    }

    private static void CheckAll(BinaryNode node, (string[] Attributes, string[] Children) form)
    {
        Strict.Only(node, form.Attributes, form.Children);
        foreach (var child in node.Children)
        {
            if (Known.TryGetValue(child.Tag, out var inner))
                CheckAll(child, inner);
        }
    }
}
