using WaOperator.Simulator.Accounts;
using WaOperator.Simulator.Wire;
using WaOperator.WhatsApp;
using WaOperator.WhatsApp.Binary;

namespace WaOperator.Simulator.Groups;

/// <summary>Notifications type=w:gp2: what happened in a group, to all devices of its members.</summary>
internal sealed class GroupNotices(WhatsAppServer server)
{
    /// <summary>Accounts are in a group in which they were not before: each gets the whole group.</summary>
    public void Created(
        Group group,
        Device by,
        IEnumerable<Member> to,
        string? reason,
        bool isNew = false
    ) =>
        Send(
            group,
            by,
            to.Select(m => m.Number),
            new("create")
            {
                ["type"] = isNew ? "new" : null,
                ["reason"] = reason,
                ["key"] = Stanzas.NewId(),
                Children = [GroupStanzas.Describe(group)],
            }
        );

    /// <summary>Members came, went, or may do other things. Who came gets the whole group, who went hears it a last time.</summary>
    public void MembersChanged(
        Group before,
        Group after,
        Device by,
        string change,
        IReadOnlyList<string> numbers,
        string? reason = null
    )
    {
        var node = new BinaryNode(change)
        {
            ["reason"] = reason,
            ["prev_v_id"] = Stanzas.Text(before.Version),
            ["v_id"] = Stanzas.Text(after.Version),
            Children = [.. numbers.Select(n => GroupStanzas.Participant(after, n))],
        };
        Send(after, by, before.Members.Select(m => m.Number), node);
        if (change == "add")
            Created(after, by, after.Members.Where(m => numbers.Contains(m.Number)), reason);
    }

    /// <summary>Name, description or a setting changed.</summary>
    public void Altered(Group group, Device by, BinaryNode change) =>
        Send(
            group,
            by,
            group.Members.Select(m => m.Number),
            change.Tag switch
            {
                "subject" => new("subject")
                {
                    ["subject"] = group.Subject,
                    ["s_o"] = group.AddressOf(group.SubjectBy).ToString(),
                    ["s_t"] = Stanzas.Text(group.SubjectAt),
                },
                "description" => GroupStanzas.Description(group),
                "announcement" or "not_announcement" => new(change.Tag)
                {
                    ["v_id"] = Stanzas.Text(group.AnnouncementVersion),
                },
                _ => change,
            }
        );

    /// <summary>An account asks to join: the admins hear it.</summary>
    public void Requested(Group group, Device by) =>
        Send(
            group,
            by,
            group.Members.Where(m => m.IsAdmin).Select(m => m.Number),
            new("created_membership_requests")
            {
                ["request_method"] = "invite_link",
                Children =
                [
                    new("requested_user")
                    {
                        ["jid"] = group.AddressOf(by.Phone.Number).ToString(),
                        [group.ByLid ? "phone_number" : "lid"] = group
                            .OtherAddressOf(by.Phone.Number)
                            .ToString(),
                    },
                ],
            }
        );

    /// <summary>An account that asked is not let in: it and the admins hear it.</summary>
    public void Rejected(Group group, Device by, string number) =>
        Send(
            group,
            by,
            group.Members.Where(m => m.IsAdmin).Select(m => m.Number).Append(number),
            new("revoked_membership_requests")
            {
                Children = [GroupStanzas.Participant(group, number)],
            }
        );

    /// <summary>Something happened in a group that all of its members hear.</summary>
    public void Tell(Group group, Device by, BinaryNode what) =>
        Send(group, by, group.Members.Select(m => m.Number), what);

    private void Send(Group group, Device by, IEnumerable<string> numbers, BinaryNode child)
    {
        foreach (var number in numbers)
        {
            if (!server.Directory.TryGet(number, out var phone))
                continue;
            foreach (var device in phone.Devices)
                server.Notices.Send(device, Notification(group, by, child));
        }
    }

    private static BinaryNode Notification(Group group, Device by, BinaryNode child) =>
        new("notification")
        {
            ["from"] = group.Jid.ToString(),
            ["type"] = "w:gp2",
            ["participant"] = group.AddressOf(by.Phone.Number).ToString(),
            [group.ByLid ? "participant_pn" : "participant_lid"] = group
                .OtherAddressOf(by.Phone.Number)
                .ToString(),
            ["addressing_mode"] = GroupStanzas.Mode(group),
            ["notify"] = by.Phone.Name,
            Children = [child],
        };
}
