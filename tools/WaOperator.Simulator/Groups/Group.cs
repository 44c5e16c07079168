using System.Text.Json.Serialization;
using WaOperator.Simulator.Accounts;
using WaOperator.WhatsApp;

namespace WaOperator.Simulator.Groups;

/// <summary>What a member may do.</summary>
internal enum Role
{
    /// <summary>Talk.</summary>
    Member,

    /// <summary>Also change the group and its members.</summary>
    Admin,

    /// <summary>The admin who made the group: no one can demote or remove this one.</summary>
    SuperAdmin,
}

/// <summary>A member of a group.</summary>
/// <param name="Number">The account's phone number.</param>
/// <param name="Role">What it may do.</param>
internal sealed record Member(string Number, Role Role)
{
    /// <summary>Whether it may change the group.</summary>
    [JsonIgnore]
    public bool IsAdmin => Role != Role.Member;
}

/// <summary>An account that followed the invite link of a group whose admins must agree.</summary>
/// <param name="Number">The account's phone number.</param>
/// <param name="At">When, unix seconds.</param>
internal sealed record MembershipRequest(string Number, long At);

/// <summary>A group of accounts, as it is at one moment.</summary>
internal sealed record Group(string Id, string Creator, long Creation)
{
    /// <summary>Its name.</summary>
    public required string Subject { get; init; }

    /// <summary>The number of the account that set the name.</summary>
    public required string SubjectBy { get; init; }

    /// <summary>When the name was set, unix seconds.</summary>
    public required long SubjectAt { get; init; }

    /// <summary>What the group is about; empty without one.</summary>
    public string Description { get; init; } = "";

    /// <summary>Names the description; changes with it.</summary>
    public string DescriptionId { get; init; } = "";

    /// <summary>Its picture; null: it has none.</summary>
    public Picture? Picture { get; init; }

    /// <summary>Anyone who knows it may join. New after each revocation.</summary>
    public required string InviteCode { get; init; }

    /// <summary>Members are addressed by LID (true, as in all groups made today) or by number.</summary>
    public bool ByLid { get; init; } = true;

    /// <summary>Only admins talk.</summary>
    public bool Announcement { get; init; }

    /// <summary>Changes each time that it becomes another who talks.</summary>
    public long AnnouncementVersion { get; init; } = 1;

    /// <summary>Only admins change name and description.</summary>
    public bool Locked { get; init; }

    /// <summary>Every member adds others, not only admins.</summary>
    public bool MembersAdd { get; init; }

    /// <summary>Admins must agree before someone joins.</summary>
    public bool JoinApproval { get; init; }

    /// <summary>Who waits for that, in the order they came.</summary>
    public IReadOnlyList<MembershipRequest> Requests { get; init; } = [];

    /// <summary>Messages disappear after so many seconds; 0: never.</summary>
    public long Ephemeral { get; init; }

    /// <summary>It is a community: the parent of other groups, in which no one talks.</summary>
    public bool IsCommunity { get; init; }

    /// <summary>Of a community: the groups that are made in it let accounts in only when admins agree.</summary>
    public bool GroupsNeedApproval { get; init; }

    /// <summary>Of a community: every member makes groups in it, not only admins.</summary>
    public bool MembersMakeGroups { get; init; }

    /// <summary>The id of the community that it is in; null: in none.</summary>
    public string? Community { get; init; }

    /// <summary>It is the announcement group of its community: it has the members and the admins that the community has.</summary>
    public bool IsAnnouncementGroup { get; init; }

    /// <summary>It is the group that its community was made with, in which all talk.</summary>
    public bool IsGeneralChat { get; init; }

    /// <summary>Changes with each change of the members.</summary>
    public long Version { get; init; } = 1;

    /// <summary>The members in the order they joined.</summary>
    public IReadOnlyList<Member> Members { get; init; } = [];

    /// <summary>Its address.</summary>
    [JsonIgnore]
    public Jid Jid => new(Id, Jid.GroupServer);

    /// <summary>The member of that number, or null.</summary>
    public Member? Find(string number) => Members.FirstOrDefault(m => m.Number == number);

    /// <summary>Whether that account is a member.</summary>
    public bool Has(Phone phone) => Find(phone.Number) is not null;

    /// <summary>With other members.</summary>
    public Group With(IEnumerable<Member> members) =>
        this with
        {
            Members = [.. members],
            Version = Version + 1,
        };

    /// <summary>An account's address in this group.</summary>
    public Jid AddressOf(string number) =>
        ByLid ? new(Phone.LidOf(number), Jid.LidServer) : new(number, Jid.PhoneServer);

    /// <summary>An account's other address.</summary>
    public Jid OtherAddressOf(string number) =>
        ByLid ? new(number, Jid.PhoneServer) : new(Phone.LidOf(number), Jid.LidServer);

    /// <summary>A device's address in this group.</summary>
    public Jid AddressOf(Device device) => ByLid ? device.Lid : device.Jid;
}
