using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>What is asked of a community, or changes more of it than one group.</summary>
internal sealed class CommunityQueries(WhatsAppServer server)
{
    private const int Conflict = 409;

    private readonly Communities _communities = new(server);

    /// <summary>The groups of a community, for its members.</summary>
    public BinaryNode Groups(Device device, string? jid) =>
        CommunityStanzas.Groups(server.Groups.In(Parent(server.Groups.Mine(device, jid).Group)));

    /// <summary>All accounts of a community, for its members.</summary>
    public BinaryNode Participants(Device device, string? jid) =>
        CommunityStanzas.Participants(Parent(server.Groups.Mine(device, jid).Group));

    /// <summary>Takes groups into a community; the asking account is an admin of both.</summary>
    public BinaryNode Link(Device device, string? jid, BinaryNode links)
    {
        var community = Parent(server.Groups.Administered(device, jid));
        foreach (var link in links.Children)
        {
            OnlySubGroups(link, "link_type");
            foreach (var named in Named(link))
                Link(device, community, server.Groups.Administered(device, named["jid"]));
        }
        return links;
    }

    /// <summary>Lets groups out of a community.</summary>
    public BinaryNode Unlink(Device device, string? jid, BinaryNode unlink)
    {
        var community = Parent(server.Groups.Administered(device, jid));
        OnlySubGroups(unlink, "unlink_type");
        foreach (var named in Named(unlink))
        {
            var group = server.Groups.Administered(device, named["jid"]);
            if (group.Community != community.Id)
                throw RefusedException.NotFound("the group is not in this community");
            if (group.IsAnnouncementGroup)
                throw RefusedException.NotAcceptable("a community has its announcement group");
            var free = group with { Community = null, IsGeneralChat = false };
            server.Groups.Put(free);
            server.GroupNotices.Tell(
                community,
                device,
                CommunityStanzas.Unlinked("sub_group", free)
            );
            server.GroupNotices.Tell(
                free,
                device,
                CommunityStanzas.Unlinked("parent_group", community)
            );
        }
        return unlink;
    }

    /// <summary>The account goes from communities and all of their groups.</summary>
    public BinaryNode Leave(Device device, BinaryNode leave)
    {
        foreach (var named in leave.Children)
        {
            if (named.Tag != "community")
                throw RefusedException.NotImplemented("leave > community and group");
            var community = Parent(server.Groups.Mine(device, named["id"]).Group);
            _communities.Expel(device, community, [device.Phone.Number]);
        }
        return leave;
    }

    /// <summary>Takes accounts out of a community and all of its groups; each is answered by itself.</summary>
    public BinaryNode Remove(Device device, string? jid, BinaryNode remove)
    {
        if (remove["linked_groups"] != "true")
            throw RefusedException.NotImplemented("remove with linked_groups other than true");
        var community = Parent(server.Groups.Administered(device, jid));
        var asked = remove.ChildrenWith("participant").ToList();
        if (asked.Count == 0)
            throw RefusedException.BadRequest("no participant named");
        List<BinaryNode> answers = [];
        List<string> gone = [];
        foreach (var named in asked)
        {
            var number = server.Directory.Find(named["jid"])?.Number;
            var member = number is null ? null : community.Find(number);
            if (member is null)
            {
                answers.Add(new("participant") { ["jid"] = named["jid"], ["error"] = "404" });
                continue;
            }
            int? error = member.Role == Role.SuperAdmin ? 403 : null;
            if (error is null)
                gone.Add(member.Number);
            answers.Add(GroupStanzas.Participant(community, member.Number, error: error));
        }
        _communities.Expel(device, community, gone);
        return new("remove") { Children = answers };
    }

    private void Link(Device device, Group community, Group group)
    {
        if (group.IsCommunity)
            throw RefusedException.NotAcceptable("a community is in no community");
        if (group.Community is not null)
            throw new RefusedException(Conflict, "conflict: the group is in a community already");
        var linked = group with { Community = community.Id };
        server.Groups.Put(linked);
        server.GroupNotices.Tell(community, device, CommunityStanzas.Linked("sub_group", linked));
        server.GroupNotices.Tell(
            linked,
            device,
            CommunityStanzas.Linked("parent_group", community)
        );
        _communities.Follow(device, linked);
    }

    private static Group Parent(Group group) =>
        group.IsCommunity ? group : throw RefusedException.BadRequest("no community");

    private static IEnumerable<BinaryNode> Named(BinaryNode node) =>
        node.Children.Count > 0
            ? node.Children
            : throw RefusedException.BadRequest("no group named");

    private static void OnlySubGroups(BinaryNode node, string attribute)
    {
        if (node[attribute] != CommunityStanzas.SubGroup)
            throw RefusedException.NotImplemented($"{node.Tag} with {attribute} {node[attribute]}");
    }
}
