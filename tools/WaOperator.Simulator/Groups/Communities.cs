using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;

namespace WaOperator.Simulator.Groups;

/// <summary>
/// What holds in a community: who is in one of its groups is in it, and its announcement group has its members and admins. Guard of all:
/// the gate of the groups.
/// </summary>
internal sealed class Communities(WhatsAppServer server)
{
    /// <summary>Refuses what is done to a community as a whole, and not to it or its announcement group alone.</summary>
    /// <exception cref="RefusedException">406.</exception>
    public static Group NotTied(Group group) =>
        group.IsCommunity || group.IsAnnouncementGroup
            ? throw RefusedException.NotAcceptable(
                "its members are those of the whole community: leave, or remove with linked_groups"
            )
            : group;

    /// <summary>The settings that these groups have; others of a community and of its announcement group are not done here.</summary>
    /// <exception cref="RefusedException">406 or 501.</exception>
    public static void CheckSetting(Group group, string setting)
    {
        if (group.IsAnnouncementGroup && setting is "announcement" or "not_announcement")
            throw RefusedException.NotAcceptable("only admins write in an announcement group");
        var done = group switch
        {
            { IsCommunity: true } => setting
                is "subject"
                    or "description"
                    or "membership_approval_mode",
            { IsAnnouncementGroup: true } => setting
                is not ("member_add_mode" or "membership_approval_mode"),
            _ => true,
        };
        if (!done)
            throw RefusedException.NotImplemented($"{setting} of such a group of a community");
    }

    /// <summary>Members of a group came or may do other things: the community and its announcement group have them, too.</summary>
    public void Follow(Device by, Group group)
    {
        if (server.Groups.CommunityOf(group) is not { } community)
            return;
        var missing = group
            .Members.Where(m => community.Find(m.Number) is null)
            .Select(m => m with { Role = Role.Member })
            .ToList();
        if (missing.Count > 0)
            community = Put(by, community, [.. community.Members, .. missing], "add", missing);
        Mirror(by, community);
    }

    /// <summary>Accounts are in no group of a community any more, nor in itself.</summary>
    public void Expel(Device by, Group community, IReadOnlyCollection<string> numbers)
    {
        foreach (var group in server.Groups.In(community).Where(g => !g.IsAnnouncementGroup))
            Drop(by, group, numbers);
        Mirror(by, Drop(by, community, numbers));
    }

    private Group Drop(Device by, Group group, IReadOnlyCollection<string> numbers)
    {
        var gone = group.Members.Where(m => numbers.Contains(m.Number)).ToList();
        if (gone.Count == 0)
            return group;
        var rest = GroupMembers.WithAnAdmin([.. group.Members.Except(gone)]);
        return Put(by, group, rest, "remove", gone);
    }

    private void Mirror(Device by, Group community)
    {
        var announcements = server.Groups.In(community).FirstOrDefault(g => g.IsAnnouncementGroup);
        if (announcements is null)
            return;
        foreach (var (change, members) in Differences(announcements.Members, community.Members))
            announcements = Put(by, announcements, community.Members, change, members);
    }

    private Group Put(
        Device by,
        Group group,
        IReadOnlyList<Member> members,
        string change,
        IReadOnlyList<Member> whom
    )
    {
        var changed = group.With(members);
        server.Groups.Put(changed);
        server.GroupNotices.MembersChanged(
            group,
            changed,
            by,
            change,
            [.. whom.Select(m => m.Number)]
        );
        return changed;
    }

    /// <summary>What makes one list of members the other. Pure.</summary>
    private static IEnumerable<(string Change, IReadOnlyList<Member> Members)> Differences(
        IReadOnlyList<Member> from,
        IReadOnlyList<Member> to
    )
    {
        var before = from.ToDictionary(m => m.Number, m => m.IsAdmin);
        List<(string, IReadOnlyList<Member>)> all =
        [
            ("add", [.. to.Where(m => !before.ContainsKey(m.Number))]),
            ("remove", [.. from.Where(m => to.All(t => t.Number != m.Number))]),
            ("promote", [.. to.Where(m => m.IsAdmin && !before.GetValueOrDefault(m.Number))]),
            ("demote", [.. to.Where(m => !m.IsAdmin && before.GetValueOrDefault(m.Number))]),
        ];
        return all.Where(change => change.Item2.Count > 0);
    }
}
