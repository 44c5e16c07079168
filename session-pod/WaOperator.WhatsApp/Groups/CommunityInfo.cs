namespace WaOperator.WhatsApp;

/// <summary>A community that is to be made.</summary>
/// <param name="Subject">Its name; the server takes 1 to 100 characters.</param>
public sealed record NewCommunity(string Subject)
{
    /// <summary>What it says of itself; empty: nothing.</summary>
    public string Description { get; init; } = "";

    /// <summary>Whether admins must agree before someone joins a group that is made in it.</summary>
    public bool GroupsNeedApproval { get; init; }

    /// <summary>Whether all members may make groups in it, or admins only.</summary>
    public bool MembersMayMakeGroups { get; init; }

    /// <summary>Whether it comes with a chat for all members, beside its announcement group.</summary>
    public bool WithGeneralChat { get; init; }
}

/// <summary>A group of a community, in short.</summary>
/// <param name="Jid">Its address.</param>
/// <param name="Subject">Its name.</param>
/// <param name="IsAnnouncementGroup">True if in it the community's admins write to all members.</param>
/// <param name="Size">How many members it has, where the server told.</param>
public sealed record SubGroup(Jid Jid, string Subject, bool IsAnnouncementGroup, int? Size);
