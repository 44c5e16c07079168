namespace WaOperator.WhatsApp;

/// <summary>What a member of a group may do.</summary>
public enum GroupRole
{
    /// <summary>Writes, where the group's settings let everybody write.</summary>
    Member,

    /// <summary>Changes members and settings.</summary>
    Admin,

    /// <summary>An admin whom no one can remove: who made the group.</summary>
    SuperAdmin,
}

/// <summary>A member of a group.</summary>
/// <param name="Jid">The address that the group uses for it.</param>
/// <param name="Phone">By phone number, where the server told.</param>
/// <param name="Lid">By LID, where the server told.</param>
/// <param name="Role">What it may do.</param>
public sealed record GroupMember(Jid Jid, Jid? Phone, Jid? Lid, GroupRole Role);

/// <summary>What the server says about a group.</summary>
public sealed record GroupInfo
{
    /// <summary>Its address.</summary>
    public required Jid Jid { get; init; }

    /// <summary>Its name.</summary>
    public required string Subject { get; init; }

    /// <summary>Who made it, where that is known.</summary>
    public Jid? Creator { get; init; }

    /// <summary>When it was made, where that is known.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>True if members are addressed by LID, false if by phone number.</summary>
    public bool ByLid { get; init; }

    /// <summary>True if only admins write.</summary>
    public bool IsAnnouncement { get; init; }

    /// <summary>True if only admins change what the group says of itself.</summary>
    public bool IsLocked { get; init; }

    /// <summary>What the group says of itself.</summary>
    public string? Description { get; init; }

    /// <summary>Names the description; changes with it. Null without one.</summary>
    public string? DescriptionId { get; init; }

    /// <summary>True if every member may add others, false if admins only.</summary>
    public bool MembersMayAdd { get; init; }

    /// <summary>True if admins must agree before someone joins.</summary>
    public bool JoinNeedsApproval { get; init; }

    /// <summary>After what time messages disappear; zero: never.</summary>
    public TimeSpan DisappearAfter { get; init; }

    /// <summary>True if it is a community: it holds groups, and no messages can be sent to itself.</summary>
    public bool IsCommunity { get; init; }

    /// <summary>The community that it is in; null: in none.</summary>
    public Jid? Community { get; init; }

    /// <summary>True if it is the group in which a community's admins write to all of its members.</summary>
    public bool IsAnnouncementGroup { get; init; }

    /// <summary>True if it is the chat for all members with which a community was made.</summary>
    public bool IsGeneralChat { get; init; }

    /// <summary>The members.</summary>
    public required IReadOnlyList<GroupMember> Members { get; init; }

    /// <summary>In the answer to the group's creation: who was not taken in.</summary>
    public IReadOnlyList<MemberChange> Refused { get; init; } = [];
}

/// <summary>What became of one member in a change.</summary>
/// <param name="Jid">The member.</param>
/// <param name="Error">The server's code; null if it was done. 403: it can only be invited; 409: it is a member already.</param>
public sealed record MemberChange(Jid Jid, int? Error)
{
    /// <summary>By phone number, where the server told.</summary>
    public Jid? Phone { get; init; }

    /// <summary>By LID, where the server told.</summary>
    public Jid? Lid { get; init; }

    /// <summary>With what the account can be invited in a message, where the server gave that.</summary>
    public MemberInvite? Invite { get; init; }
}

/// <summary>Lets one account, which does not allow others to add it, join a group by itself.</summary>
/// <param name="Code">The code.</param>
/// <param name="Expires">Until when it can be used; null: not told.</param>
public sealed record MemberInvite(string Code, DateTimeOffset? Expires);

/// <summary>An account that asks to join a group.</summary>
/// <param name="Jid">Its address as the group uses it.</param>
/// <param name="Phone">By phone number, where the server told.</param>
/// <param name="Lid">By LID, where the server told.</param>
/// <param name="Requested">Since when, where that is known.</param>
public sealed record JoinRequest(Jid Jid, Jid? Phone, Jid? Lid, DateTimeOffset? Requested);
