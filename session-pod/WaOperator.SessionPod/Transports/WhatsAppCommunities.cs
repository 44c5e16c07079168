using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Transports;

/// <summary>Communities of a WhatsApp Web connection.</summary>
/// <param name="commands">The device's commands.</param>
internal sealed class WhatsAppCommunities(CommunityCommands commands) : ICommunityTransport
{
    /// <inheritdoc/>
    public Task<GroupInfo> CreateAsync(NewCommunity community, CancellationToken ct) =>
        commands.CreateAsync(community, ct);

    /// <inheritdoc/>
    public Task<GroupInfo> CreateGroupAsync(
        Jid community,
        string subject,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => commands.CreateGroupAsync(community, subject, members, ct);

    /// <inheritdoc/>
    public Task LinkAsync(Jid community, Jid group, CancellationToken ct) =>
        commands.LinkAsync(community, group, ct);

    /// <inheritdoc/>
    public Task UnlinkAsync(Jid community, Jid group, CancellationToken ct) =>
        commands.UnlinkAsync(community, group, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<SubGroup>> ListGroupsAsync(Jid community, CancellationToken ct) =>
        commands.ListGroupsAsync(community, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<GroupMember>> ListMembersAsync(Jid community, CancellationToken ct) =>
        commands.ListMembersAsync(community, ct);

    /// <inheritdoc/>
    public Task<IReadOnlyList<MemberChange>> RemoveAsync(
        Jid community,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => commands.RemoveAsync(community, members, ct);

    /// <inheritdoc/>
    public Task LeaveAsync(Jid community, CancellationToken ct) =>
        commands.LeaveAsync(community, ct);
}
