using WaOperator.WhatsApp.Binary;
using WaOperator.WhatsApp.Groups;

namespace WaOperator.WhatsApp;

/// <summary>
/// What a device does with communities: groups that hold other groups. A community has an announcement group with all of its members;
/// messages go to its groups, never to itself. <see cref="GroupCommands.GetAsync"/> also tells of a community, and its name and
/// description are changed as those of a group. The methods throw as those of <see cref="GroupCommands"/>; with an answer that cannot
/// be read they throw <see cref="QueryRefusedException"/> without a code.
/// </summary>
public sealed class CommunityCommands
{
    private readonly WhatsAppDevice _client;

    internal CommunityCommands(WhatsAppDevice client) => _client = client;

    /// <summary>Makes a community of which this account is the admin, with its announcement group.</summary>
    public async Task<GroupInfo> CreateAsync(NewCommunity community, CancellationToken ct)
    {
        var query = CommunityStanzas.Create(
            community,
            OutgoingMessage.NewId(),
            OutgoingMessage.NewId()
        );
        var answer = await _client.AskAsync(query, "to make a community", ct);
        return GroupCommands.Expect(GroupStanzas.Read(answer.Child("group")));
    }

    /// <summary>Makes a group in a community. Its members become members of the community.</summary>
    public async Task<GroupInfo> CreateGroupAsync(
        Jid community,
        string subject,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    )
    {
        var query = CommunityStanzas.CreateGroup(
            community,
            subject,
            OutgoingMessage.NewId(),
            members
        );
        var answer = await _client.AskAsync(query, "to make a group in a community", ct);
        _client.FindMessenger()?.CommunityChanged();
        return GroupCommands.Expect(GroupStanzas.Read(answer.Child("group")));
    }

    /// <summary>Takes a group into a community. Its members become members of the community. For admins of both.</summary>
    public async Task LinkAsync(Jid community, Jid group, CancellationToken ct)
    {
        const string what = "to link the group";
        Expect(
            await _client.AskAsync(CommunityStanzas.Link(community, group), what, ct),
            group,
            what
        );
        _client.FindMessenger()?.CommunityChanged();
    }

    /// <summary>Lets a group out of a community; its members stay in both. For admins of both.</summary>
    public async Task UnlinkAsync(Jid community, Jid group, CancellationToken ct)
    {
        const string what = "to unlink the group";
        Expect(
            await _client.AskAsync(CommunityStanzas.Unlink(community, group), what, ct),
            group,
            what
        );
    }

    /// <summary>The groups of a community, its announcement group with them.</summary>
    public async Task<IReadOnlyList<SubGroup>> ListGroupsAsync(Jid community, CancellationToken ct)
    {
        var query = CommunityStanzas.SubGroups(community);
        var answer = await _client.AskAsync(query, "the community's groups", ct);
        return GroupCommands.Expect(CommunityStanzas.ReadSubGroups(answer));
    }

    /// <summary>The members of all groups of a community, each once. Where the server tells no role, it is that of a member.</summary>
    public async Task<IReadOnlyList<GroupMember>> ListMembersAsync(
        Jid community,
        CancellationToken ct
    )
    {
        var query = CommunityStanzas.Participants(community);
        var answer = await _client.AskAsync(query, "the community's members", ct);
        return GroupCommands.Expect(CommunityStanzas.ReadParticipants(answer));
    }

    /// <summary>Leaves a community and all of its groups.</summary>
    public async Task LeaveAsync(Jid community, CancellationToken ct)
    {
        await _client.AskAsync(CommunityStanzas.Leave(community), "to leave the community", ct);
        _client.FindMessenger()?.CommunityChanged();
    }

    /// <summary>
    /// Removes members from a community and all of its groups. The next message to each has a new key, which they do not get. For admins.
    /// </summary>
    public async Task<IReadOnlyList<MemberChange>> RemoveAsync(
        Jid community,
        IReadOnlyCollection<Jid> members,
        CancellationToken ct
    )
    {
        var query = CommunityStanzas.Remove(community, members);
        var answer = await _client.AskAsync(query, "to remove members of the community", ct);
        _client.FindMessenger()?.CommunityChanged();
        return GroupStanzas.ReadChanges(answer, "remove");
    }

    private static void Expect(BinaryNode answer, Jid group, string what)
    {
        if (CommunityStanzas.IsRefused(answer, group, out var code))
            throw new QueryRefusedException(what, code, null);
    }
}
