namespace WaOperator.SessionPod.Transports;

/// <summary>What is done to members of a group.</summary>
internal enum MemberAction
{
    /// <summary>Takes accounts in.</summary>
    Add,

    /// <summary>Takes members out.</summary>
    Remove,

    /// <summary>Makes members admins.</summary>
    Promote,

    /// <summary>Makes admins members.</summary>
    Demote,
}

/// <summary>One thing that a group says of itself, or one of its rules, as it is to be.</summary>
internal abstract record GroupSetting
{
    private GroupSetting() { }

    /// <summary>The name.</summary>
    internal sealed record Subject(string Text) : GroupSetting;

    /// <summary>What the group is about; empty: it says nothing.</summary>
    internal sealed record Description(string Text) : GroupSetting;

    /// <summary>Whether only admins write.</summary>
    internal sealed record AnnounceOnly(bool On) : GroupSetting;

    /// <summary>Whether only admins change what the group says of itself.</summary>
    internal sealed record Locked(bool On) : GroupSetting;

    /// <summary>Whether all members may add others, or admins only.</summary>
    internal sealed record MembersAdd(bool All) : GroupSetting;

    /// <summary>Whether admins must agree before someone joins.</summary>
    internal sealed record JoinApproval(bool On) : GroupSetting;

    /// <summary>After what time messages disappear; zero: never.</summary>
    internal sealed record DisappearAfter(TimeSpan Time) : GroupSetting;
}
