using WaOperator.SessionPod.Transports;
using WaOperator.WhatsApp;

namespace WaOperator.SessionPod.Tests.Fakes;

/// <summary>A server that knows no community.</summary>
internal sealed class FakeCommunities : ICommunityTransport
{
    public Task<GroupInfo> CreateAsync(NewCommunity community, CancellationToken ct) =>
        FakeSocial.Refuse<GroupInfo>();

    public Task<GroupInfo> CreateGroupAsync(
        Jid community,
        string subject,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => FakeSocial.Refuse<GroupInfo>();

    public Task LinkAsync(Jid community, Jid group, CancellationToken ct) =>
        FakeSocial.Refuse<bool>();

    public Task UnlinkAsync(Jid community, Jid group, CancellationToken ct) =>
        FakeSocial.Refuse<bool>();

    public Task<IReadOnlyList<SubGroup>> ListGroupsAsync(Jid community, CancellationToken ct) =>
        FakeSocial.Refuse<IReadOnlyList<SubGroup>>();

    public Task<IReadOnlyList<GroupMember>> ListMembersAsync(Jid community, CancellationToken ct) =>
        FakeSocial.Refuse<IReadOnlyList<GroupMember>>();

    public Task<IReadOnlyList<MemberChange>> RemoveAsync(
        Jid community,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    ) => FakeSocial.Refuse<IReadOnlyList<MemberChange>>();

    public Task LeaveAsync(Jid community, CancellationToken ct) => FakeSocial.Refuse<bool>();
}
