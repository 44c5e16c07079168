using WaOperator.PhoneNumbers;
using WaOperator.SessionPod.Api.Asking;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Api.Groups;

/// <summary>What became of each account that a request named, and groups as the API shows them. Pure.</summary>
internal static class Outcomes
{
    /// <summary>Of those who were to be in a new group.</summary>
    public static List<MemberOutcome> OfCreation(GroupInfo group, IReadOnlyList<Jid> asked) =>
        [
            .. asked.Select(one =>
                group.Members.FirstOrDefault(m => Means(one, m.Jid, m.Phone, m.Lid)) is { } member
                    ? new(
                        Addresses.Phone(member.Phone ?? one),
                        Addresses.Lid(member.Lid ?? one),
                        "added",
                        "add",
                        Role: RoleOf(member)
                    )
                    : Of(
                        one,
                        "add",
                        "added",
                        group.Refused.FirstOrDefault(r => Means(one, r.Jid, r.Phone, r.Lid))
                            ?? new(one, 0)
                    )
            ),
        ];

    /// <summary>Of those with whom something was to be done.</summary>
    /// <param name="asked">Whom the request named.</param>
    /// <param name="action">What was to be done.</param>
    /// <param name="done">The outcome where it was.</param>
    /// <param name="changes">What the server says.</param>
    public static IEnumerable<MemberOutcome> OfChange(
        IReadOnlyList<Jid> asked,
        string action,
        string done,
        IReadOnlyList<MemberChange> changes
    ) =>
        asked.Select(one =>
            changes.FirstOrDefault(c => Means(one, c.Jid, c.Phone, c.Lid)) is { } change
                ? Of(one, action, done, change)
                : new(Addresses.Phone(one), Addresses.Lid(one), "unknown", action)
        );

    /// <summary>Of those with whom nothing was done, or with whom it is not known what was.</summary>
    public static IEnumerable<MemberOutcome> OfAll(
        IReadOnlyList<Jid> asked,
        string action,
        string outcome,
        string error
    ) =>
        asked.Select(one => new MemberOutcome(
            Addresses.Phone(one),
            Addresses.Lid(one),
            outcome,
            action,
            Error: error
        ));

    /// <summary>A group as the API shows it.</summary>
    public static GroupAnswer Show(GroupInfo group, bool members) =>
        new(
            group.Jid.ToString(),
            group.Subject,
            KindOf(group),
            group.Community?.ToString(),
            group.ByLid ? "lid" : "phone",
            group.Description,
            group.Created,
            group.Creator?.ToString(),
            group.IsAnnouncement,
            group.IsLocked,
            group.MembersMayAdd ? "all" : "admins",
            group.JoinNeedsApproval,
            (long)group.DisappearAfter.TotalSeconds,
            group.Members.Count,
            members ? [.. group.Members.Select(Show)] : null
        );

    /// <summary>A member as the API shows it.</summary>
    public static MemberAnswer Show(GroupMember member) =>
        new(Addresses.Phone(member.Phone), Addresses.Lid(member.Lid), RoleOf(member));

    private static string KindOf(GroupInfo group) =>
        group switch
        {
            { IsCommunity: true } => "community",
            { IsAnnouncementGroup: true } => "announcements",
            { IsGeneralChat: true } => "generalChat",
            _ => "group",
        };

    /// <summary>Whether an address that a request named is that of an account, whose number may be written in another form.</summary>
    private static bool Means(Jid asked, Jid jid, Jid? phone, Jid? lid) =>
        asked == jid
        || asked == lid
        || (asked.IsPhone && phone is { } number && PhoneNumber.Same(asked.User, number.User));

    private static MemberOutcome Of(Jid asked, string action, string done, MemberChange change)
    {
        var phone = Addresses.Phone(change.Phone) ?? Addresses.Phone(asked);
        var lid = Addresses.Lid(change.Lid ?? change.Jid) ?? Addresses.Lid(asked);
        return change switch
        {
            { Error: null } => new(phone, lid, done, action),
            { Error: 403, Invite: var invite } when action == "add" => new(
                phone,
                lid,
                "inviteNeeded",
                action,
                Error: "the account's privacy settings do not allow this account to add it to groups; send it an invitation",
                Invite: invite is null ? null : new(invite.Code, invite.Expires)
            ),
            { Error: { } code } => new(phone, lid, "failed", action, Error: Explain(action, code)),
        };
    }

    private static string Explain(string action, int code) =>
        (action, code) switch
        {
            (_, 0) => "WhatsApp did not take it in and gives no reason; it may not be on WhatsApp",
            ("add", 404) => "it is not on WhatsApp",
            ("approve" or "reject", 404) => "it does not ask to join",
            (_, 404) => "it is no member of the group",
            ("add" or "approve", 408) =>
                "it left the group a short time ago; send it an invitation",
            ("add" or "approve", 409) => "it is a member already",
            ("add" or "approve", 419) => "the group is full",
            (_, 401 or 403) => $"WhatsApp does not allow it ({code})",
            _ => $"WhatsApp refuses it ({code})",
        };

    private static string RoleOf(GroupMember member) =>
        member.Role switch
        {
            GroupRole.SuperAdmin => "superadmin",
            GroupRole.Admin => "admin",
            _ => "member",
        };
}
