using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Handlers;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>Who is in a group and who may change it. Guard of all: the gate of the groups.</summary>
internal sealed class GroupMembers(WhatsAppServer server)
{
    private const int NotAllowed = 403;
    private const int NotFound = 404;
    private const int Conflict = 409;
    private const long InviteSeconds = 3 * 24 * 60 * 60;

    private readonly Communities _communities = new(server);

    /// <summary>Adds, removes, promotes or demotes; each account by itself, so that some may fail.</summary>
    /// <returns>The answer: every account, with an error where it failed.</returns>
    public BinaryNode Change(Device device, Group group, BinaryNode change)
    {
        var asked = change
            .ChildrenWith("participant")
            .Select(p => (Jid: p["jid"], Phone: server.Directory.Find(p["jid"])))
            .ToList();
        if (asked.Count == 0)
            throw RefusedException.BadRequest("no participant named");
        if (change.Tag == "remove" || (group.IsAnnouncementGroup && change.Tag != "add"))
            Communities.NotTied(group);
        if (change.Tag == "add" && group.JoinApproval && !group.Find(device.Phone.Number)!.IsAdmin)
            throw RefusedException.NotImplemented("add by a member where admins must agree");
        var members = group.Members.ToList();
        List<BinaryNode> answers = [];
        List<string> done = [];
        foreach (var (jid, phone) in asked)
        {
            if (phone is null)
            {
                answers.Add(new("participant") { ["jid"] = jid, ["error"] = "404" });
                continue;
            }
            var inviteOnly = change.Tag == "add" && !group.Has(phone) && phone.JoinsByInviteOnly;
            var error = inviteOnly ? NotAllowed : Change(members, phone.Number, change.Tag);
            if (error is null)
                done.Add(phone.Number);
            answers.Add(
                GroupStanzas.Participant(
                    group,
                    phone.Number,
                    error: error,
                    invite: inviteOnly ? Invite() : null
                )
            );
        }
        if (done.Count > 0)
        {
            // Who asked to join and is added now waits no more.
            var changed = group.With(members) with
            {
                Requests =
                [
                    .. group.Requests.Where(r => members.TrueForAll(m => m.Number != r.Number)),
                ],
            };
            server.Groups.Put(changed);
            server.GroupNotices.MembersChanged(group, changed, device, change.Tag, done);
            _communities.Follow(device, changed);
        }
        return new(change.Tag) { Children = answers };
    }

    /// <summary>A member goes; the last admin's leaving makes the oldest member admin.</summary>
    public void Leave(Device device, Group group)
    {
        var changed = group.With(
            WithAnAdmin([.. group.Members.Where(m => m.Number != device.Phone.Number)])
        );
        server.Groups.Put(changed);
        server.GroupNotices.MembersChanged(group, changed, device, "remove", [device.Phone.Number]);
    }

    /// <summary>The invitation of an account that cannot be added to groups.</summary>
    public AddRequest Invite() =>
        new(GroupStore.NewInvite(), server.Clock.UnixSeconds + InviteSeconds);

    /// <summary>An account comes in by the invite link, or waits for the admins; nothing happens if it is in already.</summary>
    /// <returns>Whether it is in.</returns>
    public bool Join(Device device, Group group)
    {
        if (group.Has(device.Phone))
            return true;
        if (group.JoinApproval)
        {
            Ask(device, group);
            return false;
        }
        var member = new Member(device.Phone.Number, Role.Member);
        var changed = group.With([.. group.Members, member]);
        server.Groups.Put(changed);
        server.GroupNotices.MembersChanged(
            group,
            changed,
            device,
            "add",
            [member.Number],
            "invite"
        );
        _communities.Follow(device, changed);
        return true;
    }

    /// <summary>Lets accounts in that asked to join, or does not.</summary>
    /// <returns>The answer: every account, with an error where it did not ask.</returns>
    public BinaryNode Decide(Device device, Group group, BinaryNode action)
    {
        if (action.Children.All(c => c.Children.Count == 0))
            throw RefusedException.BadRequest("no participant named");
        List<BinaryNode> answers = [];
        foreach (var child in action.Children)
        {
            List<BinaryNode> participants = [];
            foreach (var asked in child.ChildrenWith("participant"))
            {
                var number = server.Directory.Find(asked["jid"])?.Number;
                if (number is null || group.Requests.All(r => r.Number != number))
                {
                    participants.Add(
                        new("participant") { ["jid"] = asked["jid"], ["error"] = "404" }
                    );
                    continue;
                }
                group = Decide(device, group, number, child.Tag == "approve");
                participants.Add(GroupStanzas.Participant(group, number));
            }
            answers.Add(new(child.Tag) { Children = participants });
        }
        return new(action.Tag) { Children = answers };
    }

    private Group Decide(Device device, Group group, string number, bool approve)
    {
        var rest = group with { Requests = [.. group.Requests.Where(r => r.Number != number)] };
        if (!approve)
        {
            server.Groups.Put(rest);
            server.GroupNotices.Rejected(rest, device, number);
            return rest;
        }
        var changed = rest.With([.. rest.Members, new(number, Role.Member)]);
        server.Groups.Put(changed);
        server.GroupNotices.MembersChanged(rest, changed, device, "add", [number], "invite");
        _communities.Follow(device, changed);
        return changed;
    }

    private void Ask(Device device, Group group)
    {
        if (group.Requests.Any(r => r.Number == device.Phone.Number))
            return;
        var asked = new MembershipRequest(device.Phone.Number, server.Clock.UnixSeconds);
        var changed = group with { Requests = [.. group.Requests, asked] };
        server.Groups.Put(changed);
        server.GroupNotices.Requested(changed, device);
    }

    /// <summary>The same members; the oldest is admin where none is.</summary>
    public static IReadOnlyList<Member> WithAnAdmin(IReadOnlyList<Member> members) =>
        members.Count == 0 || members.Any(m => m.IsAdmin)
            ? members
            : [members[0] with { Role = Role.Admin }, .. members.Skip(1)];

    /// <returns>An error code, or null.</returns>
    private static int? Change(List<Member> members, string number, string change)
    {
        var at = members.FindIndex(m => m.Number == number);
        switch (change)
        {
            case "add" when at >= 0:
                return Conflict;
            case "add":
                members.Add(new(number, Role.Member));
                return null;
            case var _ when at < 0:
                return NotFound;
            case "remove" or "demote" when members[at].Role == Role.SuperAdmin:
                return NotAllowed;
            case "remove":
                members.RemoveAt(at);
                return null;
            default:
                if (members[at].Role != Role.SuperAdmin)
                    members[at] = new(number, change == "promote" ? Role.Admin : Role.Member);
                return null;
        }
    }
}
