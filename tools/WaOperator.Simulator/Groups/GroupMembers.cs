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
            var error = Change(members, phone.Number, change.Tag);
            if (error is null)
                done.Add(phone.Number);
            answers.Add(GroupStanzas.Participant(group, phone.Number, error: error));
        }
        if (done.Count > 0)
        {
            var changed = group.With(members);
            server.Groups.Put(changed);
            server.GroupNotices.MembersChanged(group, changed, device, change.Tag, done);
        }
        return new(change.Tag) { Children = answers };
    }

    /// <summary>A member goes; the last admin's leaving makes the oldest member admin.</summary>
    public void Leave(Device device, Group group)
    {
        var members = group.Members.Where(m => m.Number != device.Phone.Number).ToList();
        if (members.Count > 0 && !members.Exists(m => m.IsAdmin))
            members[0] = members[0] with { Role = Role.Admin };
        var changed = group.With(members);
        server.Groups.Put(changed);
        server.GroupNotices.MembersChanged(group, changed, device, "remove", [device.Phone.Number]);
    }

    /// <summary>An account comes in by the invite link; nothing happens if it is in already.</summary>
    public void Join(Device device, Group group)
    {
        if (group.Has(device.Phone))
            return;
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
    }

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
