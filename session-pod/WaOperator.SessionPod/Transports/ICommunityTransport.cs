using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Transports;

/// <summary>
/// What a connection does with communities: groups that hold other groups. Its methods throw as those of <see cref="ISocialTransport"/>.
/// </summary>
internal interface ICommunityTransport
{
    /// <summary>Makes a community of which the account is the admin, with its announcement group.</summary>
    Task<GroupInfo> CreateAsync(NewCommunity community, CancellationToken ct);

    /// <summary>Makes a group in a community.</summary>
    Task<GroupInfo> CreateGroupAsync(
        Jid community,
        string subject,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    );

    /// <summary>Takes a group into a community.</summary>
    Task LinkAsync(Jid community, Jid group, CancellationToken ct);

    /// <summary>Lets a group out of a community.</summary>
    Task UnlinkAsync(Jid community, Jid group, CancellationToken ct);

    /// <summary>The groups of a community.</summary>
    Task<IReadOnlyList<SubGroup>> ListGroupsAsync(Jid community, CancellationToken ct);

    /// <summary>The members of all groups of a community, each once.</summary>
    Task<IReadOnlyList<GroupMember>> ListMembersAsync(Jid community, CancellationToken ct);

    /// <summary>Removes members from a community and all of its groups.</summary>
    Task<IReadOnlyList<MemberChange>> RemoveAsync(
        Jid community,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    );

    /// <summary>Leaves a community and all of its groups.</summary>
    Task LeaveAsync(Jid community, CancellationToken ct);
}
