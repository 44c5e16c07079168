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
    private const int LongestSubject = 100;

    private readonly GroupMembers _members = new(server);

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
            "query" => Stanzas.Result(iq, GroupStanzas.Describe(Mine(device, iq["to"]).Group)),
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
            "invite" => Stanzas.Result(iq, Invite(Administered(device, iq["to"]))),
            "membership_approval_requests" => Stanzas.Result(
                iq,
                GroupStanzas.Requests(Administered(device, iq["to"]))
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
                return Create(device, iq, change);
            case "leave":
                return Leave(device, iq, change);
            case "add" when Mine(device, iq["to"]).Group is { MembersAdd: true } open:
                return Stanzas.Result(iq, _members.Change(device, open, change));
            case "membership_requests_action":
                return Stanzas.Result(
                    iq,
                    _members.Decide(device, Administered(device, iq["to"]), change)
                );
            case "add" or "remove" or "promote" or "demote":
                return Stanzas.Result(
                    iq,
                    _members.Change(device, Administered(device, iq["to"]), change)
                );
            case "invite" when change["code"] is { } code:
                return Join(device, iq, Invited(code));
            case "invite":
                var renewed = Administered(device, iq["to"]) with
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

    private BinaryNode Create(Device device, BinaryNode iq, BinaryNode create)
    {
        var members = create
            .ChildrenWith("participant")
            .Select(p => server.Directory.Find(p["jid"]))
            .ToList();
        if (create["subject"] is not { Length: > 0 and <= LongestSubject } subject)
            throw RefusedException.BadRequest(
                $"a subject of at most {LongestSubject} characters expected"
            );
        if (members.Contains(null))
            throw RefusedException.BadRequest("members who are on WhatsApp expected");
        var now = server.Clock.UnixSeconds;
        var creator = device.Phone.Number;
        var group = new Group(GroupStore.NewId(), creator, now)
        {
            Subject = subject,
            SubjectBy = creator,
            SubjectAt = now,
            InviteCode = GroupStore.NewInvite(),
            ByLid = device.Phone.GroupsByLid ?? server.Options.GroupsByLid,
            Announcement = create.Child("announcement") is not null,
            Locked = create.Child("locked") is not null,
            Ephemeral = Expiration(create.Child("ephemeral")) ?? 0,
            Members =
            [
                new(creator, Role.SuperAdmin),
                .. members
                    .Where(m => !m!.JoinsByInviteOnly)
                    .Select(m => m!.Number)
                    .Where(n => n != creator)
                    .Distinct(StringComparer.Ordinal)
                    .Select(n => new Member(n, Role.Member)),
            ],
        };
        server.Groups.Put(group);
        server.GroupNotices.Created(group, device, group.Members, reason: null, isNew: true);
        return Stanzas.Result(iq, GroupStanzas.Describe(group, Uninvited(group, members)));
    }

    /// <summary>Accounts that cannot be added are in the answer beside the members, each with its invitation.</summary>
    private IEnumerable<BinaryNode> Uninvited(Group group, IEnumerable<Phone?> members) =>
        members
            .Where(m => m!.JoinsByInviteOnly && !group.Has(m))
            .Distinct()
            .Select(m =>
                GroupStanzas.Participant(
                    group,
                    m!.Number,
                    error: Forbidden,
                    invite: _members.Invite()
                )
            );

    private BinaryNode Leave(Device device, BinaryNode iq, BinaryNode leave)
    {
        var left = leave.ChildrenWith("group").ToList();
        foreach (var named in left)
            _members.Leave(device, Mine(device, named["id"]).Group);
        return Stanzas.Result(iq, new BinaryNode("leave") { Children = left });
    }

    private BinaryNode Join(Device device, BinaryNode iq, Group group)
    {
        var answer = _members.Join(device, group) ? "group" : "membership_approval_request";
        return Stanzas.Result(iq, new BinaryNode(answer) { ["jid"] = group.Jid.ToString() });
    }

    private void Alter(Device device, string? jid, BinaryNode change)
    {
        var (group, member) = Mine(device, jid);
        if (!member.IsAdmin && (group.Locked || change.Tag is not ("subject" or "description")))
            throw new RefusedException(Forbidden, "forbidden: not an admin");
        var altered = change.Tag switch
        {
            "subject" when change.Text is { Length: > 0 and <= LongestSubject } subject =>
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

    private static long? Expiration(BinaryNode? ephemeral) =>
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

    private (Group Group, Member Member) Mine(Device device, string? jid)
    {
        var group = server.Groups.Find(jid) ?? throw RefusedException.NotFound("no such group");
        return group.Find(device.Phone.Number) is { } member
            ? (group, member)
            : throw new RefusedException(Forbidden, "forbidden: not a member");
    }

    private Group Administered(Device device, string? jid)
    {
        var (group, member) = Mine(device, jid);
        return member.IsAdmin
            ? group
            : throw new RefusedException(Forbidden, "forbidden: not an admin");
    }
}
