using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>xmlns=w:g2: make, look up, change, invite, leave.</summary>
internal sealed class GroupQueries(WhatsAppServer server)
{
    private const int Forbidden = 403;
    private const int Conflict = 409;
    private const int Gone = 410;

    private readonly GroupMembers _members = new(server);
    private readonly GroupCreation _creation = new(server);
    private readonly CommunityQueries _communities = new(server);

    /// <summary>Answers a query.</summary>
    public BinaryNode? Answer(Device device, BinaryNode iq)
    {
        lock (server.Groups.Gate)
            return (iq["type"], iq.FirstChild) switch
            {
                ("get", { } asked) => Get(device, iq, asked),
                ("set", { } change) => Set(device, iq, change),
                _ => throw RefusedException.BadRequest("a child expected"),
            };
    }

    private BinaryNode Get(Device device, BinaryNode iq, BinaryNode asked)
    {
        Strict.Only(asked, ["request", "code"], ["participants", "description"]);
        return asked.Tag switch
        {
            "query" => Stanzas.Result(
                iq,
                GroupStanzas.Describe(server.Groups.Mine(device, iq["to"]).Group)
            ),
            "participating" => Stanzas.Result(
                iq,
                new BinaryNode("groups")
                {
                    Children = [.. server.Groups.Of(device.Phone).Select(GroupStanzas.Describe)],
                }
            ),
            "invite" when asked["code"] is { } code => Stanzas.Result(
                iq,
                GroupStanzas.Describe(Invited(code))
            ),
            "invite" => Stanzas.Result(iq, Invite(Inviting(device, iq["to"]))),
            "membership_approval_requests" => Stanzas.Result(
                iq,
                GroupStanzas.Requests(server.Groups.Administered(device, iq["to"]))
            ),
            "sub_groups" => Stanzas.Result(iq, _communities.Groups(device, iq["to"])),
            "linked_groups_participants" => Stanzas.Result(
                iq,
                _communities.Participants(device, iq["to"])
            ),
            _ => throw RefusedException.NotImplemented(asked.Tag),
        };
    }

    private BinaryNode Set(Device device, BinaryNode iq, BinaryNode change)
    {
        GroupForms.Check(change);
        switch (change.Tag)
        {
            case "create":
                return Stanzas.Result(iq, _creation.Create(device, change));
            case "leave" when change.Child("community") is not null:
                return Stanzas.Result(iq, _communities.Leave(device, change));
            case "leave":
                return Leave(device, iq, change);
            case "links":
                return Stanzas.Result(iq, _communities.Link(device, iq["to"], change));
            case "unlink":
                return Stanzas.Result(iq, _communities.Unlink(device, iq["to"], change));
            case "remove" when change["linked_groups"] is not null:
                return Stanzas.Result(iq, _communities.Remove(device, iq["to"], change));
            case "add" when server.Groups.Mine(device, iq["to"]).Group is { MembersAdd: true } open:
                return Stanzas.Result(iq, _members.Change(device, open, change));
            case "membership_requests_action":
                return Stanzas.Result(
                    iq,
                    _members.Decide(device, server.Groups.Administered(device, iq["to"]), change)
                );
            case "add" or "remove" or "promote" or "demote":
                return Stanzas.Result(
                    iq,
                    _members.Change(device, server.Groups.Administered(device, iq["to"]), change)
                );
            case "invite" when change["code"] is { } code:
                return Join(device, iq, Invited(code));
            case "invite":
                var renewed = Inviting(device, iq["to"]) with
                {
                    InviteCode = GroupStore.NewInvite(),
                };
                server.Groups.Put(renewed);
                return Stanzas.Result(iq, Invite(renewed));
            default:
                Alter(device, iq["to"], change);
                return Stanzas.Result(iq);
        }
    }

    private BinaryNode Leave(Device device, BinaryNode iq, BinaryNode leave)
    {
        var left = leave.ChildrenWith("group").ToList();
        foreach (var named in left)
            _members.Leave(
                device,
                Communities.NotTied(server.Groups.Mine(device, named["id"]).Group)
            );
        return Stanzas.Result(iq, new BinaryNode("leave") { Children = left });
    }

    private BinaryNode Join(Device device, BinaryNode iq, Group group)
    {
        var answer = _members.Join(device, group) ? "group" : "membership_approval_request";
        return Stanzas.Result(iq, new BinaryNode(answer) { ["jid"] = group.Jid.ToString() });
    }

    private void Alter(Device device, string? jid, BinaryNode change)
    {
        var (group, member) = server.Groups.Mine(device, jid);
        if (!member.IsAdmin && (group.Locked || change.Tag is not ("subject" or "description")))
            throw new RefusedException(Forbidden, "forbidden: not an admin");
        Communities.CheckSetting(group, change.Tag);
        var altered = change.Tag switch
        {
            "subject"
                when change.Text is { Length: > 0 and <= GroupCreation.LongestSubject } subject =>
                group with
                {
                    Subject = subject,
                    SubjectBy = device.Phone.Number,
                    SubjectAt = server.Clock.UnixSeconds,
                },
            "description" when change["prev"] is { } before && before != group.DescriptionId =>
                throw new RefusedException(Conflict, "conflict: another description is there"),
            "description" => group with
            {
                Description = change.Child("body")?.Text ?? "",
                DescriptionId = change["id"] ?? "",
            },
            "announcement" or "not_announcement" => group with
            {
                Announcement = change.Tag == "announcement",
                AnnouncementVersion = group.AnnouncementVersion + 1,
            },
            "locked" or "unlocked" => group with { Locked = change.Tag == "locked" },
            "ephemeral" when Expiration(change) is { } seconds => group with
            {
                Ephemeral = seconds,
            },
            "not_ephemeral" => group with { Ephemeral = 0 },
            "member_add_mode" when change.Text is GroupStanzas.AllAdd or GroupStanzas.AdminsAdd =>
                group with
                {
                    MembersAdd = change.Text == GroupStanzas.AllAdd,
                },
            "membership_approval_mode" when change.Child("group_join")?["state"] is "on" or "off" =>
                group with
                {
                    JoinApproval = change.Child("group_join")!["state"] == "on",
                },
            "member_add_mode" or "membership_approval_mode" => throw RefusedException.BadRequest(
                "all_member_add or admin_add, or group_join with state on or off expected"
            ),
            _ => throw RefusedException.NotImplemented(change.Tag),
        };
        server.Groups.Put(altered);
        server.GroupNotices.Altered(altered, device, change);
    }

    /// <summary>After how many seconds messages disappear; null: it says nothing of it.</summary>
    public static long? Expiration(BinaryNode? ephemeral) =>
        long.TryParse(
            ephemeral?["expiration"],
            System.Globalization.CultureInfo.InvariantCulture,
            out var seconds
        )
            ? seconds
            : null;

    private static BinaryNode Invite(Group group) => new("invite") { ["code"] = group.InviteCode };

    private Group Invited(string code) =>
        server.Groups.ByInvite(code)
        ?? throw new RefusedException(Gone, "gone: no group has this invite code");

    private Group Inviting(Device device, string? jid)
    {
        var group = server.Groups.Administered(device, jid);
        return group.IsAnnouncementGroup
            ? throw RefusedException.NotImplemented("invite of an announcement group")
            : group;
    }
}
