using System.Text.Json.Serialization;

namespace WaOperator.SessionPod.Api.Groups;

/// <summary>A group to be made.</summary>
internal sealed record CreateGroupRequest
{
    /// <summary>Its name, 1 to 100 characters.</summary>
    public string? Subject { get; init; }

    /// <summary>Phone numbers or addresses of accounts, up to 1,023; none makes a group of the account alone.</summary>
    public IReadOnlyList<string?>? Members { get; init; }
}

/// <summary>What a group is to say of itself, and its rules. What is left out stays as it is.</summary>
internal sealed record PatchGroupRequest
{
    /// <summary>Its name, 1 to 100 characters.</summary>
    public string? Subject { get; init; }

    /// <summary>What it is about, up to 2,048 characters; empty takes it away.</summary>
    public string? Description { get; init; }

    /// <summary>Whether only admins write.</summary>
    public bool? AnnounceOnly { get; init; }

    /// <summary>Whether only admins change name and description.</summary>
    public bool? Locked { get; init; }

    /// <summary>Who may add members: all or admins.</summary>
    public string? MemberAddMode { get; init; }

    /// <summary>Whether admins must agree before someone joins.</summary>
    public bool? JoinApproval { get; init; }

    /// <summary>After how many seconds new messages disappear: 86400, 604800 or 7776000; 0: never.</summary>
    public long? DisappearAfter { get; init; }
}

/// <summary>Changes of a group's members, done in this order: add, remove, promote, demote.</summary>
internal sealed record ChangeMembersRequest
{
    /// <summary>Whom to take in.</summary>
    public IReadOnlyList<string?>? Add { get; init; }

    /// <summary>Whom to take out.</summary>
    public IReadOnlyList<string?>? Remove { get; init; }

    /// <summary>Whom to make admin.</summary>
    public IReadOnlyList<string?>? Promote { get; init; }

    /// <summary>Which admins to make members.</summary>
    public IReadOnlyList<string?>? Demote { get; init; }
}

/// <summary>An invitation to follow.</summary>
internal sealed record JoinGroupRequest
{
    /// <summary>The code, or the whole link https://chat.whatsapp.com/CODE.</summary>
    public string? Code { get; init; }
}

/// <summary>Whom to let in of those who asked to join, and whom not.</summary>
internal sealed record AnswerRequestsRequest
{
    /// <summary>Whom to let in.</summary>
    public IReadOnlyList<string?>? Approve { get; init; }

    /// <summary>Whom not to let in.</summary>
    public IReadOnlyList<string?>? Reject { get; init; }
}

/// <summary>The invitation by which an account that cannot be added joins by itself.</summary>
/// <param name="Code">The code; it goes into a message of the kind group invite.</param>
/// <param name="ExpiresAt">Until when it can be used.</param>
internal sealed record MemberInviteAnswer(string Code, DateTimeOffset? ExpiresAt);

/// <summary>A member of a group.</summary>
/// <param name="Phone">Its phone number, where it is known.</param>
/// <param name="Lid">Its LID, where it is known.</param>
/// <param name="Role">member, admin or superadmin.</param>
internal sealed record MemberAnswer(string? Phone, string? Lid, string Role);

/// <summary>What became of an account in a change.</summary>
/// <param name="Phone">Its phone number, where it is known.</param>
/// <param name="Lid">Its LID, where it is known.</param>
/// <param name="Outcome">added, inviteNeeded, removed, promoted, demoted, approved, rejected; failed, or unknown if WhatsApp did not say.</param>
/// <param name="Action">What was asked for: add, remove, promote, demote, approve, reject.</param>
/// <param name="Role">Of who was added to a new group: member.</param>
/// <param name="Error">Why it failed.</param>
/// <param name="Invite">For inviteNeeded, with what the account can be invited.</param>
internal sealed record MemberOutcome(
    string? Phone,
    string? Lid,
    string Outcome,
    string Action,
    string? Role = null,
    string? Error = null,
    MemberInviteAnswer? Invite = null
);

/// <summary>A group that was made.</summary>
/// <param name="Id">Its address.</param>
/// <param name="Subject">Its name.</param>
/// <param name="Members">What became of each that was named.</param>
internal sealed record CreatedGroupAnswer(
    string Id,
    string Subject,
    IReadOnlyList<MemberOutcome> Members
);

/// <summary>What became of members.</summary>
/// <param name="Members">Each that was named, in the order in which it was done.</param>
internal sealed record MemberOutcomesAnswer(IReadOnlyList<MemberOutcome> Members);

/// <summary>A group.</summary>
/// <param name="Id">Its address.</param>
/// <param name="Subject">Its name.</param>
/// <param name="Kind">
/// group; community, which holds groups and to which no messages can be sent; announcements, in which a community's admins write to all
/// of its members; or generalChat, for all members of a community.
/// </param>
/// <param name="Community">Address of the community that it is in; left out if in none.</param>
/// <param name="Addressing">By what members are addressed in it: lid or phone.</param>
/// <param name="Description">What it is about.</param>
/// <param name="CreatedAt">When it was made, where that is known.</param>
/// <param name="CreatedBy">Address of who made it, where that is known.</param>
/// <param name="AnnounceOnly">Whether only admins write.</param>
/// <param name="Locked">Whether only admins change name and description.</param>
/// <param name="MemberAddMode">Who may add members: all or admins.</param>
/// <param name="JoinApproval">Whether admins must agree before someone joins.</param>
/// <param name="DisappearAfter">After how many seconds messages disappear; 0: never.</param>
/// <param name="Size">How many members it has.</param>
/// <param name="Members">The members; left out in the list of groups.</param>
internal sealed record GroupAnswer(
    string Id,
    string Subject,
    string Kind,
    string? Community,
    string Addressing,
    string? Description,
    DateTimeOffset? CreatedAt,
    string? CreatedBy,
    bool AnnounceOnly,
    bool Locked,
    string MemberAddMode,
    bool JoinApproval,
    long DisappearAfter,
    int Size,
    IReadOnlyList<MemberAnswer>? Members = null
);

/// <summary>The groups of an account.</summary>
/// <param name="Data">All of them.</param>
internal sealed record GroupsAnswer(IReadOnlyList<GroupAnswer> Data);

/// <summary>A group's invitation.</summary>
/// <param name="Code">Its code.</param>
/// <param name="Url">The link that people follow.</param>
internal sealed record InviteAnswer(string Code, string Url);

/// <summary>What became of an invitation that was followed.</summary>
/// <param name="State">joined, or requested: the group's admins must agree first.</param>
/// <param name="Id">The group, where WhatsApp named it.</param>
internal sealed record JoinedAnswer(string State, string? Id);

/// <summary>An account that asks to join.</summary>
/// <param name="Phone">Its phone number, where it is known.</param>
/// <param name="Lid">Its LID, where it is known.</param>
/// <param name="RequestedAt">Since when, where that is known.</param>
internal sealed record JoinRequestAnswer(string? Phone, string? Lid, DateTimeOffset? RequestedAt);

/// <summary>Who asks to join a group.</summary>
/// <param name="Data">All of them.</param>
internal sealed record JoinRequestsAnswer(IReadOnlyList<JoinRequestAnswer> Data);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false
)]
[JsonSerializable(typeof(CreateGroupRequest))]
[JsonSerializable(typeof(PatchGroupRequest))]
[JsonSerializable(typeof(ChangeMembersRequest))]
[JsonSerializable(typeof(JoinGroupRequest))]
[JsonSerializable(typeof(AnswerRequestsRequest))]
[JsonSerializable(typeof(CreatedGroupAnswer))]
[JsonSerializable(typeof(MemberOutcomesAnswer))]
[JsonSerializable(typeof(GroupAnswer))]
[JsonSerializable(typeof(GroupsAnswer))]
[JsonSerializable(typeof(InviteAnswer))]
[JsonSerializable(typeof(JoinedAnswer))]
[JsonSerializable(typeof(JoinRequestsAnswer))]
internal sealed partial class GroupJson : JsonSerializerContext;
