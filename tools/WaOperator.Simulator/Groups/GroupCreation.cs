using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>Makes groups, groups in communities, and communities with the groups that they come with.</summary>
internal sealed class GroupCreation(WhatsAppServer server)
{
    /// <summary>The longest name of a group, in characters.</summary>
    public const int LongestSubject = 100;

    private const int Forbidden = 403;

    private readonly GroupMembers _members = new(server);
    private readonly Communities _communities = new(server);

    /// <summary>Makes what is asked for, and tells its members.</summary>
    /// <returns>The group, with those who could not be taken in.</returns>
    public BinaryNode Create(Device device, BinaryNode create)
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
        var group = InCommunity(device, create, Describe(device, create, subject)) with
        {
            Members =
            [
                new(device.Phone.Number, Role.SuperAdmin),
                .. members
                    .Where(m => !m!.JoinsByInviteOnly)
                    .Select(m => m!.Number)
                    .Where(n => n != device.Phone.Number)
                    .Distinct(StringComparer.Ordinal)
                    .Select(n => new Member(n, Role.Member)),
            ],
        };
        Put(device, group);
        if (group.IsCommunity)
            PutGroupsOf(device, group, create.Child("create_general_chat") is not null);
        _communities.Follow(device, group);
        return GroupStanzas.Describe(group, Uninvited(group, members));
    }

    private Group Describe(Device device, BinaryNode create, string subject)
    {
        var now = server.Clock.UnixSeconds;
        var creator = device.Phone.Number;
        return new(GroupStore.NewId(), creator, now)
        {
            Subject = subject,
            SubjectBy = creator,
            SubjectAt = now,
            Description = create.Child("description")?.Child("body")?.Text ?? "",
            DescriptionId = create.Child("description")?["id"] ?? "",
            InviteCode = GroupStore.NewInvite(),
            ByLid = device.Phone.GroupsByLid ?? server.Options.GroupsByLid,
            Announcement = create.Child("announcement") is not null,
            Locked = create.Child("locked") is not null,
            Ephemeral = GroupQueries.Expiration(create.Child("ephemeral")) ?? 0,
        };
    }

    /// <summary>What the group has to do with communities.</summary>
    private Group InCommunity(Device device, BinaryNode create, Group group)
    {
        var open = create.Child("allow_non_admin_sub_group_creation") is not null;
        switch (create.Child("parent"), create.Child("linked_parent"))
        {
            case (null, null) when open || create.Child("create_general_chat") is not null:
                throw RefusedException.NotImplemented("what only a community has, without parent");
            case (null, null):
                return group;
            case ({ } parent, null):
                var mode = parent["default_membership_approval_mode"];
                if (mode is not (null or CommunityStanzas.RequestRequired))
                    throw RefusedException.NotImplemented($"parent with the mode {mode}");
                if (group is not { Announcement: false, Locked: false, Ephemeral: 0 })
                    throw RefusedException.NotImplemented("such settings of a community");
                return group with
                {
                    IsCommunity = true,
                    GroupsNeedApproval = mode is not null,
                    MembersMakeGroups = open,
                };
            case (null, { } linked) when !open && create.Child("create_general_chat") is null:
                var (community, member) = server.Groups.Mine(device, linked["jid"]);
                if (!community.IsCommunity)
                    throw RefusedException.BadRequest("linked_parent is no community");
                if (!member.IsAdmin && !community.MembersMakeGroups)
                    throw new RefusedException(Forbidden, "forbidden: not an admin");
                return group with
                {
                    Community = community.Id,
                    JoinApproval = community.GroupsNeedApproval,
                };
            default:
                throw RefusedException.NotImplemented("a community in a community");
        }
    }

    /// <summary>The group for announcements that every community has, and the one for all if it is asked for.</summary>
    private void PutGroupsOf(Device device, Group community, bool general)
    {
        var inside = community with
        {
            Id = GroupStore.NewId(),
            Description = "",
            DescriptionId = "",
            IsCommunity = false,
            GroupsNeedApproval = false,
            MembersMakeGroups = false,
            Community = community.Id,
        };
        Put(
            device,
            inside with
            {
                InviteCode = GroupStore.NewInvite(),
                Announcement = true,
                IsAnnouncementGroup = true,
            }
        );
        if (general)
            Put(
                device,
                inside with
                {
                    Id = GroupStore.NewId(),
                    Subject = "General",
                    InviteCode = GroupStore.NewInvite(),
                    IsGeneralChat = true,
                }
            );
    }

    private void Put(Device device, Group group)
    {
        server.Groups.Put(group);
        server.GroupNotices.Created(group, device, group.Members, reason: null, isNew: true);
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
}
